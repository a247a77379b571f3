"""Layers that only change the shape."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fishlab.core.errors import FieldError
from fishlab.core.fields import text_field
from fishlab.core.layers.base import Array, Fix, Layer, LayerSpec, Misfit, Shape, one_place, register_layer, shape_text

ShapingT = TypeVar("ShapingT", bound=LayerSpec)


class Shaping(Layer[ShapingT]):
    """The same numbers in the same order, as another shape: a view. Only what lies inside a border is copied."""

    @classmethod
    def reach(cls, spec: ShapingT, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        number = int(np.ravel_multi_index(place, cls.output_shape(spec, in_shape)))
        return one_place([int(index) for index in np.unravel_index(number, in_shape)])

    def forward(self, x: Array, *, training: bool) -> Array:
        if not _joined(x):
            inside = x
            x = self.buffer("copy", x.shape)
            np.copyto(x, inside)
        return x.reshape(*self.out_shape, x.shape[-1])

    def backward(self, dout: Array) -> Array:
        if not _joined(dout):
            inside = dout
            dout = self.buffer("dout", dout.shape)
            np.copyto(dout, inside)
        return dout.reshape(*self.in_shape, dout.shape[-1])


def _joined(x: Array) -> bool:
    """Whether each channel, row and column begins in memory where the one before ends."""
    axes = range(x.ndim - 2)
    return all(x.strides[axis] == x.strides[axis + 1] * x.shape[axis + 1] for axis in axes)


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
class Flatten(Shaping[FlattenSpec]):
    """(C, H, W, N) -> (C*H*W, N), element order C, H, W. A view: only what lies inside a border is copied."""

    Spec = FlattenSpec
    formula = "C × H × W to one row"
    backward_formulas = ("dx = dout in the shape of x",)

    @classmethod
    def output_shape(cls, spec: FlattenSpec, in_shape: Shape) -> Shape:
        return (math.prod(in_shape),)


@dataclass(frozen=True, kw_only=True)
class ReshapeSpec(LayerSpec):
    """The shape that comes out."""

    shape: str = text_field("1 × 28 × 28", "Shape", "Channels, rows and columns, such as 4 × 7 × 7; or one number.")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "shape", shape_text(self.sizes))

    @property
    def sizes(self) -> Shape:
        """(C, H, W), or (F,) for a row; raises FieldError for a text that is neither."""
        words = [word for word in re.split(r"[\sx×*,;()]+", self.shape.strip().lower()) if word]
        if len(words) in (1, 3) and all(re.fullmatch("[0-9]{1,7}", word) and int(word) for word in words):
            return tuple(map(int, words))
        given = self.shape if len(self.shape) <= 30 else self.shape[:29] + "…"
        raise FieldError("shape", f"Shape is {given!r}: it takes channels, rows and columns such as 4 × 7 × 7, or one "
                         "number for a row, each from 1 to 9,999,999.")  # fmt: skip


@register_layer(
    "reshape",
    title="Reshape",
    group="Shape",
    chapter="7.4",
    aliases=("unflatten",),
    help="Gives the same numbers another shape: a row becomes an image again. Nothing is computed.",
)
class Reshape(Shaping[ReshapeSpec]):
    """(*in_shape, N) -> (*shape, N), element order C, H, W. A view: only what lies inside a border is copied.

    Refuses with Misfit a shape of more or fewer numbers than come in.
    """

    Spec = ReshapeSpec
    formula = "the same numbers, another shape"
    backward_formulas = ("dx = dout in the shape of x",)

    @classmethod
    def output_shape(cls, spec: ReshapeSpec, in_shape: Shape) -> Shape:
        given, wanted = math.prod(in_shape), math.prod(spec.sizes)
        if given == wanted:
            return spec.sizes
        raise Misfit(
            f"{_count(in_shape)} come in, and {spec.shape} has room for {wanted:,}.",
            summary="has another count of numbers",
            arithmetic=f"{_product(in_shape)} ≠ {_product(spec.sizes)}",
            fields=("shape",),
            short=f"{wanted:,} is not {given:,}",
            shape_text=spec.shape,
            fixes=tuple(Fix(f"Shape {text}", {"shape": text}) for text in map(shape_text, _near(spec, given))),
        )

    @classmethod
    def summary(cls, spec: ReshapeSpec) -> str:
        return f"to {spec.shape}"


def _count(shape: Shape) -> str:
    return f"{math.prod(shape):,} numbers" if math.prod(shape) > 1 else "1 number"


def _product(shape: Shape) -> str:
    """'3·8·8 = 192'."""
    factors = "·".join(map(str, shape))
    return f"{factors} = {math.prod(shape):,}" if len(shape) > 1 else f"{shape[0]:,}"


def _near(spec: ReshapeSpec, count: int) -> Iterator[Shape]:
    """Shapes of so many numbers: the same image with other channels, and the largest square image."""
    pixels = math.prod(spec.sizes[1:])
    if len(spec.sizes) == 1:
        yield (count,)
    elif count % pixels == 0:
        yield (count // pixels, *spec.sizes[1:])
    side = next(side for side in range(math.isqrt(count), 0, -1) if count % (side * side) == 0)
    if side > 1 and (side, side) != spec.sizes[1:]:
        yield (count // (side * side), side, side)
