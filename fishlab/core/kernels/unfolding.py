"""The windows of an image as matrix columns, unfolded one way only.

im2col (chapter 7.4.3) writes every pixel FH*FW times. Here only the columns of the image are unfolded: row h becomes
the matrix U[h] (FW*C, OW*N) with U[h, j, c, x] = image[c, h, x*SW + j]. These stand one under the other, so the FH
rows that an output row needs are already one matrix (FH*FW*C, OW*N): the view that begins at U[y*SH]. The next output
row is the same view SH matrices further on. FW copies of a pixel in place of FH*FW, and all output rows of a tile are
one batched product over a view that overlaps itself. (Cho and Brand 2017 call this memory-efficient convolution.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import Array, Pair, Sizes, Tile, cut


class Columns(NamedTuple):
    """The columns of one tile: copy `source` to `target`, and `matrix` (rows, FH*FW*C, width) is what to multiply.

    All three are views; `target` lies in memory that all tiles share, so a matrix lasts until the next copy.
    """

    source: Array
    target: Array
    matrix: Array


class Unfolding:
    """An image (C, H, W, N) inside a border of zeros, and its windows tile by tile.

    `image` is with the border, `inside` without; in memory its rows come before its channels, because a tile takes few
    rows and all channels. `filters` is how many rows the product will have; `unit` see Sizes.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        kernel: Pair,
        stride: Pair,
        border: Pair,
        dtype: Any,
        scratch: Scratch,
        *,
        filters: int,
        unit: int = 1,
    ) -> None:
        channels, height, width, batch = shape
        (fh, fw), (sh, sw), (top, left) = kernel, stride, border
        self.kernel, self.stride, self.border = kernel, stride, border
        self.image = np.zeros((height + 2 * top, channels, width + 2 * left, batch), dtype).swapaxes(0, 1)
        self.inside = without_border(self.image, border)
        self.out_rows, self.out_cols = (height + 2 * top - fh) // sh + 1, (width + 2 * left - fw) // sw + 1
        self.depth = fh * fw * channels
        itemsize = self.image.itemsize
        sizes = Sizes(self.out_rows, self.out_cols, batch, fw * channels, fh, sh, filters, unit, itemsize)
        self.tiles = list(cut(sizes))
        self.columns = self._all_columns(scratch)

    def _all_columns(self, scratch: Scratch) -> list[Columns]:
        sources = [self.rows_of(self.image, tile) for tile in self.tiles]
        targets = scratch.take_all("columns", [source.shape for source in sources], self.image.dtype)
        return [Columns(source, target, self._matrix(target)) for source, target in zip(sources, targets, strict=True)]

    def rows_of(self, image: Array, tile: Tile) -> Array:
        """What a tile needs of an image with a border, unfolded: view (rows, FW, C, cols, images)."""
        rows, cols, images = tile
        (fh, fw), (sh, sw) = self.kernel, self.stride
        part = image[:, rows.start * sh : (rows.stop - 1) * sh + fh, cols.start * sw :, images]
        c, h, w, n = part.strides
        shape = (part.shape[1], fw, part.shape[0], cols.stop - cols.start, part.shape[3])
        return as_strided(part, shape, (h, w, c, w * sw, n))

    def _matrix(self, target: Array) -> Array:
        """The matrices of all output rows, which overlap: (rows, FH*FW*C, width)."""
        unfolded, fw, channels, cols, images = target.shape
        fh, sh, width = self.kernel[0], self.stride[0], cols * images
        rows, item = (unfolded - fh) // sh + 1, target.itemsize
        line = width * item
        return as_strided(target, (rows, fh * fw * channels, width), (sh * fw * channels * line, line, item))


def part_of(output: Array, tile: Tile) -> Array:
    """One tile of an output (F, OH, OW, N) as a matrix for each row: view (rows, F, width)."""
    part = output[:, tile.rows, tile.cols, tile.images].swapaxes(0, 1)
    rows, filters, cols, images = part.shape
    return as_strided(part, (rows, filters, cols * images), (*part.strides[:2], part.itemsize))


def without_border(image: Array, border: Pair) -> Array:
    """The inside of an image (C, HP, WP, N) with a border of this many rows and columns, as a view."""
    top, left = border
    return image[:, top : image.shape[1] - top, left : image.shape[2] - left]
