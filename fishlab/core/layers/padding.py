"""Zero padding as a layer of its own, each side for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.fields import int_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, needs_image, one_place, register_layer


def side_field(label: str, help: str) -> Any:
    """How much is put at one side of the image."""
    return int_field(
        1, label, help, minimum=0, maximum=1024,
        larger="The image grows on this side.",
        smaller="Fewer zeros; 0 leaves this side as it is.",
    )


@dataclass(frozen=True, kw_only=True)
class ZeroPaddingSpec(LayerSpec):
    """Rows above and below, columns left and right."""

    top: int = side_field("Top", "Rows of zeros put above the image.")
    bottom: int = side_field("Bottom", "Rows of zeros put below the image.")
    left: int = side_field("Left", "Columns of zeros put to the left of the image.")
    right: int = side_field("Right", "Columns of zeros put to the right of the image.")


@register_layer(
    "zero_padding",
    title="Zero padding",
    group="Convolution",
    chapter="7.2",
    aliases=("padding", "zero_pad"),
    help="Puts rows and columns of zeros around the image, on each side as many as you say.",
)
class ZeroPadding(Layer[ZeroPaddingSpec]):
    """(C, H, W, N) -> (C, top + H + bottom, left + W + right, N). Backward: dx is dy without the border, a view.

    Convolution and pooling have padding of their own, the same on opposite sides; this is for sides that differ.
    Refuses a row with Misfit.
    """

    Spec = ZeroPaddingSpec
    formula = "zeros around the image"
    backward_formulas = ("dx = dout without the border",)

    @classmethod
    def output_shape(cls, spec: ZeroPaddingSpec, in_shape: Shape) -> Shape:
        needs_image(in_shape, "Zero padding")
        channels, height, width = in_shape
        return channels, spec.top + height + spec.bottom, spec.left + width + spec.right

    @classmethod
    def summary(cls, spec: ZeroPaddingSpec) -> str:
        sides = {"top": spec.top, "bottom": spec.bottom, "left": spec.left, "right": spec.right}
        if len(set(sides.values())) == 1:
            return f"{spec.top} on every side"
        return ", ".join(f"{side} {size}" for side, size in sides.items() if size)

    @classmethod
    def reach(cls, spec: ZeroPaddingSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        channel, row, column = place
        return one_place((channel, row - spec.top, column - spec.left))

    def forward(self, x: Array, *, training: bool) -> Array:
        out = self.buffer("out", (*self.out_shape, x.shape[-1]), fill=0)
        np.copyto(self._inside(out), x)
        return out

    def backward(self, dout: Array) -> Array:
        return self._inside(dout)

    def _inside(self, image: Array) -> Array:
        (_, height, width), top, left = self.in_shape, self.spec.top, self.spec.left
        return image[:, top : top + height, left : left + width]
