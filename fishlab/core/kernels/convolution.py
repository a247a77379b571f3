"""A convolution with what follows it, ready to compute for every batch size that comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fishlab.core.kernels.backward import ColumnsBackward, TapsBackward
from fishlab.core.kernels.forward import Forward, Geometry
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.kernels.tiles import Array

MOST_BATCH_SIZES = 8
"""A run has three or four: its batches, the last one, evaluation, a single digit. More push out the oldest."""


class Convolver:
    """Runs one convolution, with ReLU and 2 x 2 max pooling after it where the geometry says so.

    Everything a batch size needs is made when it first comes and kept for a while: buffers, tiles and views.
    `send_to(batch)`, if set, is where outputs go in place of a buffer of its own. `scratch` may be another's, if both
    never compute at once; dx lies in it.
    """

    def __init__(self, geometry: Geometry, dtype: Any) -> None:
        self.geometry, self.dtype = geometry, dtype
        self.send_to: Callable[[int], Array] | None = None
        self.scratch = Scratch()
        self._ready: dict[int, Ready] = {}

    def entrance(self, batch: int) -> Array:
        """Where an input (*in_shape, batch) is best written: inside the border."""
        return self._for(batch).forward.x

    def forward(self, x: Array, weight: Array, bias: Array | None, *, training: bool) -> Array:
        """x (*in_shape, N), weight (F, C, FH, FW), bias (F,) -> (*out_shape, N)."""
        forward = self._for(x.shape[-1]).forward
        if x is not forward.x:
            np.copyto(forward.x, x)
        return forward.run(kernel_first(weight).reshape(len(weight), -1), bias, training)

    def backward(
        self, dout: Array, weight: Array, bias: Array | None, grads: tuple[Array, Array | None], input_gradient: bool
    ) -> Array | None:
        """dL/dout -> dL/dx, or None where that is not wanted. Writes dW (F, C, FH, FW) and db (F,) to `grads`."""
        ready = self._for(dout.shape[-1])
        if not ready.forward.ready:
            ready.forward.run(kernel_first(weight).reshape(len(weight), -1), bias, True)
        backward = ready.way_back(input_gradient)
        backward.take(dout, grads[1])
        return backward.run(kernel_first(weight), kernel_first(grads[0]))

    def _for(self, batch: int) -> Ready:
        if batch not in self._ready:
            out = self.send_to(batch) if self.send_to else np.empty((*self.geometry.out_shape, batch), self.dtype)
            while len(self._ready) >= MOST_BATCH_SIZES:
                del self._ready[next(iter(self._ready))]
            self._ready[batch] = Ready(Forward(self.geometry, batch, out, self.scratch))
        return self._ready[batch]


class Ready:
    """What one batch size needs: the way forward, and a way back once it is asked for."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self._ways_back: dict[bool, TapsBackward | ColumnsBackward] = {}

    def way_back(self, input_gradient: bool) -> TapsBackward | ColumnsBackward:
        """The faster of the two."""
        if input_gradient not in self._ways_back:
            by_taps = input_gradient and taps_pay(self.forward.geometry)
            made = TapsBackward(self.forward) if by_taps else ColumnsBackward(self.forward, input_gradient)
            self._ways_back[input_gradient] = made
        return self._ways_back[input_gradient]


def kernel_first(weight: Array) -> Array:
    """(F, C, FH, FW) -> view (F, FH, FW, C), the order of unfolded columns."""
    return weight.transpose(0, 2, 3, 1)


def taps_pay(geometry: Geometry) -> bool:
    """Whether to unfold dY in place of x: only at stride 1, and where dY is not much the larger of the two."""
    possible = geometry.stride == (1, 1) and all(p < k for p, k in zip(geometry.padding, geometry.kernel, strict=True))
    channels, height, width = geometry.in_shape
    filters, rows, cols = geometry.conv_shape
    return possible and filters * height * width <= 2 * channels * rows * cols
