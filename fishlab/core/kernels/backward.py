"""The two ways back through a convolution, tile by tile.

`TapsBackward` (stride 1) unfolds dY, once for both gradients. dX is a convolution of it with the filters turned round,
dx[c, y, x] = sum over f, i, j of W[f, c, FH-1-i, FW-1-j] dY'[f, y + i, x + j], where dY' is dY with a border of
FH-1-PH and FW-1-PW; and dW[f, c, FH-1-i, FW-1-j] = sum over y, x of dY'[f, y + i, x + j] x[c, y, x].

`ColumnsBackward` unfolds the input again: dW = dY X^T, and dX = W^T dY, added back where it came from. It is for any
stride and padding, for few channels, and for the first layer, which needs no dX.

Both first `take` dL/dout, stopped where ReLU was at zero, into a `gradient` of the same shape.
"""

from __future__ import annotations

import math

import numpy as np

from fishlab.core.kernels.forward import Forward, half_as_wide, tile_shape
from fishlab.core.kernels.pooling import SpreadTile, matrices
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import SMALL_PRODUCT, Array, Tile
from fishlab.core.kernels.unfolding import Unfolding, part_of, without_border

LEAST_TURNED = 2_000
"""Numbers in a sum of products below which turning a factor costs more than it saves."""


class Correlation:
    """Sum over images and pixels of columns times other numbers: adds up `total` (FH*FW*C, M) over tiles.

    In a small product of two matrices that are both contiguous along the pixels, BLAS is at its slowest, so the smaller
    one is turned first, in the cache; unless the result is so small that turning costs more, or so large that BLAS
    turns it by itself.
    """

    def __init__(self, unfolding: Unfolding, others: list[Array], scratch: Scratch) -> None:
        dtype, shape = unfolding.image.dtype, (unfolding.depth, others[0].shape[1])
        flipped = [other.swapaxes(1, 2) for other in others]
        self._turns = math.prod(shape) >= LEAST_TURNED and math.prod(shape) * others[0].shape[2] <= SMALL_PRODUCT
        shapes = [other.shape for other in flipped]
        turned = scratch.take_all("turned", shapes, dtype) if self._turns else flipped
        parts = scratch.take_all("parts", [(len(other), *shape) for other in others], dtype)
        matrices = [columns.matrix for columns in unfolding.columns]
        self._steps = list(zip(matrices, flipped, turned, parts, strict=True))
        self._flat = [part.reshape(len(part), -1) for part in parts]
        self._ones = np.ones(max(map(len, parts)), dtype)
        self.total, self._part = scratch.take("totals", (2, *shape), dtype)

    def add(self, index: int) -> None:
        """Add tile `index`, whose columns and numbers are in place; the first one begins the sum."""
        matrix, flipped, turned, parts = self._steps[index]
        if self._turns:
            np.copyto(turned, flipped)
        sums = self._part if index else self.total
        if len(parts) == 1:
            np.matmul(matrix, turned, out=sums[None])
        else:
            np.matmul(matrix, turned, out=parts)
            np.matmul(self._ones[: len(parts)], self._flat[index], out=sums.reshape(-1))
        if index:
            np.add(self.total, sums, out=self.total)


class Backward:
    """What both ways share: `gradient` is dL/dout before the ReLU, `take` puts it there."""

    def __init__(self, forward: Forward, gradient: Array) -> None:
        self._forward, self.gradient = forward, gradient
        self._passed = forward.scratch.take("passed", gradient.shape, bool)
        filters, rows, cols, batch = gradient.shape
        self._lines = part_of(gradient, Tile(slice(0, rows), slice(0, cols), slice(0, batch)))
        self._ones = np.ones(cols * batch, gradient.dtype)
        self._sums = np.empty((rows, filters), gradient.dtype)

    def take(self, dout: Array, bias_grad: Array | None) -> None:
        """Begin with dL/dout; writes db (F,), the sums of it, as products with ones, which is faster than adding up."""
        if self._forward.geometry.relu:
            np.multiply(dout, np.greater(self._forward.out, 0, out=self._passed), out=self.gradient)
        else:
            np.copyto(self.gradient, dout)
        if bias_grad is not None:
            np.matmul(self._lines, self._ones, out=self._sums)
            np.add.reduce(self._sums, axis=0, out=bias_grad)


class TapsBackward(Backward):
    """Both gradients from the unfolded dY, at stride 1 with less padding than the kernel is large."""

    def __init__(self, forward: Forward) -> None:
        geometry, dtype, scratch = forward.geometry, forward.out.dtype, forward.scratch
        batch, channels = forward.out.shape[-1], geometry.in_shape[0]
        border = (geometry.kernel[0] - 1 - geometry.padding[0], geometry.kernel[1] - 1 - geometry.padding[1])
        shape = (*geometry.conv_shape, batch)
        self._unfolding = Unfolding(shape, geometry.kernel, (1, 1), border, dtype, scratch, filters=channels)
        dout = self._unfolding.inside
        pooled = scratch.take("gradient", forward.out.shape, dtype) if geometry.pool else dout
        super().__init__(forward, pooled)
        self.dx = scratch.take("dx", (*geometry.in_shape, batch), dtype)
        self._turned = scratch.take("filters", (channels, *geometry.kernel, geometry.filters), dtype)
        tiles = self._unfolding.tiles
        self._correlation = Correlation(self._unfolding, [part_of(forward.x, tile) for tile in tiles], scratch)
        self._steps = list(zip(self._unfolding.columns, [part_of(self.dx, tile) for tile in tiles], strict=True))
        places = [dout[:, *tile].swapaxes(0, 1) for tile in forward.unfolding.tiles]
        self._spreads = _spreads(forward, self.gradient, places) if geometry.pool else []

    def run(self, weight: Array, grad: Array) -> Array | None:
        """dx for what is in `gradient`; writes dW. weight and grad (F, FH, FW, C)."""
        np.copyto(self._turned, weight[:, ::-1, ::-1].transpose(3, 1, 2, 0))
        turned = self._turned.reshape(len(self._turned), -1)
        for spread in self._spreads:
            spread.backward()
        for index, ((source, target, matrix), dx) in enumerate(self._steps):
            np.copyto(target, source)
            np.matmul(turned, matrix, out=dx)
            self._correlation.add(index)
        filters, *kernel, channels = weight.shape
        total = self._correlation.total.reshape(*kernel, filters, channels)
        np.copyto(grad, total[::-1, ::-1].transpose(2, 0, 1, 3))
        return self.dx


class ColumnsBackward(Backward):
    """dW, and dx where it is wanted, from the unfolded input."""

    def __init__(self, forward: Forward, input_gradient: bool) -> None:
        geometry, dtype, scratch = forward.geometry, forward.out.dtype, forward.scratch
        self._unfolding = forward.unfolding
        tiles = self._unfolding.tiles
        super().__init__(forward, scratch.take("gradient", forward.out.shape, dtype))
        if geometry.pool:
            shapes = [tile_shape(geometry.filters, tile) for tile in tiles]
            places = scratch.take_all("products", shapes, dtype)
            self._spreads = _spreads(forward, self.gradient, places)
            self._douts = [matrices(place) for place in places]
        else:
            self._spreads = []
            self._douts = forward.parts_of(self.gradient)
        self._correlation = Correlation(self._unfolding, self._douts, scratch)
        self._scatter = Scatter(self._unfolding, scratch) if input_gradient else None

    def run(self, weight: Array, grad: Array) -> Array | None:
        """dx, or None, for what is in `gradient`; writes dW. weight and grad (F, FH, FW, C)."""
        filters, *kernel, channels = weight.shape
        if self._scatter:
            self._scatter.begin(weight)
        for index, ((source, target, _), dout) in enumerate(zip(self._unfolding.columns, self._douts, strict=True)):
            if self._spreads:
                self._spreads[index].backward()
            np.copyto(target, source)
            self._correlation.add(index)
            if self._scatter:
                self._scatter.add(index, dout)
        total = self._correlation.total.reshape(*kernel, channels, filters)
        np.copyto(grad, total.transpose(3, 0, 1, 2))
        return self._scatter.dx if self._scatter else None


def _spreads(forward: Forward, gradient: Array, places: list[Array]) -> list[SpreadTile]:
    """The way back through the pooling of each tile, from `gradient` to `places` (rows, F, cols, images)."""
    lines = forward.scratch.take_all("lines", [half_as_wide(place.shape) for place in places], gradient.dtype)
    parts = forward.parts_of(gradient)
    return [SpreadTile(*arrays) for arrays in zip(forward.pools, parts, places, lines, strict=True)]


class Scatter:
    """dX = W^T dY with every row of it added back where it came from (col2im): FH steps down, then FW across."""

    def __init__(self, unfolding: Unfolding, scratch: Scratch) -> None:
        self.bordered = np.zeros_like(unfolding.image)
        self.dx = without_border(self.bordered, unfolding.border)
        (fh, fw), sh = unfolding.kernel, unfolding.stride[0]
        shapes = [columns.matrix.shape for columns in unfolding.columns]
        products = scratch.take_all("scattered", shapes, self.bordered.dtype)
        self._steps = []
        for tile, (_, target, _), product in zip(unfolding.tiles, unfolding.columns, products, strict=True):
            rows, _, width = product.shape
            taps = product.reshape(rows, fh, -1, width)
            lines = target.reshape(len(target), -1, width)
            down = [(lines[i : i + (rows - 1) * sh + 1 : sh], taps[:, i]) for i in range(fh)]
            spread = unfolding.rows_of(self.bordered, tile)
            across = [(spread[:, j], target[:, j]) for j in range(fw)]
            self._steps.append((product, target, [*down, *across]))

    def begin(self, weight: Array, start: Array | None = None) -> None:
        """Begin with nothing, or with a number for each channel, and with these filters (F, FH, FW, C)."""
        if start is None:
            self.bordered.fill(0)
        else:
            np.copyto(self.bordered, start[:, None, None, None])
        self._weight = weight.reshape(len(weight), -1).T

    def add(self, index: int, dout: Array) -> None:
        """Add what comes of tile `index`, dout (rows, F, width); its columns are overwritten."""
        product, lines, additions = self._steps[index]
        np.matmul(self._weight, dout, out=product)
        lines.fill(0)
        for place, part in additions:
            np.add(place, part, out=place)
