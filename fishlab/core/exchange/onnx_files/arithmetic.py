"""Sums, differences, products and quotients: blocks, biases that stand by themselves, and the scaling of the input."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fishlab.core.exchange.onnx_files.call import Call
from fishlab.core.exchange.onnx_files.operators import added, reads
from fishlab.core.exchange.onnx_files.values import Known, Neighbours, Value
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array, ParameterInfo
from fishlab.core.layers.dropout import DropoutSpec


@reads("Add")
def _add(call: Call) -> Known:
    if _are_values(call):
        return added(call)
    value, numbers = _value_and_numbers(call)
    return _shifted(call, value, numbers)


@reads("Sub")
def _sub(call: Call) -> Known:
    if _are_values(call):
        raise call.refuse("takes one tensor from another; a residual block adds them.")
    value, numbers = _value_and_numbers(call)
    if isinstance(call.given[0], Value):
        return _shifted(call, value, -numbers)
    return _shifted(call, _scaled(call, value, np.asarray(-1, numbers.dtype)), numbers)


@reads("Mul")
def _mul(call: Call) -> Known:
    if _are_values(call):
        return _squares(call)
    value, numbers = _value_and_numbers(call)
    return _scaled(call, value, numbers)


@reads("Div")
def _div(call: Call) -> Known:
    if not isinstance(call.given[0], Value) or not call.has(1) or isinstance(call.given[1], Value):
        raise call.refuse("divides by a tensor, which no layer here does.")
    value, numbers = _value_and_numbers(call)
    with np.errstate(divide="ignore"):
        return _scaled(call, value, 1 / numbers)


@reads("Pow")
def _pow(call: Call) -> Known:
    if call.scalar(1) != 2:
        raise call.refuse("raises numbers to a power, which no layer here does.")
    return Neighbours(call.x, call.x.dims)


def _are_values(call: Call) -> bool:
    return all(isinstance(given, Value) for given in call.given)


def _value_and_numbers(call: Call) -> tuple[Value, Array]:
    """The tensor and the constant that a node computes with, in whichever order."""
    place = 0 if isinstance(call.given[0], Value) else 1
    value = call.value(place)
    value = value if value.is_input else value.settled
    return value, call.spread(1 - place, value.dims)


def _squares(call: Call) -> Known:
    if call.value(0) is not call.value(1):
        raise call.refuse("multiplies one tensor with another, which no layer here does.")
    return Neighbours(call.x, call.x.dims)


# -- a scaling of the input, or a change of the layer before -----------------------------------------------------
def _scaled(call: Call, value: Value, numbers: Array) -> Value:
    if value.is_input:
        _refuse_growth(call, value, numbers)
        return _as_input(value, value.scale * numbers, value.shift * numbers)
    if isinstance(value.layer, DropoutSpec) and numbers.size == 1 and _makes_up(value.layer, float(numbers)):
        return replace(value, layer=value.layer.replace(scaled="predicting"))
    channels = _by_channel(call, value, numbers)
    weights = {info.name: _times(value.weights[info.name], channels, info) for info in _infos(value)}
    if not any(info.role in _FACTORS for info in _infos(value)):
        raise call.refuse("multiplies by constants behind a layer without weights, which no layer here does.")
    return replace(value, weights=weights)


def _shifted(call: Call, value: Value, numbers: Array) -> Value:
    if value.is_input:
        _refuse_growth(call, value, numbers)
        return _as_input(value, value.scale, value.shift + numbers)
    channels = _by_channel(call, value, numbers)
    shift = next((info for info in _infos(value) if info.role in ("bias", "shift")), None)
    if shift is not None:
        now = value.weights[shift.name]
        return replace(value, weights={**value.weights, shift.name: now + _along(channels, 0, now.ndim)})
    if value.layer is None or not hasattr(value.layer, "bias"):
        raise call.refuse("adds constants behind a layer without weights, which no layer here does.")
    bias = np.broadcast_to(channels, value.shape[:1])
    return replace(value, layer=value.layer.replace(bias=True), weights={**value.weights, "b": bias})


MOST_SPREAD = 2**16
"""Numbers of the input for which a few constants may become one for each; beyond, they are there already."""


def _refuse_growth(call: Call, value: Value, numbers: Array) -> None:
    held = (value.scale, value.shift, numbers)
    whole = math.prod(np.broadcast_shapes(*(array.shape for array in held)))
    if whole > max(MOST_SPREAD, *(array.size for array in held)):
        raise call.refuse("scales the rows of a large input and its columns by constants of their own.")


def _as_input(value: Value, scale: Array, shift: Array) -> Value:
    """The network's input, scaled."""
    return replace(value, scale=np.asarray(scale, np.float64), shift=np.asarray(shift, np.float64))


def _makes_up(layer: DropoutSpec, factor: float) -> bool:
    """Whether a factor behind a dropout is the book's: the share that is kept."""
    return math.isclose(factor, 1 - layer.rate, rel_tol=1e-6)


_FACTORS = ("weight", "bias", "scale", "shift")
_AXIS: dict[str, Callable[[ParameterInfo], int]] = {"weight": lambda info: info.out_axis}


def _infos(value: Value) -> tuple[ParameterInfo, ...]:
    """The parameters of the layer that gives a tensor."""
    if value.layer is None:
        return ()
    return LAYERS[value.layer.kind].item.parameters(value.layer, value.inputs[0].shape)


def _times(array: Array, channels: Array, info: ParameterInfo) -> Array:
    if info.role not in _FACTORS:
        return array
    axis = _AXIS[info.role](info) if info.role in _AXIS else 0
    found: Array = array * _along(channels, axis, array.ndim)
    return found


def _along(channels: Array, axis: int, axes: int) -> Array:
    """Numbers for channels as an array that goes along one axis of several."""
    return channels.reshape([-1 if at == axis else 1 for at in range(axes)])


def _by_channel(call: Call, value: Value, numbers: Array) -> Array:
    """Constants that are the same for all pixels, as one number for each channel, or one for all."""
    aligned = numbers.reshape((1,) * (len(value.dims) - numbers.ndim) + numbers.shape)
    if any(size != 1 for size in aligned.shape[1:]):
        raise call.refuse("has a constant for each pixel, which no layer here has.")
    return aligned.reshape(-1)

