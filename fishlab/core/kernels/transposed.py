"""A transposed convolution: the kernels of a convolution, the other way round.

What `Geometry` describes is the convolution that is turned round: its input is our output. Forward, each pixel of x
lays its filters down where that convolution would have read them (`Scatter`, which is its dX). On the way back dY is
unfolded once, and each tile of it serves twice: dX = filters × tile, dW += tile × x.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fishlab.core.kernels.backward import Correlation, Scatter
from fishlab.core.kernels.convolution import MOST_BATCH_SIZES, kernel_first
from fishlab.core.kernels.forward import Geometry
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import Array, Tile
from fishlab.core.kernels.unfolding import Unfolding, part_of

Grads = tuple[Array, Array | None]


class Transposer:
    """Runs one transposed convolution; what a batch size needs is made when it first comes and kept for a while.

    `scratch` may be another's, if both never compute at once; dx lies in it.
    """

    def __init__(self, geometry: Geometry, in_shape: tuple[int, ...], dtype: Any) -> None:
        self.geometry, self.in_shape, self.dtype = geometry, in_shape, dtype
        self.scratch = Scratch()
        self._ready: dict[int, Ready] = {}

    def forward(self, x: Array, weight: Array, bias: Array | None) -> Array:
        """x (C, H, W, N), weight (C, F, FH, FW), bias (F,) -> (F, OH, OW, N)."""
        return self._for(x.shape[-1]).forward(x, kernel_first(weight), bias)

    def backward(self, dout: Array, weight: Array, grads: Grads, input_gradient: bool) -> Array | None:
        """dL/dout -> dL/dx, or None where that is not wanted. Writes dW (C, F, FH, FW) and db (F,) to `grads`."""
        grad, bias_grad = kernel_first(grads[0]), grads[1]
        return self._for(dout.shape[-1]).backward(dout, kernel_first(weight), (grad, bias_grad), input_gradient)

    def _for(self, batch: int) -> Ready:
        if batch not in self._ready:
            while len(self._ready) >= MOST_BATCH_SIZES:
                del self._ready[next(iter(self._ready))]
            self._ready[batch] = Ready(self.geometry, (*self.in_shape, batch), self.dtype, self.scratch)
        return self._ready[batch]


class Ready:
    """What one batch size needs."""

    def __init__(self, geometry: Geometry, shape: tuple[int, ...], dtype: Any, scratch: Scratch) -> None:
        out_shape = (*geometry.in_shape, shape[-1])
        self._unfolding = Unfolding(
            out_shape, geometry.kernel, geometry.stride, geometry.padding, dtype, scratch, filters=geometry.filters
        )
        self._x, self._dx = np.empty(shape, dtype), scratch.take("dx", shape, dtype)
        self._scatter = Scatter(self._unfolding, scratch)
        self._parts = [part_of(self._x, tile) for tile in self._unfolding.tiles]
        self._correlation = Correlation(self._unfolding, self._parts, scratch)
        self._dx_parts = [part_of(self._dx, tile) for tile in self._unfolding.tiles]
        filters, rows, cols, batch = out_shape
        self._lines = part_of(self._unfolding.inside, Tile(slice(0, rows), slice(0, cols), slice(0, batch)))
        self._ones, self._sums = np.ones(cols * batch, dtype), np.empty((rows, filters), dtype)

    def forward(self, x: Array, weight: Array, bias: Array | None) -> Array:
        """weight (C, FH, FW, F); the output lies inside a border that is thrown away."""
        np.copyto(self._x, x)
        self._scatter.begin(weight, bias)
        for index, part in enumerate(self._parts):
            self._scatter.add(index, part)
        return self._scatter.dx

    def backward(self, dout: Array, weight: Array, grads: Grads, input_gradient: bool) -> Array | None:
        """weight and its gradient (C, FH, FW, F)."""
        np.copyto(self._unfolding.inside, dout)
        if grads[1] is not None:
            np.matmul(self._lines, self._ones, out=self._sums)  # sums as products with ones: faster than adding up
            np.add.reduce(self._sums, axis=0, out=grads[1])
        filters = weight.reshape(len(weight), -1)
        for index, (source, target, matrix) in enumerate(self._unfolding.columns):
            np.copyto(target, source)
            if input_gradient:
                np.matmul(filters, matrix, out=self._dx_parts[index])
            self._correlation.add(index)
        channels, *kernel, outputs = weight.shape
        total = self._correlation.total.reshape(*kernel, outputs, channels)
        np.copyto(grads[0], total.transpose(3, 0, 1, 2))
        return self._dx if input_gradient else None
