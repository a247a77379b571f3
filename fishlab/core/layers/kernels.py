"""How convolution is made fast: columns block by block, so that they never leave the cache.

A convolution is one matrix product once every window of the image stands as a column (im2col, chapter 7.4.3). The
whole matrix is FH*FW times the image and goes through main memory several times; a block of a few output rows stays
in the second-level cache between the copy that makes it and the product that uses it. `Unfolding` prepares all of it
once for a batch size: an image with a border of zeros, a view of its windows, one scratch matrix, and for each block
a pair of ready views. A training step is then a loop over them: `convolve` forward, and backward `weight_gradient` with
`spread_gradient`, or `gradients_by_taps`.

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
        self.kernel, self.stride, self.border = kernel, stride, border
        self.image = np.zeros((channels, height + 2 * border[0], width + 2 * border[1], batch), dtype)
        self.windows = self.windows_of(self.image)
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

    def windows_of(self, bordered: Array) -> Array:
        """The same windows of another image with a border."""
        return windows(bordered, self.kernel, self.stride)

    def load(self, x: Array) -> None:
        """Put an image inside the border."""
        np.copyto(self.within(self.image), x)

    def within(self, bordered: Array) -> Array:
        """The part of an image that is not border, as a view."""
        return without_border(bordered, self.border)


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


def convolve(unfolding: Unfolding, weight: Array, bias: Array | None, out: Array) -> None:
    """Y = W X + b: weight (F, C*FH*FW), bias (F,), out (F, OH*OW*N)."""
    for block in unfolding.blocks:
        part = np.matmul(weight, gather(block), out=out[:, block.place])
        if bias is not None:
            part += bias[:, None]


def weight_gradient(unfolding: Unfolding, dout: Array, grad: Array) -> None:
    """dW = dY X^T: dout (F, OH*OW*N), grad (F, C*FH*FW). The columns are made again rather than kept."""
    part = np.empty_like(grad)
    grad.fill(0)
    for block in unfolding.blocks:
        grad += np.matmul(dout[:, block.place], gather(block).T, out=part)


def spread_gradient(unfolding: Unfolding, weight: Array, dout: Array, bordered: Array) -> None:
    """dX = W^T dY, for any stride; every row of it is one tap and is added back where it came from (col2im).

    `bordered` (C, HP, WP, N) takes the gradient of the image with its border.
    """
    bordered.fill(0)
    spread = unfolding.windows_of(bordered)
    for block in unfolding.blocks:
        np.matmul(weight.T, dout[:, block.place], out=block.columns)
        for i, j in np.ndindex(*unfolding.kernel):
            tap = spread[:, i, j, block.rows, block.cols]
            tap += block.target[:, i, j]


def gradients_by_taps(unfolding: Unfolding, weight: Array, x: Array, dx: Array, grad: Array) -> None:
    """At stride 1 both gradients from one unfolding, that of dY: dX is a convolution of it with the filters turned.

    dx[c, y, x] = sum over f, i, j of W[f, c, FH-1-i, FW-1-j] dY'[f, y + i, x + j], where dY' is dY with a border of
    FH-1-PH and FW-1-PW; dW[f, c, FH-1-i, FW-1-j] = sum over y, x of dY'[f, y + i, x + j] x[c, y, x]. So a block of
    columns is made once, used twice, and nothing is added back.

    `weight` and `grad` (F, C, FH, FW), `x` and `dx` (C, H*W*N).
    """
    filters, channels, *kernel = weight.shape
    turned = np.ascontiguousarray(weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)).reshape(channels, -1)
    total, part = np.zeros((2, unfolding.depth, channels), dx.dtype)
    for block in unfolding.blocks:
        columns = gather(block)
        np.matmul(turned, columns, out=dx[:, block.place])
        total += np.matmul(columns, x[:, block.place].T, out=part)
    grad[...] = total.reshape(filters, *kernel, channels)[:, ::-1, ::-1].transpose(0, 3, 1, 2)


def taps(image: Array, axis: int, size: int, stride: int) -> Iterator[Array]:
    """For each of `size` places in a window that slides along `axis`, what it meets there, as views."""
    steps = (image.shape[axis] - size) // stride + 1
    before = (slice(None),) * axis
    for place in range(size):
        yield image[(*before, slice(place, place + stride * steps, stride))]
