"""A layer and the activation function after it, in the same memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fishlab.core.layers.activation import Activation
from fishlab.core.layers.affine import Affine
from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.global_pooling import GlobalAveragePooling
from fishlab.core.layers.layer_normalization import LayerNormalization
from fishlab.core.layers.normalization import BatchNormalization
from fishlab.core.layers.pooling import AveragePooling
from fishlab.core.layers.residual import Residual
from fishlab.core.layers.response_normalization import LocalResponseNormalization
from fishlab.core.layers.transposed_convolution import TransposedConvolution

CAN_BE_OVERWRITTEN = (
    Affine,
    AveragePooling,
    BatchNormalization,
    GlobalAveragePooling,
    LayerNormalization,
    LocalResponseNormalization,
    Residual,
    TransposedConvolution,
)
"""Layers that do not look at their output again on the way back, and write all of it anew each time.

A parallel block is none of them: its output is that of the stages in it, and those may look at it again.
"""


class InPlace:
    """y = f(layer(x)), where f overwrites what the layer computed: half the memory, and it is still in the cache.

    Only for layers in CAN_BE_OVERWRITTEN.
    """

    def __init__(self, layer: Layer[Any], activation: Activation[Any]) -> None:
        self.layers: tuple[Layer[Any], ...] = (layer, activation)
        self.input_gradient = layer.input_gradient
        self._layer, self._activation = layer, activation

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N)."""
        y = self._layer.forward(x, training=training)
        return self._activation.apply(y, out=y)

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx; writes the gradients of the layer's parameters."""
        return self._layer.backward(self._activation.backward(dout))


def activation_in_place(rest: Sequence[Layer[Any]]) -> InPlace | None:
    """A stage for a layer that can be overwritten and the activation after it."""
    match rest:
        case [layer, Activation() as activation, *_] if isinstance(layer, CAN_BE_OVERWRITTEN):
            return InPlace(layer, activation)
    return None
