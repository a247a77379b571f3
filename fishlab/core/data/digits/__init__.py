"""Digits that FishLab draws itself: pen strokes of hand-made skeletons, varied and put into MNIST's frame.

No file, no font and no network is needed.

How it works and how much it is worth is told in ``docs/embedded-digits.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.digits.curves import bank
from fishlab.core.data.digits.raster import render
from fishlab.core.data.digits.variation import Strength, write

__all__ = ["BLOCK", "DEFAULT_WILDNESS", "draw_digits"]

BLOCK = 1000
DEFAULT_WILDNESS = 0.0
_STREAMS = {"train": 0, "test": 1}

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]


def draw_digits(
    count: int,
    *,
    seed: int = 0,
    wildness: float = DEFAULT_WILDNESS,
    start: int = 0,
    split: Literal["train", "test"] = "train",
    progress: Callable[[int, int], object] | None = None,
) -> tuple[Images, Labels]:
    """Draw ``count`` digits: images uint8 (N, 28, 28), 0 is paper and 255 ink, and labels uint8 (N,).

    The digits of a seed are one endless sequence, drawn in blocks of 1,000 with a seed each; this returns ``count`` of
    them from ``start`` on, the same whatever the count. Every block holds each digit 100 times. ``wildness`` goes from
    0 (neat) to 1 (wide, often hard to read). ``split="test"`` is another sequence of the same kind.
    ``progress(done, total)`` is called after each block and may raise to cancel.
    ValueError if an argument is out of range.
    """
    _check(count, seed, wildness, start, split)
    images = np.empty((count, 28, 28), dtype=np.uint8)
    labels = np.empty(count, dtype=np.uint8)
    done = 0
    while done < count:
        block, skip = divmod(start + done, BLOCK)
        drawn_images, drawn_labels = _draw_block(seed, _STREAMS[split], block, wildness)
        some = min(BLOCK - skip, count - done)
        images[done : done + some] = drawn_images[skip : skip + some]
        labels[done : done + some] = drawn_labels[skip : skip + some]
        done += some
        if progress is not None:
            progress(done, count)
    return images, labels


def _draw_block(seed: int, stream: int, block: int, wildness: float) -> tuple[Images, Labels]:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream, block)))
    labels = rng.permutation(np.repeat(np.arange(10), BLOCK // 10))
    strength = Strength.of(wildness)
    return render(rng, write(rng, bank(), labels, strength), strength), labels.astype(np.uint8)


def _check(count: int, seed: int, wildness: float, start: int, split: str) -> None:
    for name, value in (("count", count), ("seed", seed), ("start", start)):
        if value < 0:
            raise ValueError(f"Digits cannot be drawn with {name} = {value}. Give 0 or more.")
    if not 0 <= wildness <= 1:
        raise ValueError(f"Digits cannot be drawn with wildness = {wildness}. Give a number from 0 (neat) to 1 (wide).")
    if split not in _STREAMS:
        raise ValueError(f'Digits have no part named {split!r}. Give "train" or "test".')
