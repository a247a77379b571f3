"""Local response normalization in parts, as PyTorch and FishLab write it: x / (k + alpha mean(x^2 of neighbours))^beta.

The means are an average pooling over the axis of the channels, which other shapes bring to where pooling happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from fishlab.core.exchange.onnx_files.call import Call
from fishlab.core.exchange.onnx_files.constants import sizes_of
from fishlab.core.exchange.onnx_files.shaping import without_batch
from fishlab.core.exchange.onnx_files.values import Known, Neighbours

PARTS: dict[str, Callable[[Call, Neighbours], Known]] = {}
"""Operator to what it makes of a normalization that is not finished."""


def _part(operator: str) -> Callable[[Callable[[Call, Neighbours], Known]], Callable[[Call, Neighbours], Known]]:
    def enter(reading: Callable[[Call, Neighbours], Known]) -> Callable[[Call, Neighbours], Known]:
        PARTS[operator] = reading
        return reading

    return enter


def read_part(call: Call) -> Known:
    """What a node makes of a normalization that is not finished; raises ExchangeError where that is none."""
    operator = call.node.operator
    found = next(given for given in call.given if isinstance(given, Neighbours))
    if operator not in PARTS or (found is not call.given[0] and operator != "Div"):
        raise call.refuse("computes with the square of a tensor; here only local response normalization does.")
    return PARTS[operator](call, found)


@_part("Shape")
def _shape(call: Call, found: Neighbours) -> Known:
    return sizes_of(call, found.dims)


@_part("Identity")
def _identity(_call: Call, found: Neighbours) -> Known:
    return found


@_part("Reshape")
def _reshape(call: Call, found: Neighbours) -> Known:
    return replace(found, dims=without_batch(call, found.dims, call.wholes(1)))


@_part("Unsqueeze")
def _unsqueeze(call: Call, found: Neighbours) -> Known:
    whole = len(found.dims) + 1 + len(call.wholes(1))
    places = {axis % whole for axis in call.wholes(1)}
    if 0 in places or whole > 8 or len(places) != len(call.wholes(1)):
        raise _refusal(call)
    rest = iter(found.dims)
    return replace(found, dims=tuple(1 if place in places else next(rest) for place in range(1, whole)))


@_part("Squeeze")
def _squeeze(call: Call, found: Neighbours) -> Known:
    places = {axis % (len(found.dims) + 1) - 1 for axis in call.wholes(1)}
    if any(place < 0 or found.dims[place] != 1 for place in places):
        raise _refusal(call)
    return replace(found, dims=tuple(size for place, size in enumerate(found.dims) if place not in places))


@_part("Pad")
def _pad(call: Call, found: Neighbours) -> Known:
    pads, axes = call.wholes(1), len(found.dims) + 1
    by_default = call.word("mode", "constant") == "constant" and (not call.has(2) or call.scalar(2) == 0)
    if not by_default or len(pads) != 2 * axes or call.has(3) or found.size:
        raise _refusal(call)
    return _with_pads(call, found, list(zip(pads[1:axes], pads[axes + 1 :], strict=True)))


def _with_pads(call: Call, found: Neighbours, pads: list[tuple[int, int]]) -> Neighbours:
    """More channels of zeros before and behind; `pads` has all axes behind N."""
    axis = _channel_axis(call, found, [place for place, pad in enumerate(pads) if pad != (0, 0)])
    before, behind = pads[axis]
    if min(before, behind) < 0:
        raise _refusal(call)
    dims = list(found.dims)
    dims[axis] += before + behind
    return replace(found, dims=tuple(dims), pads=(found.pads[0] + before, found.pads[1] + behind))


def _channel_axis(call: Call, found: Neighbours, used: list[int]) -> int:
    """Which of the axes behind N counts channels: before it there is nothing, behind it are all pixels.

    A single channel may be counted in several places: then it is the one that is `used`. No other axis may be.
    """
    channels, pixels = found.of.shape[0] + sum(found.pads), math.prod(found.of.shape[1:])
    for axis in used or range(len(found.dims)):
        around = math.prod(found.dims[:axis]), found.dims[axis], math.prod(found.dims[axis + 1 :])
        if around == (1, channels, pixels) and used in ([], [axis]):
            return axis
    raise _refusal(call)


@_part("AveragePool")
def _average_pool(call: Call, found: Neighbours) -> Known:
    window, axes = call.listed("kernel_shape", []), len(found.dims) - 1
    pads, strides = call.listed("pads", [0] * 2 * axes), call.listed("strides", [1] * axes)
    plain = call.word("auto_pad", "NOTSET") == "NOTSET" and not call.whole("ceil_mode", 0)
    counts_zeros = call.whole("count_include_pad", 0) or not any(pads)
    gaps = any(step != 1 for step in call.listed("dilations", []))
    if not plain or not counts_zeros or gaps or len(window) != axes or strides != [1] * axes or len(pads) != 2 * axes:
        raise _refusal(call)
    found = _with_pads(call, found, [(0, 0), *zip(pads[:axes], pads[axes:], strict=True)])
    axis = _channel_axis(call, found, [place for place, size in enumerate(window, start=1) if size != 1])
    size = window[axis - 1] if axis else 1
    if found.size or size < 1 or found.pads != (size // 2, (size - 1) // 2):
        raise _refusal(call)
    dims = list(found.dims)
    dims[axis] = found.of.shape[0]
    return replace(found, dims=tuple(dims), pads=(0, 0), size=size)


@_part("Mul")
def _mul(call: Call, found: Neighbours) -> Known:
    if not found.size or found.k is not None or found.alpha is not None:
        raise _refusal(call)
    return replace(found, alpha=call.scalar(1))


@_part("Add")
def _add(call: Call, found: Neighbours) -> Known:
    if found.alpha is None or found.k is not None:
        raise _refusal(call)
    return replace(found, k=call.scalar(1))


@_part("Pow")
def _pow(call: Call, found: Neighbours) -> Known:
    if found.k is None or found.beta is not None:
        raise _refusal(call)
    return replace(found, beta=call.scalar(1))


@_part("Div")
def _div(call: Call, found: Neighbours) -> Known:
    behind = len(call.given) == 2 and found is call.given[1] and found.beta is not None
    if not behind or found.of is not call.x or found.dims != found.of.dims:
        raise _refusal(call)
    return call.layer(
        "local_response_normalization", size=found.size, alpha=found.alpha, beta=found.beta, k=found.k
    )


def _refusal(call: Call) -> Exception:
    return call.refuse("is no part of a local response normalization as it is made here.")
