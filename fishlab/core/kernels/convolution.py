"""A convolution with what follows it, ready to compute for every batch size that comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fishlab.core.kernels.backward import ColumnsBackward, TapsBackward
from fishlab.core.kernels.forward import Forward, Geometry
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import Array


class Convolver:
    """Runs one convolution, with ReLU and 2 x 2 max pooling after it where the geometry says so.

    Everything a batch size needs is made when it first comes and kept: buffers, tiles and views. `send_to(batch)`, if
    set, is where outputs go in place of a buffer of its own. `scratch` may be another's, if both never compute at once;
    dx lies in it.
    """

    def __init__(self, geometry: Geometry, dtype: Any) -> None:
        self.geometry, self.dtype = geometry, dtype
        self.send_to: Callable[[int], Array] | None = None
        self.scratch = Scratch()
        self._forwards: dict[int, Forward] = {}
        self._backwards: dict[tuple[int, bool], TapsBackward | ColumnsBackward] = {}

    def entrance(self, batch: int) -> Array:
        """Where an input (*in_shape, batch) is best written: inside the border."""
        return self._forward(batch).x

    def forward(self, x: Array, weight: Array, bias: Array | None, *, training: bool) -> Array:
        """x (*in_shape, N), weight (F, C, FH, FW), bias (F,) -> (*out_shape, N)."""
        forward = self._forward(x.shape[-1])
        if x is not forward.x:
            np.copyto(forward.x, x)
        return forward.run(kernel_first(weight).reshape(len(weight), -1), bias, training)

    def backward(
        self, dout: Array, weight: Array, bias: Array | None, grads: tuple[Array, Array | None], input_gradient: bool
    ) -> Array | None:
        """dL/dout -> dL/dx, or None where that is not wanted. Writes dW (F, C, FH, FW) and db (F,) to `grads`."""
        forward = self._forward(dout.shape[-1])
        if not forward.ready:
            forward.run(kernel_first(weight).reshape(len(weight), -1), bias, True)
        backward = self._backward(forward, input_gradient)
        backward.take(dout, grads[1])
        return backward.run(kernel_first(weight), kernel_first(grads[0]))

    def _forward(self, batch: int) -> Forward:
        if batch not in self._forwards:
            shape = (*self.geometry.out_shape, batch)
            out = self.send_to(batch) if self.send_to else np.empty(shape, self.dtype)
            self._forwards[batch] = Forward(self.geometry, batch, out, self.scratch)
        return self._forwards[batch]

    def _backward(self, forward: Forward, input_gradient: bool) -> TapsBackward | ColumnsBackward:
        key = forward.out.shape[-1], input_gradient
        if key not in self._backwards:
            by_taps = input_gradient and taps_pay(self.geometry)
            self._backwards[key] = TapsBackward(forward) if by_taps else ColumnsBackward(forward, input_gradient)
        return self._backwards[key]


def kernel_first(weight: Array) -> Array:
    """(F, C, FH, FW) -> view (F, FH, FW, C), the order of unfolded columns."""
    return weight.transpose(0, 2, 3, 1)


def taps_pay(geometry: Geometry) -> bool:
    """Whether to unfold dY in place of x: only at stride 1, and where dY is not much the larger of the two."""
    possible = geometry.stride == (1, 1) and all(p < k for p, k in zip(geometry.padding, geometry.kernel, strict=True))
    channels, height, width = geometry.in_shape
    filters, rows, cols = geometry.conv_shape
    return possible and filters * height * width <= 2 * channels * rows * cols
