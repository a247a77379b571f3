"""All filters of a bank as one picture: each on whole pixels, three between them, no smoothing. NumPy only.

A filter grows by whole multiples. Where even single pixels are too many for the room, it shrinks by whole divisors,
each pixel then the mean of a block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP = 3
SMALLEST = 5  # pixels: a filter shrunk below says nothing


@dataclass(frozen=True)
class Layout:
    """`count` filters of `height` x `width` pixels in `columns`, each pixel of a filter `grow` wide or 1/`shrink`."""

    columns: int
    rows: int
    count: int
    height: int
    width: int
    grow: int
    shrink: int
    gap: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return (
            self.rows * (self.height + self.gap) - self.gap,
            self.columns * (self.width + self.gap) - self.gap,
        )

    def corner(self, place: int) -> tuple[int, int]:
        """Top and left of a picture."""
        row, column = divmod(place, self.columns)
        return row * (self.height + self.gap), column * (self.width + self.gap)

    def hit(self, y: float, x: float) -> tuple[int, int, int] | None:
        """The picture at a pixel, and row and column of its number there; None between pictures and outside."""
        down, over = divmod(int(y), self.height + self.gap), divmod(int(x), self.width + self.gap)
        place = down[0] * self.columns + over[0]
        inside = down[1] < self.height and over[1] < self.width
        if y < 0 or x < 0 or over[0] >= self.columns or place >= self.count or not inside:
            return None
        return place, down[1] * self.shrink // self.grow, over[1] * self.shrink // self.grow


def fit(count: int, shape: tuple[int, int], room: tuple[int, int], gap: int = GAP) -> Layout:
    """The layout that shows `count` filters of `shape` (H, W) largest in `room` (height, width), in device pixels.

    If all of them never fit, it holds the first that do at the smallest size: a filter of 5 × 5 never shrinks.
    """
    for grow, shrink in _scales(shape, room):
        height, width = -(-shape[0] * grow // shrink), -(-shape[1] * grow // shrink)
        columns = max(1, min(count, (room[1] + gap) // (width + gap)))
        rows = max(1, (room[0] + gap) // (height + gap))
        if columns * rows >= count:
            columns = _even(count, columns, rows)
            return Layout(columns, -(-count // columns), count, height, width, grow, shrink, gap)
    return Layout(columns, rows, min(count, columns * rows), height, width, grow, shrink, gap)


def _scales(shape: tuple[int, int], room: tuple[int, int]) -> list[tuple[int, int]]:
    largest = max(1, min(room[0] // shape[0], room[1] // shape[1]))
    divisors = range(2, min(shape) // SMALLEST + 1)
    return [(grow, 1) for grow in range(largest, 0, -1)] + [(1, divisor) for divisor in divisors]


def _even(count: int, columns: int, rows: int) -> int:
    """The fewest columns that still fit the rows, so that the last row is as full as it can be."""
    return next(
        (
            fewer
            for fewer in range(1, columns + 1)
            if -(-count // fewer) <= rows and count % fewer == 0 and fewer * 2 > columns
        ),
        columns,
    )


def compose(pictures: NDArray[np.uint8], layout: Layout, gap_colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay pictures (N, h, w, 3), shrunk already but not yet grown, into one (H, W, 3)."""
    cell_h, cell_w = layout.height + layout.gap, layout.width + layout.gap
    canvas = np.empty((layout.rows * cell_h, layout.columns * cell_w, 3), dtype=np.uint8)
    canvas.reshape(len(canvas), -1)[...] = np.tile(gap_colour, canvas.shape[1])  # whole rows: far faster than threes
    grown = pictures.repeat(layout.grow, axis=2).repeat(layout.grow, axis=1) if layout.grow > 1 else pictures
    for index, picture in enumerate(grown[: layout.count]):
        top, left = index // layout.columns * cell_h, index % layout.columns * cell_w
        canvas[top : top + layout.height, left : left + layout.width] = picture
    return canvas[: layout.size[0], : layout.size[1]]


def shrink(filters: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """Filters (N, FH, FW) with each block of `by` x `by` pixels, or what is left of one at the edge, as its mean."""
    if by == 1:
        return filters
    rows, columns = (np.arange(0, side, by) for side in filters.shape[1:])
    sums = np.add.reduceat(np.add.reduceat(filters, rows, axis=1), columns, axis=2)
    heights = np.diff(np.append(rows, filters.shape[1]))[:, None]
    widths = np.diff(np.append(columns, filters.shape[2]))
    means: NDArray[np.float32] = (sums / (heights * widths)).astype(np.float32)
    return means


def fit_table(rows: int, columns: int, shape: tuple[int, int], room: tuple[int, int], gap: int = GAP) -> Layout:
    """The layout of a table of pictures of `shape` that shows it largest in `room`; both in device pixels.

    If all of it never fits, it holds as many of its first rows and columns as do at the smallest size.
    """
    layout = Layout(1, 1, 1, *shape, 1, 1, gap)
    for grow, shrink in _scales(shape, room):
        height, width = -(-shape[0] * grow // shrink), -(-shape[1] * grow // shrink)
        fits = max(1, (room[0] + gap) // (height + gap)), max(1, (room[1] + gap) // (width + gap))
        shown = min(rows, fits[0]), min(columns, fits[1])
        layout = Layout(shown[1], shown[0], shown[0] * shown[1], height, width, grow, shrink, gap)
        if shown == (rows, columns):
            break
    return layout
