"""What flows through a graph while it is read: tensors as FishLab's layers give them, and constants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files.file import Node
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.layers.shape import ReshapeSpec


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor that depends on the input: what `layer` with `weights` makes of `inputs`.

    Without inputs it is the network's own, times `scale` plus `shift`, arrays that go with `dims`. Several inputs are
    joined by a block, whose kind is `join`. With neither it is its only input, seen in another shape. `shape` is
    FishLab's, without N; `dims` are the sizes that ONNX counts behind N, which differ after a global pooling, or a
    reshaping that no layer stands for yet.
    """

    shape: Shape
    dims: Shape
    node: Node
    inputs: tuple[Value, ...] = ()
    layer: LayerSpec | None = None
    weights: Mapping[str, Array] = field(default_factory=dict)
    join: str = ""
    scale: Array = field(default_factory=lambda: np.ones(()))
    shift: Array = field(default_factory=lambda: np.zeros(()))

    @property
    def is_input(self) -> bool:
        """Whether no layer has touched it yet."""
        return not self.inputs

    def seen_as(self, dims: Shape) -> Value:
        """The same numbers in another shape, for which no layer stands."""
        return Value(self.shape, dims, self.node, (self,))

    @cached_property
    def settled(self) -> Value:
        """Itself, behind a layer that gives it the shape that ONNX sees; always the same one."""
        if self.dims == self.shape:
            return self
        if len(self.dims) not in (1, 3):
            raise ExchangeError(
                f"{self.node.words} gives N × {shape_text(self.dims)}: layers here take images N × C × H × W, or rows."
            )
        spec: LayerSpec = ReshapeSpec(shape=shape_text(self.dims))
        return Value(self.dims, self.dims, self.node, (self,), spec)

    # -- what the networks' forks are found with -----------------------------------------------------------------
    @cached_property
    def before(self) -> Value | None:
        """The nearest tensor that all ways to this one go through; None at the input."""
        if not self.inputs:
            return None
        first, *others = self.inputs
        for other in others:
            first = common(first, other, self.node)
        return first

    @cached_property
    def depth(self) -> int:
        """How many tensors all ways to it go through."""
        return self.before.depth + 1 if self.before else 0

    @cached_property
    def jump(self) -> Value:
        """One far before it, chosen so that any other is a few of them away (Myers 1983); itself at the input."""
        if self.before is None:
            return self
        far = self.before.jump
        return far.jump if self.before.depth - far.depth == far.depth - far.jump.depth else self.before


def common(one: Value, other: Value, node: Node) -> Value:
    """The nearest tensor that all ways to both go through; raises ExchangeError where there is none."""
    depth = min(one.depth, other.depth)
    here, there = _up(one, depth), _up(other, depth)
    while here is not there:
        if here.before is None or there.before is None:
            raise ExchangeError(
                f"{node.words} joins the input with another form of it. A network here has one input, scaled once."
            )
        far = here.jump is not there.jump
        here, there = (here.jump, there.jump) if far else (here.before, there.before)
    return here


def _up(value: Value, depth: int) -> Value:
    """The tensor at this depth that all ways to a deeper one go through."""
    while value.depth > depth:
        assert value.before is not None
        value = value.jump if value.jump.depth >= depth else value.before
    return value


@dataclass(frozen=True)
class Above:
    """A yes or no for each number of `of`: whether it is more than 0."""

    of: Value


@dataclass(frozen=True)
class Neighbours:
    """A local response normalization in the making: the squares of `of`, then their means over channels, ...

    `dims` are the sizes behind N, `pads` how many channels of zeros lie before and behind those of `of`, `size` over
    how many channels the mean goes, and 0 until it is taken. The numbers come in the order of the fields.
    """

    of: Value
    dims: Shape
    pads: tuple[int, int] = (0, 0)
    size: int = 0
    alpha: float | None = None
    k: float | None = None
    beta: float | None = None


@dataclass(frozen=True)
class Logarithms:
    """The logarithms of `of`, which are shares: some networks end in them."""

    of: Value


@dataclass(frozen=True)
class Turned:
    """The image `of` with its axes, channels, rows and columns, in another `order`."""

    of: Value
    order: Shape

    @property
    def dims(self) -> Shape:
        """The sizes that ONNX counts behind N."""
        return tuple(self.of.shape[axis] for axis in self.order)


@dataclass(frozen=True)
class TurnedRow:
    """The row `of` with its numbers in the order that they have in the image `turned`."""

    of: Value
    turned: Turned

    @property
    def places(self) -> Array:
        """Where each of its numbers comes from; made when weights as many as these have been found."""
        image = self.turned.of.shape
        return np.arange(math.prod(image)).reshape(image).transpose(self.turned.order).reshape(-1)


Partial = Above | Logarithms | Neighbours | Turned | TurnedRow
"""What no layer gives, and only certain nodes make a layer of."""

Known = Value | Partial | Any
"""What a name in a graph stands for; an array where it is a constant."""
