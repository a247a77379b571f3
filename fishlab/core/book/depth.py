"""Why deep: small filters one after the other see as much as a large one, for fewer weights (chapter 8.1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A square window that slides over an image: a filter of `size` x `size`, or a pooling, with its stride."""

    size: int
    stride: int = 1


def receptive_field(windows: Sequence[Window]) -> int:
    """How many pixels across the image one number after the last window depends on.

    Each window adds size - 1 steps of all the strides before it: r = 1 + sum_i (size_i - 1) prod_(j < i) stride_j.
    """
    return receptive_fields(windows)[-1] if windows else 1


def receptive_fields(windows: Sequence[Window]) -> list[int]:
    """The receptive field after each window in turn."""
    seen, step = 1, 1
    found = []
    for window in windows:
        seen += (window.size - 1) * step
        step *= window.stride
        found.append(seen)
    return found


def weights(windows: Sequence[Window], channels: int = 1) -> int:
    """The weights of such filters, each from `channels` to `channels`, biases left out."""
    return sum(window.size**2 * channels**2 for window in windows)
