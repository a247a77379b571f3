"""Residual: a block that adds its input to what it makes of it (chapter 8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fishlab.core.layers.base import LAYERS, Array, Branches, Fix, Misfit, Shape, register_layer, shape_text
from fishlab.core.layers.block import Block, BlockSpec


@dataclass(frozen=True, kw_only=True)
class ResidualSpec(BlockSpec):
    """`branches` are the body and the shortcut; an empty shortcut is the identity."""

    least: ClassVar[int] = 2
    most: ClassVar[int] = 2

    branches: Branches = ((), ())


@register_layer(
    "residual",
    title="Residual",
    group="Block",
    chapter="8.2",
    aliases=("resnet", "skip", "shortcut"),
    help="Adds its input to what its body makes of it. The layers inside learn only the difference, and the gradient "
    "has a way around them: very deep stacks still learn.",
)
class Residual(Block[ResidualSpec]):
    """y = body(x) + shortcut(x), any shape (He et al. 2015). Backward: dx = body'(dy) + shortcut'(dy).

    Body and shortcut give the same shape. An empty shortcut passes x on; where the body changes the shape, a
    convolution of 1 × 1 in the shortcut makes the two fit.
    """

    Spec = ResidualSpec
    formula = "body(x) + shortcut(x)"
    backward_formulas = ("dx = body′(dout) + shortcut′(dout)",)
    adds = True

    @classmethod
    def branch_titles(cls, spec: ResidualSpec) -> tuple[str, ...]:
        return "Body", "Shortcut"

    @classmethod
    def joined(cls, spec: ResidualSpec, in_shape: Shape, shapes: Sequence[Shape]) -> Shape:
        body, shortcut = shapes
        if body == shortcut:
            return body
        raise Misfit(
            f"A sum needs two equal shapes: the body gives {shape_text(body)} and the shortcut {shape_text(shortcut)}.",
            summary="adds two different shapes",
            arithmetic=f"{shape_text(body)} ≠ {shape_text(shortcut)}",
            short="body and shortcut differ",
            shape_text=f"{shape_text(body)} + {shape_text(shortcut)}",
            fixes=_projections(spec, in_shape, body),
        )

    def join(self, parts: Sequence[Array]) -> Array:
        body, shortcut = parts
        return np.add(body, shortcut, out=self.output(body.shape[-1]))

    def split(self, dout: Array) -> Sequence[Array]:
        return dout, dout


def _projections(spec: ResidualSpec, in_shape: Shape, body: Shape) -> tuple[Fix, ...]:
    """A shortcut that has the body's shape: He et al. 2015 call it a projection."""
    if len(body) != len(in_shape):
        return ()
    if len(body) == 1:
        layer = LAYERS["affine"].item.Spec().replace(units=body[0])
        label = f"Affine of {body[0]} as shortcut"
    else:
        strides = tuple(-(-before // after) for before, after in zip(in_shape[1:], body[1:], strict=True))
        sizes = {"kernel_size": strides, "stride": strides, "padding": 0}  # a window as large as the stride fits evenly
        layer = LAYERS["convolution"].item.Spec().replace(filters=body[0], **sizes)
        label = f"{shape_text(strides)} convolution as shortcut"
    return (Fix(label, changes={"branches": (spec.branches[0], (layer,))}),)
