"""Layers that only change the shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, register_layer


@dataclass(frozen=True, kw_only=True)
class FlattenSpec(LayerSpec):
    """Flatten has nothing to set."""


@register_layer(
    "flatten",
    title="Flatten",
    group="Shape",
    chapter="7.4",
    help="Lays the channels, rows and columns of an image end to end in one row. Affine takes nothing else.",
)
class Flatten(Layer[FlattenSpec]):
    """(C, H, W, N) -> (C*H*W, N), element order C, H, W. A view: only what lies inside a border is copied."""

    Spec = FlattenSpec
    formula = "C × H × W to one row"

    @classmethod
    def output_shape(cls, spec: FlattenSpec, in_shape: Shape) -> Shape:
        return (math.prod(in_shape),)

    def forward(self, x: Array, *, training: bool) -> Array:
        if not _joined(x):
            inside = x
            x = self.buffer("copy", x.shape)
            np.copyto(x, inside)
        return x.reshape(-1, x.shape[-1])

    def backward(self, dout: Array) -> Array:
        return dout.reshape(*self.in_shape, dout.shape[-1])


def _joined(x: Array) -> bool:
    """Whether each channel, row and column begins in memory where the one before ends."""
    axes = range(x.ndim - 2)
    return all(x.strides[axis] == x.strides[axis + 1] * x.shape[axis + 1] for axis in axes)
