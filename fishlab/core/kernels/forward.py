"""The forward pass of a convolution, and what follows it, tile by tile.

Y = W X + b, then, as asked, ReLU and 2 x 2 max pooling, each tile while it is in the cache. Bias and ReLU come after
the pooling, on a quarter of the numbers: adding one number to all of a window, or cutting it off at zero, changes
nothing in which is the largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fishlab.core.kernels.pooling import PoolTile
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import Array, Pair, Tile
from fishlab.core.kernels.unfolding import Unfolding, part_of


class Geometry(NamedTuple):
    """What a convolution does, without its numbers. `relu` and `pool` say what follows it."""

    in_shape: tuple[int, ...]
    filters: int
    kernel: Pair
    stride: Pair
    padding: Pair
    relu: bool = False
    pool: bool = False

    @property
    def conv_shape(self) -> tuple[int, int, int]:
        """(F, OH, OW), before a pooling."""
        sizes = zip(self.in_shape[1:], self.kernel, self.stride, self.padding, strict=True)
        rows, cols = ((size + 2 * padding - window) // stride + 1 for size, window, stride, padding in sizes)
        return self.filters, rows, cols

    @property
    def out_shape(self) -> tuple[int, int, int]:
        """What comes out, without N."""
        filters, rows, cols = self.conv_shape
        return (filters, rows // 2, cols // 2) if self.pool else (filters, rows, cols)


class Forward:
    """The forward pass for one batch size. `x` is where the input belongs, `out` (*out_shape, N) takes the output.

    `ready` says whether the last run left what the way back needs.
    """

    def __init__(self, geometry: Geometry, batch: int, out: Array, scratch: Scratch) -> None:
        self.geometry, self.out, self.ready = geometry, out, False
        self.scratch = scratch
        self.unfolding = Unfolding(
            (*geometry.in_shape, batch), geometry.kernel, geometry.stride, geometry.padding, out.dtype, scratch,
            filters=geometry.filters, unit=2 if geometry.pool else 1,
        )  # fmt: skip
        self.x = self.unfolding.inside
        outs = self.parts_of(out)
        self.pools = self._pools(outs) if geometry.pool else []
        products = [pool.product for pool in self.pools] or outs
        zeros = np.zeros(max(part.shape[-1] for part in outs), out.dtype)
        rest = [zeros[: part.shape[-1]] for part in outs]
        pools: Sequence[PoolTile | None] = self.pools or [None] * len(outs)
        self._steps = list(zip(self.unfolding.columns, products, pools, outs, rest, strict=True))

    def parts_of(self, out: Array) -> list[Array]:
        """What each tile contributes to an output, or to something of its shape: (rows, F, width)."""
        return [part_of(out, halved(tile) if self.geometry.pool else tile) for tile in self.unfolding.tiles]

    def _pools(self, outs: list[Array]) -> list[PoolTile]:
        shapes = [tile_shape(self.geometry.filters, tile) for tile in self.unfolding.tiles]
        products = self.scratch.take_all("products", shapes, self.out.dtype)
        lines = self.scratch.take_all("lines", [half_as_wide(shape) for shape in shapes], self.out.dtype)
        return [PoolTile(*arrays) for arrays in zip(products, outs, lines, strict=True)]

    def run(self, weight: Array, bias: Array | None, training: bool) -> Array:
        """The output for what is in `x`. weight (F, FH*FW*C), bias (F,)."""
        self.ready = training or not self.pools
        added = None if bias is None else bias[:, None]
        relu = self.geometry.relu
        for (source, target, matrix), product, pool, out, zeros in self._steps:
            np.copyto(target, source)
            np.matmul(weight, matrix, out=product)
            if pool:
                pool.forward(training)
            if added is not None:
                np.add(out, added, out=out)
            if relu:
                np.maximum(out, zeros, out=out)
        return self.out


def tile_shape(filters: int, tile: Tile) -> tuple[int, int, int, int]:
    """The output of one tile: (rows, F, cols, images)."""
    rows, cols, images = (part.stop - part.start for part in tile)
    return rows, filters, cols, images


def halved(tile: Tile) -> Tile:
    """The same tile after a 2 x 2 pooling."""
    rows, cols, images = tile
    return Tile(slice(rows.start // 2, rows.stop // 2), slice(cols.start // 2, cols.stop // 2), images)


def half_as_wide(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A tile (rows, F, cols, images) after the column pairs were pooled."""
    rows, filters, cols, images = shape
    return rows, filters, cols // 2, images
