"""How convolution is made fast: columns block by block, so that they never leave the cache.

A convolution is one matrix product once every window of the image stands as a column (im2col, chapter 7.4.3). The
whole matrix is FH*FW times the image and goes through main memory several times; a block of a few output rows stays
in the second-level cache between the copy that makes it and the product that uses it. `Unfolding` prepares all of it
once for a batch size: an image with a border of zeros, a view of its windows, one scratch matrix, and for each block
a pair of ready views. A training step is then a loop over them.

With the batch as the last axis a block is copied in runs of OW*N numbers, and its product is a slice of the output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from fishlab.core.layers.base import Array

BLOCK_BYTES = 600_000
BLOCK_COLUMNS = 4_800


class Block(NamedTuple):
    """One block: `source` windows are copied to `target`, which is `columns` (C*FH*FW, width) seen as windows.

    `place` says which of the OH*OW*N output columns these are; `rows` and `cols` say the same as output pixels.
    """

    source: Array
    target: Array
    columns: Array
    place: slice
    rows: slice
    cols: slice


def windows(image: Array, kernel: tuple[int, int], stride: tuple[int, int]) -> Array:
    """(C, HP, WP, N) -> view (C, FH, FW, OH, OW, N) with [c, i, j, y, x] = image[c, y*SH + i, x*SW + j]."""
    channels, height, width, batch = image.shape
    (fh, fw), (sh, sw) = kernel, stride
    out = (height - fh) // sh + 1, (width - fw) // sw + 1
    c, h, w, n = image.strides
    return as_strided(image, (channels, fh, fw, *out, batch), (c, h, w, h * sh, w * sw, n))


def without_border(image: Array, border: tuple[int, int]) -> Array:
    """The inside of an image (C, HP, WP, N) with a border of this many rows and columns, as a view."""
    top, left = border
    return image[:, top : image.shape[1] - top, left : image.shape[2] - left]


class Unfolding:
    """The windows of a bordered image (C, H, W, N) as matrix columns, block by block.

    `load(x)` copies an image in; each of `blocks` then gives its columns with `gather`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        kernel: tuple[int, int],
        stride: tuple[int, int],
        border: tuple[int, int],
        dtype: np.dtype[Any],
    ) -> None:
        channels, height, width, batch = shape
        self.border = border
        self.image = np.zeros((channels, height + 2 * border[0], width + 2 * border[1], batch), dtype)
        self.windows = windows(self.image, kernel, stride)
        self.depth = channels * kernel[0] * kernel[1]
        out_rows, out_cols = self.windows.shape[3:5]
        rows, cols = _block_size(self.depth, out_rows, out_cols, batch, dtype.itemsize)
        scratch = np.empty(self.depth * rows * cols * batch, dtype)
        self.blocks = [
            self._block(scratch, slice(y, min(y + rows, out_rows)), slice(x, min(x + cols, out_cols)))
            for y in range(0, out_rows, rows)
            for x in range(0, out_cols, cols)
        ]

    def _block(self, scratch: Array, rows: slice, cols: slice) -> Block:
        source = self.windows[:, :, :, rows, cols]
        columns = scratch[: source.size].reshape(self.depth, -1)
        out_cols, batch = self.windows.shape[4:]
        first = (rows.start * out_cols + cols.start) * batch
        place = slice(first, first + columns.shape[1])
        return Block(source, columns.reshape(source.shape), columns, place, rows, cols)

    def load(self, x: Array) -> None:
        """Put an image inside the border."""
        np.copyto(self.within(self.image), x)

    def within(self, image: Array) -> Array:
        """The part of a bordered image that is not border, as a view."""
        return without_border(image, self.border)


def gather(block: Block) -> Array:
    """The columns (C*FH*FW, width) of one block, valid until the next block is gathered."""
    np.copyto(block.target, block.source)
    return block.columns


def _block_size(depth: int, out_rows: int, out_cols: int, batch: int, itemsize: int) -> tuple[int, int]:
    """How many whole output rows make a block; or one row and a part of its columns, where a row is too long."""
    columns = min(BLOCK_COLUMNS, BLOCK_BYTES // (depth * itemsize))
    rows = min(out_rows, columns // (out_cols * batch))
    if rows:
        return rows, out_cols
    pieces = -(-out_cols // max(1, columns // batch))
    return 1, -(-out_cols // pieces)


def taps(image: Array, axis: int, size: int, stride: int) -> Iterator[Array]:
    """For each of `size` places in a window that slides along `axis`, what it meets there, as views."""
    steps = (image.shape[axis] - size) // stride + 1
    before = (slice(None),) * axis
    for place in range(size):
        yield image[(*before, slice(place, place + stride * steps, stride))]
