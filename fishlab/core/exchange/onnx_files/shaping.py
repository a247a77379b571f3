"""Operators that give a tensor another shape."""

from __future__ import annotations

import math

import numpy as np

from fishlab.core.exchange.onnx_files.call import BATCH, Call
from fishlab.core.exchange.onnx_files.constants import shape_of
from fishlab.core.exchange.onnx_files.operators import reads
from fishlab.core.exchange.onnx_files.values import Known, Turned, Value
from fishlab.core.layers import Shape
from fishlab.core.layers.base import shape_text


@reads("Shape")
def _shape(call: Call) -> Known:
    return shape_of(call)


@reads("Flatten")
def _flatten(call: Call) -> Known:
    value = call.value()
    if call.whole("axis", 1) % (len(value.dims) + 1) != 1:
        raise call.refuse("flattens other axes than those of one image.")
    dims = (math.prod(value.dims),)
    return call.layer("flatten") if value.dims == value.shape else call.reshaped(dims)


@reads("Reshape")
def _reshape(call: Call) -> Known:
    value, wanted = call.value(), call.wholes(1) if call.has(1) else call.listed("shape", [])
    dims = without_batch(call, value.dims, wanted)
    if value.is_input and value.dims[-1] == 1 and dims == (1, *value.dims[:-1]):
        return _turned_input(call, value, (2, 0, 1))  # one channel, last or first: the same numbers
    return call.reshaped(dims)


def without_batch(call: Call, dims: Shape, wanted: list[int]) -> Shape:
    """The sizes of one image that a shape asks for: the first of them counts images, and one may be left open."""
    if len(wanted) < 2:
        raise call.refuse(f"makes {wanted} of its input, which mixes the images.")
    first, *rest = wanted
    if not call.whole("allowzero", 0):
        rest = [dims[place] if size == 0 and place < len(dims) else size for place, size in enumerate(rest)]
    counts = (0, 1, BATCH, call.images)
    if rest.count(-1) == 1 and first in counts:
        known = math.prod(size for size in rest if size != -1)
        rest = [math.prod(dims) // known if known > 0 and size == -1 else size for size in rest]
    if first not in (-1, *counts) or min(rest) < 1 or math.prod(rest) != math.prod(dims):
        raise call.refuse(f"makes {_sizes(wanted)} of N × {shape_text(dims)}.")
    return tuple(rest)


def _sizes(wanted: list[int]) -> str:
    return " × ".join("N" if size == BATCH else str(size) for size in wanted[:8])


@reads("Squeeze")
def _squeeze(call: Call) -> Known:
    dims = call.value().dims
    axes = call.wholes(1) if call.has(1) else call.listed("axes", [])
    places = [axis % (len(dims) + 1) - 1 for axis in axes] or [at for at, size in enumerate(dims) if size == 1]
    if any(place < 0 or dims[place] != 1 for place in places):
        raise call.refuse("takes away an axis that is not of size 1.")
    return call.reshaped(tuple(size for place, size in enumerate(dims) if place not in places))


@reads("Unsqueeze")
def _unsqueeze(call: Call) -> Known:
    dims = call.value().dims
    axes = call.wholes(1) if call.has(1) else call.listed("axes", [])
    whole = len(dims) + 1 + len(axes)
    places = {axis % whole for axis in axes}
    if 0 in places or whole > 8 or len(places) != len(axes):
        raise call.refuse("puts an axis before the images, or more than there can be.")
    rest = iter(dims)
    return call.reshaped(tuple(1 if place in places else next(rest) for place in range(1, whole)))


@reads("Transpose")
def _transpose(call: Call) -> Known:
    """Where only axes of size 1 change places, the numbers stay in order."""
    value = call.value()
    order = order_of(call, value.dims)
    if value.is_input and len(order) == 3:
        return _turned_input(call, value, order)
    large = [axis for axis in order if value.dims[axis] > 1]
    if large != sorted(large):
        return Turned(value.settled, order)
    turned = tuple(value.dims[axis] for axis in order)
    return value if turned == value.dims else call.reshaped(turned)


def order_of(call: Call, dims: Shape) -> Shape:
    """The order that a Transpose brings the axes behind N to; the images stay where they are."""
    order = call.listed("perm", list(range(len(dims) + 1))[::-1])
    if sorted(order) != list(range(len(dims) + 1)) or order[0] != 0:
        raise call.refuse("moves the axis that counts the images.")
    return tuple(axis - 1 for axis in order[1:])


def _turned_input(call: Call, value: Value, order: Shape) -> Value:
    """The network's input with its axes in the order that layers here have."""
    call.say(f"It takes images as N × {shape_text(value.dims)}; here they are turned, channels first.")
    dims = tuple(value.dims[axis] for axis in order)
    scale, shift = (
        array if array.size == 1 else np.broadcast_to(array, value.dims).transpose(order)
        for array in (value.scale, value.shift)
    )  # fmt: skip
    return Value(dims, dims, call.node, scale=scale, shift=shift)
