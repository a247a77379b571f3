"""Tensors without their last rows and columns, which a window behind them does not reach.

Windows of other programs may stop short of the edge; FishLab's end at it. What is left over is then not computed at
all: padding is taken away, or a kernel gets rows and columns of zeros at its end, which give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files.values import Value
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array, Misfit

Pair = tuple[int, int]
Crop = Callable[[Value, Pair, Iterator[int]], Value | None]

BY_PIXEL = frozenset(
    (
        "relu", "sigmoid", "tanh", "identity", "leaky_relu", "elu", "gelu", "step", "softmax", "dropout",
        "batch_normalization", "local_response_normalization",
    )
)  # fmt: skip
"""Layers that compute each pixel without its neighbours."""


MOST_LOOKED_AT = 100
"""Layers that are tried before a window, in all branches together."""


def cropped(value: Value, over: Pair, room: Iterator[int] | None = None) -> Value | None:
    """The tensor without its last `over` rows and columns, or None where the layers before it cannot do that.

    `room` ends where too many layers have been looked at.
    """
    room = iter(range(MOST_LOOKED_AT)) if room is None else room
    if next(room, None) is None:
        return None
    if value.join:
        return _block(value, over, room)
    kind = value.layer.kind if value.layer else ""
    try:
        return CROPS[kind](value, over, room) if kind in CROPS else None
    except Misfit:
        return None


def _block(value: Value, over: Pair, room: Iterator[int]) -> Value | None:
    """The same block with all its branches cropped, as long as what they branch from stays whole."""
    parts = [cropped(part, over, room) if part is not value.before else None for part in value.inputs]
    inputs = tuple(part for part in parts if part is not None)
    if len(inputs) < len(parts) or any(part.shape[1:] != inputs[0].shape[1:] for part in inputs):
        return None
    shape = (value.shape[0], *inputs[0].shape[1:])
    found = replace(value, shape=shape, dims=shape, inputs=inputs)
    try:
        return found if found.before is value.before else None
    except ExchangeError:
        return None


def _behind(value: Value, over: Pair, room: Iterator[int]) -> Value | None:
    """The same layer over a cropped input."""
    before = cropped(value.inputs[0], over, room)
    return None if before is None else _again(value, before, value.layer)


def _again(value: Value, before: Value, layer: Any) -> Value:
    shape = LAYERS[layer.kind].item.output_shape(layer, before.shape)
    return replace(value, shape=shape, dims=shape, inputs=(before,), layer=layer)


def _convolution(value: Value, over: Pair, room: Iterator[int]) -> Value | None:
    layer: Any = value.layer
    more = (over[0] * layer.stride[0], over[1] * layer.stride[1])
    weights = with_zeros(value.weights["W"], more)
    if weights is None:
        return None
    larger = replace(value, weights={**value.weights, "W": weights})
    return _again(larger, value.inputs[0], layer.replace(kernel_size=weights.shape[2:]))


def _pooling(value: Value, over: Pair, room: Iterator[int]) -> Value | None:
    layer: Any = value.layer
    if any(layer.padding):
        return None
    return _behind(value, (over[0] * layer.stride[0], over[1] * layer.stride[1]), room)


def _zero_padding(value: Value, over: Pair, room: Iterator[int]) -> Value | None:
    layer: Any = value.layer
    bottom, right = layer.bottom - over[0], layer.right - over[1]
    if bottom < 0 or right < 0:
        return None
    return _again(value, value.inputs[0], layer.replace(bottom=bottom, right=right))


CROPS: dict[str, Crop] = {
    **dict.fromkeys(BY_PIXEL, _behind),
    **dict.fromkeys(("max_pool", "average_pool"), _pooling),
    "convolution": _convolution,
    "zero_padding": _zero_padding,
}
"""Kind of a layer to how its output becomes smaller."""


MOST_NUMBERS, FEW_NUMBERS = 2**24, 2**18
"""In filters that have been made larger: at all, and by more than the usual 1 × 1 to 2 × 2."""


def with_zeros(weights: Array, over: Pair) -> Array | None:
    """Filters (F, C, FH, FW) with so many rows and columns of zeros at their end; None where they became too large."""
    filters, channels, height, width = weights.shape
    count = filters * channels * (height + over[0]) * (width + over[1])
    if count > min(MOST_NUMBERS, max(FEW_NUMBERS, 4 * weights.size)):
        return None
    return np.pad(weights, ((0, 0), (0, 0), (0, over[0]), (0, over[1])))
