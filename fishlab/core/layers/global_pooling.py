"""Global average pooling: one number for each channel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, needs_image, one_place, register_layer


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePoolingSpec(LayerSpec):
    """Global average pooling has nothing to set."""


@register_layer(
    "global_average_pool",
    title="Global average pool",
    group="Convolution",
    chapter="8.2",
    paper="Lin, Chen and Yan 2013",
    aliases=("gap", "global_average_pooling"),
    help="Takes the mean of each channel: a row of as many numbers as there are channels, whatever the image's size. "
    "It needs no Flatten.",
)
class GlobalAveragePooling(Layer[GlobalAveragePoolingSpec]):
    """y[c] = mean of x[c] over its H W pixels. x (C, H, W, N), y (C, N). Backward: dx[c, h, w] = dy[c] / (H W).

    Lin, Chen and Yan 2013, "Network in network"; GoogLeNet and ResNet end with it. Refuses a row with Misfit.
    """

    Spec = GlobalAveragePoolingSpec
    formula = "mean of each channel"
    backward_formulas = ("dx = dout / (H · W), for each pixel",)

    @classmethod
    def output_shape(cls, spec: GlobalAveragePoolingSpec, in_shape: Shape) -> Shape:
        needs_image(in_shape, "Pooling")
        return in_shape[:1]

    @classmethod
    def reach(cls, spec: GlobalAveragePoolingSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return (*one_place(place), *map(range, in_shape[1:]))

    def forward(self, x: Array, *, training: bool) -> Array:
        out = np.add.reduce(x, axis=(1, 2), out=self.buffer("out", (len(x), x.shape[-1])))
        out *= self._share
        return out

    def backward(self, dout: Array) -> Array:
        share = np.multiply(dout, self._share, out=self.buffer("share", dout.shape))
        dx = self.buffer("dx", (*self.in_shape, dout.shape[-1]))
        np.copyto(dx, share[:, None, None])
        return dx

    @property
    def _share(self) -> float:
        return 1 / math.prod(self.in_shape[1:])
