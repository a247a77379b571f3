"""Affine and ReLU as one stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fishlab.core.layers.activation import ReLU, rectify
from fishlab.core.layers.affine import Affine
from fishlab.core.layers.base import Array, Layer


class AffineReLU:
    """y = max(0, W^T x + b). Backward: the gradient of the affine layer where y > 0, else 0.

    ReLU works in place on what the affine layer computed, which nobody else needs: half the memory, and still in the
    cache.
    """

    def __init__(self, affine: Affine, relu: ReLU) -> None:
        self.affine = affine
        self.layers: tuple[Layer[Any], ...] = (affine, relu)
        self.input_gradient = affine.input_gradient

    def forward(self, x: Array, *, training: bool) -> Array:
        y = self.affine.forward(x, training=training)
        self._y = rectify(y, out=y)
        return self._y

    def backward(self, dout: Array) -> Array:
        mask = np.greater(self._y, 0, out=self.affine.buffer("mask", dout.shape, bool))
        return self.affine.backward(np.multiply(dout, mask, out=self.affine.buffer("masked", dout.shape)))


def affine_relu(rest: Sequence[Layer[Any]]) -> AffineReLU | None:
    """The fusion, where a stack goes on with these two."""
    match rest:
        case [Affine() as affine, ReLU() as relu, *_]:
            return AffineReLU(affine, relu)
    return None
