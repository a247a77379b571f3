"""How a convolution's output is cut into tiles, so that what one tile needs stays in the second-level cache.

A tile is a few output rows by a few output columns; where one column of the whole batch is too much, also a part of
the batch. Its product is one batched matrix product, of one small matrix for each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]
Pair = tuple[int, int]

TILE_BYTES = 900_000
"""Columns of one tile and what comes of them. L2 caches are 512 KB to 2 MB."""

MOST_TILES = 4
"""How many times that a tile may be, before its products are made narrower: deep ones need some width to be fast."""

SMALL_PRODUCT = 1_000_000
"""OpenBLAS has kernels without packing for products with M*N*K up to this, where the CPU has AVX-512."""

LEAST_SMALL, MOST, WHOLE = 48, 1_400, 400
"""Width of a product: never in pieces narrower than the first, nor wider than the second; the third where no piece
would be small."""


class Tile(NamedTuple):
    """Output rows, output columns and images, as slices."""

    rows: slice
    cols: slice
    images: slice


class Sizes(NamedTuple):
    """What the size of a tile depends on.

    `depth` numbers C*FW in a row of the unfolded image, `window` FH, `stride` SH, `filters` rows of the product; `unit`
    output rows and columns that must not be parted (2 before a 2 x 2 pooling).
    """

    out_rows: int
    out_cols: int
    batch: int
    depth: int
    window: int
    stride: int
    filters: int
    unit: int
    itemsize: int

    def bytes(self, rows: int, width: int) -> int:
        """The memory of a tile of so many output rows and numbers across."""
        unfolded = (rows - 1) * self.stride + self.window
        return (unfolded * self.depth + rows * self.filters) * width * self.itemsize


def cut(sizes: Sizes) -> Iterator[Tile]:
    """The tiles of an output, row by row of tiles."""
    width = _width(sizes)
    cols = max(1, width // (sizes.batch * sizes.unit)) * sizes.unit
    images = sizes.batch if cols * sizes.batch <= width else max(1, width // cols)
    cols, images = _even(sizes.out_cols, cols, sizes.unit), _even(sizes.batch, images, 1)
    rows = sizes.unit
    while rows < sizes.out_rows and sizes.bytes(rows + sizes.unit, cols * images) <= TILE_BYTES:
        rows += sizes.unit
    rows = _even(sizes.out_rows, rows, sizes.unit)
    for place in product(_parts(sizes.out_cols, cols), _parts(sizes.batch, images), _parts(sizes.out_rows, rows)):
        yield Tile(place[2], place[0], place[1])


def _width(sizes: Sizes) -> int:
    """How many numbers across a product should have."""
    small = SMALL_PRODUCT // (sizes.filters * sizes.depth * sizes.window)
    width = min(small, MOST) if small >= LEAST_SMALL else WHOLE
    while width > LEAST_SMALL and sizes.bytes(sizes.unit, width) > MOST_TILES * TILE_BYTES:
        width //= 2
    return width


def _even(total: int, most: int, unit: int) -> int:
    """The size of parts that are nearly equal, none larger than `most`, all multiples of `unit`."""
    parts = -(-total // most)
    return -(-total // (parts * unit)) * unit


def _parts(total: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]
