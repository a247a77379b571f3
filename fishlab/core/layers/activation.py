"""Activation functions: the bend between two affine layers (chapter 3.2, backward in 5.5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array, Layer, LayerSpec, register_layer


@dataclass(frozen=True, kw_only=True)
class ReLUSpec(LayerSpec):
    """ReLU has nothing to set."""


@register_layer(
    "relu",
    title="ReLU",
    group="Activation",
    chapter="5.5",
    help="Passes what is positive and stops the rest. Its slope is 1 or 0, so deep stacks still learn.",
)
class ReLU(Layer[ReLUSpec]):
    """y = max(0, x), any shape. Backward: dx = dy where x > 0, else 0."""

    Spec = ReLUSpec
    formula = "max(0, x)"

    def forward(self, x: Array, *, training: bool) -> Array:
        self._out = np.maximum(x, 0, out=self.buffer("out", x.shape))
        return self._out

    def backward(self, dout: Array) -> Array:
        mask = np.greater(self._out, 0, out=self.buffer("mask", dout.shape, bool))
        return np.multiply(dout, mask, out=self.buffer("dx", dout.shape))
