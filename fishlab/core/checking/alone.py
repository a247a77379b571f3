"""A layer by itself, with the input that it gets in its network and an output gradient drawn at random.

What is checked is sum(y * dout): nothing behind the layer has a part in it, so that what is wrong is the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fishlab.core.checking.slopes import SMALL, Movable, Uncheckable
from fishlab.core.layers.base import Array, Layer

BESIDE = 1e-3  # of the size of the numbers of an input


class Alone:
    """`begin` is called before each pass, so that a dropout has the same mask in all of them."""

    def __init__(self, layer: Layer[Any], x: Array, begin: Callable[[], None], rng: np.random.Generator) -> None:
        self._layer, self._begin = layer, begin
        self._x = x.copy()
        self._given = read_only(self._x)
        self._out = self._forward().copy()
        self._dout = read_only(rng.standard_normal(self._out.shape))
        if not np.array_equal(self._forward(), self._out, equal_nan=True):
            raise Uncheckable(
                "It gives another answer each time. Let it draw with self.rng, and say uses_rng = True."
            )

    def gradients(self) -> Iterator[tuple[str, Movable]]:
        """dx, and where it learns dW, db and so on; the parameters of a block are those of the layers in it."""
        yield "dx", self._movable(self._x, self._input_gradient)
        for name, parameter in learned(self._layer).items():

            def gradient(parameter: Any = parameter) -> Array:
                self._input_gradient()
                return parameter.grad  # type: ignore[no-any-return]

            yield f"d{name}", self._movable(parameter.value, gradient)

    def _movable(self, values: Array, gradient: Callable[[], Array]) -> Movable:
        """Deep in a stack all numbers may be tiny: steps and differences are shares of them."""
        unit = size(values)
        return Movable(values, self._rise, gradient, unit, SMALL * size(self._out) / unit)

    def _forward(self) -> Array:
        self._begin()
        return self._layer.forward(self._given, training=True)

    def _rise(self) -> float:
        """Numbers that did not move cancel before they are added up: no rounding is left of them."""
        return float(np.vdot(self._forward() - self._out, self._dout))

    def _input_gradient(self) -> Array:
        self._forward()
        return self._layer.backward(self._dout)


def learned(layer: Layer[Any]) -> dict[str, Any]:
    """The parameters of the layer's own that training moves, by name."""
    if layer.branches or layer.spec.frozen:
        return {}
    return {name: parameter for name, parameter in layer.params.items() if parameter.info.role != "state"}


def size(values: Array) -> float:
    """The root of the mean square; 1 where all is zero."""
    return float(np.sqrt(np.mean(np.square(values)))) or 1.0


def read_only(values: Array) -> Array:
    """A view that a layer which writes to its arguments fails on."""
    view = values.view()
    view.setflags(write=False)
    return view


def beside(x: Array, rng: np.random.Generator) -> Array:
    """An input near x in which no two numbers are equal and none is zero."""
    moved: Array = x + rng.normal(0, BESIDE * size(x), x.shape)
    return moved
