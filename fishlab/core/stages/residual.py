"""A residual block and the ReLU after it: sum and rectified sum in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fishlab.core.layers.activation import ReLU
from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.residual import Residual
from fishlab.core.layers.tiling import tiles, zeros


class RectifiedSum:
    """y = max(0, body(x) + shortcut(x)), tile by tile: the sum is cut off at zero while it is in the cache."""

    def __init__(self, block: Residual, relu: ReLU) -> None:
        self.layers: tuple[Layer[Any], ...] = (block, relu)
        self.input_gradient = block.input_gradient
        self._block = block

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N)."""
        body, shortcut = (chain.forward(x, training=training) for chain in self._block.chains)
        self._out = out = self._block.output(x.shape[-1])
        for tile in tiles(out.shape):
            here = np.add(body[tile], shortcut[tile], out=out[tile])
            np.maximum(here, zeros(here.shape, here.dtype), out=here)
        return out

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx: what passed the ReLU goes to body and shortcut alike."""
        passed = self._block.buffer("passed", dout.shape)
        for tile in tiles(dout.shape):
            here = self._out[tile]
            mask = np.greater(here, zeros(here.shape, here.dtype), out=self._block.buffer("mask", here.shape, bool))
            np.multiply(dout[tile], mask, out=passed[tile])
        return self._block.backward(passed)


def fuse_residual(rest: Sequence[Layer[Any]]) -> RectifiedSum | None:
    """A stage for a residual block and a ReLU right after it."""
    match rest:
        case [Residual() as block, ReLU() as relu, *_]:
            return RectifiedSum(block, relu)
    return None
