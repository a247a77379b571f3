"""Images of a data set as pixels to paint: many of them as one picture, with no loop over images.

Grey stays grey and colours stay colours in both themes; numbers that are no grey levels are shown from the least of
the set, black, to the largest, white.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from fishlab.ui.plots.mosaic import shrink

Pixels = NDArray[np.uint32]
"""As QImage.Format_RGB32 has them: 0xffRRGGBB. A pixel is one number, which NumPy moves faster than three."""

_OPAQUE, _GREY, _RED, _GREEN = np.uint32(0xFF000000), np.uint32(0x010101), np.uint32(16), np.uint32(8)


@dataclass(frozen=True, eq=False)
class Bank:
    """`numbers` (n,) say which of `images` (N, C, H, W), or rows (N, F), are shown, in this order.

    Values from `low` to `high` go from black to white. `name(place)` is what stands under the image at a place, and
    `say(place)` what it is, in words.
    """

    images: NDArray[Any]
    numbers: NDArray[np.intp]
    low: float
    high: float
    name: Callable[[int], str]
    say: Callable[[int], str]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of one image; a row of numbers is an image of one row."""
        shape = self.images.shape
        return (shape[2], shape[3]) if len(shape) == 4 else (1, shape[1])

    def values(self, place: int) -> NDArray[Any]:
        """The image at a place, (C, H, W)."""
        values: NDArray[Any] = self.images[self.numbers[place]].reshape(-1, *self.size)
        return values

    def pixels(self, begin: int, end: int, by: int = 1) -> Pixels:
        """Some images as (n, H, W), each `by` x `by` pixels as their mean."""
        some = self.images[self.numbers[begin:end]]
        channels = some.shape[1] if some.ndim == 4 else 1
        flat = shrink(some.reshape(-1, *self.size), by)
        levels = _levels(flat.reshape(len(some), channels, *flat.shape[1:]), self.low, self.high)
        if channels < 3:
            return _OPAQUE | levels[:, 0] * _GREY
        return _OPAQUE | (levels[:, 0] << _RED) | (levels[:, 1] << _GREEN) | levels[:, 2]


def _levels(values: NDArray[Any], low: float, high: float) -> Pixels:
    if values.dtype == np.uint8:
        return values.astype(np.uint32)
    span = high - low if high > low else 1.0
    return ((values - low) * (255 / span)).clip(0, 255).astype(np.uint32)


@dataclass(frozen=True)
class Grid:
    """How images of `height` x `width` pixels lie in `columns`, `step` pixels from one to the next.

    Each pixel of an image is `grow` wide, or 1/`shrink`.
    """

    columns: int
    height: int
    width: int
    step_down: int
    step_across: int
    grow: int
    shrink: int

    def rows(self, count: int) -> int:
        """How many rows so many images take."""
        return -(-count // self.columns)


def lay_out(size: tuple[int, int], side: int, room: int, gap: int, below: int) -> Grid:
    """Images of `size`, about `side` pixels large, side by side in `room` pixels, with `below` pixels under each."""
    largest = max(size)
    by = 1 if largest <= side else -(-largest // side)
    rows, columns = -(-size[0] // by), -(-size[1] // by)
    grow = max(1, side // max(rows, columns))
    height, width = rows * grow, columns * grow
    return Grid(max(1, (room + gap) // (width + gap)), height, width, height + below + gap, width + gap, grow, by)


def picture(bank: Bank, grid: Grid, begin: int, end: int, ground: int) -> Pixels:
    """The images from place `begin`, the first of a row, to `end`, in their rows, as (H, W) on `ground`."""
    rows = grid.rows(end - begin)
    cells = np.full((rows * grid.columns, grid.step_down, grid.step_across), ground, np.uint32)
    small = bank.pixels(begin, end, grid.shrink)
    grown = small.repeat(grid.grow, axis=1).repeat(grid.grow, axis=2) if grid.grow > 1 else small
    cells[: end - begin, : grid.height, : grid.width] = grown
    rowed = cells.reshape(rows, grid.columns, grid.step_down, grid.step_across)
    return np.ascontiguousarray(rowed.transpose(0, 2, 1, 3)).reshape(rows * grid.step_down, -1)


def as_image(pixels: Pixels) -> QImage:
    """An image of its own from (H, W)."""
    rows, columns = pixels.shape
    packed = np.ascontiguousarray(pixels)
    return QImage(packed.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def numbered(count: int) -> NDArray[np.intp]:
    """0, 1, 2, ... for a bank that shows all there is."""
    return np.arange(count, dtype=np.intp)


def listed(words: tuple[str, ...]) -> Callable[[int], str]:
    """The name at a place of a list."""
    return partial(_listed, words)


def _listed(words: tuple[str, ...], place: int) -> str:
    return words[place]
