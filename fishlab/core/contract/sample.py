"""Samples of a layer: a spec, a shape that it fits, and the layer built for real. Nothing is square: equal sides hide
mistakes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fishlab.core.errors import FishLabError
from fishlab.core.fields import FieldInfo, describe
from fishlab.core.layers import Layer, LayerSpec, Parameter, Shape
from fishlab.core.layers.base import Array, Misfit, shape_text

IMAGE, ROW = (2, 5, 7), (6,)


class Broken(FishLabError):
    """A layer that does not keep to the contract; the text says how."""


class Sample(NamedTuple):
    """A layer to try: its class, what is set, and the shape of one input without N."""

    kind: type[Layer[Any]]
    spec: LayerSpec
    in_shape: Shape

    @property
    def out_shape(self) -> Shape:
        """The shape it is said to give."""
        return self.kind.output_shape(self.spec, self.in_shape)

    def __str__(self) -> str:
        return f"{self.kind.summary(self.spec)}, {shape_text(self.in_shape)}"

    def build(self, dtype: Any = np.float64) -> Layer[Any]:
        """The layer with parameters that are not special: no zeros, no ones, a positive running variance."""
        rng = np.random.default_rng(7)
        parameters = {}
        for info in self.kind.parameters(self.spec, self.in_shape):
            value = rng.uniform(0.2, 1.5, info.shape) * (1 if info.role == "state" else rng.choice([-1, 1], info.shape))
            order = info.storage or tuple(range(len(info.shape)))
            stored = np.ascontiguousarray(value.transpose(order), dtype).transpose(np.argsort(order))
            parameters[info.label] = Parameter(info, stored, np.full_like(stored, 99.0))
        return self.kind(self.spec, self.in_shape, parameters, np.dtype(dtype))

    def x(self, batch: int, seed: int = 3, dtype: Any = np.float64) -> Array:
        """An input (*in_shape, batch)."""
        return distinct((*self.in_shape, batch), seed, dtype)

    def dout(self, batch: int, seed: int = 4, dtype: Any = np.float64) -> Array:
        """A gradient (*out_shape, batch)."""
        return distinct((*self.out_shape, batch), seed, dtype)


def samples_of(kind: type[Layer[Any]]) -> list[Sample]:
    """The layer's own `samples`, or one for each of two usual shapes that it fits, with values that are no defaults."""
    if kind.samples:
        return [Sample(kind, kind.Spec(**values), shape) for values, shape in kind.samples]
    spec = kind.Spec(**{info.name: _value(info) for info in describe(kind.Spec)})
    return [Sample(kind, spec, shape) for shape in (IMAGE, ROW) if _fits(kind, spec, shape)]


def _value(info: FieldInfo) -> Any:
    """A value that is not the default and not symmetric, from the description of a field."""
    if info.form == "int":
        low = 3 if info.minimum is None else max(3, info.minimum)
        return int(low if info.maximum is None else min(low, info.maximum))
    if info.form == "float":
        least, most = info.minimum or 0.0, info.maximum if info.maximum is not None else 1.0
        return least + 0.3 * (min(most, least + 1) - least)
    return info.default


def _fits(kind: type[Layer[Any]], spec: LayerSpec, shape: Shape) -> bool:
    try:
        kind.output_shape(spec, shape)
    except Misfit:
        return False
    return True


def distinct(shape: Shape, seed: int = 3, dtype: Any = np.float64) -> Array:
    """Numbers of both signs, none equal to another, none near zero: no ties and no corners. Read-only."""
    size = int(np.prod(shape))
    values: Array = (np.random.default_rng(seed).permutation(size) - size / 2 + 0.25) * (6 / size)
    return frozen(values.reshape(shape).astype(dtype))


def frozen(array: Array) -> Array:
    """The same array, read-only."""
    array.setflags(write=False)
    return array


def forward(layer: Layer[Any], x: Array, training: bool, seed: int = 5) -> Array:
    """A forward pass with a fresh generator."""
    layer.rng = np.random.default_rng(seed)
    return layer.forward(x, training=training)


def learned(layer: Layer[Any]) -> list[Parameter]:
    """The parameters that have a gradient."""
    return [parameter for parameter in layer.params.values() if parameter.info.role != "state"]


def pass_through(layer: Layer[Any], x: Array, dout: Array, training: bool) -> list[Array]:
    """Output, gradient of the input and of each parameter, as copies."""
    out = forward(layer, x, training).copy()
    return [out, layer.backward(dout).copy(), *(parameter.grad.copy() for parameter in learned(layer))]
