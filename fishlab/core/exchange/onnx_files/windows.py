"""Convolutions, poolings, paddings and resizings: operators that look at more than one pixel."""

from __future__ import annotations

import numpy as np

from fishlab.core.exchange.onnx_files.call import Call
from fishlab.core.exchange.onnx_files.cropping import cropped, with_zeros
from fishlab.core.exchange.onnx_files.operators import reads
from fishlab.core.exchange.onnx_files.values import Known, Value
from fishlab.core.layers.base import Array, shape_text

Pair = tuple[int, int]
Pads = tuple[int, int, int, int]

# -- windows -----------------------------------------------------------------------------------------------------
@reads("Conv")
def _conv(call: Call) -> Known:
    weights = _kernel(call)
    stride = call.pair("strides", [1, 1])
    x, padding, over = _padded(call, call.pair("kernel_shape", list(weights.shape[2:])), stride)
    if any(over):
        weights = _to_the_edge(call, weights, over)
    bias = (call.numbers(2),) if call.has(2) else ()
    return call.layer(
        "convolution", weights, *bias, x=x, filters=len(weights), kernel_size=weights.shape[2:], stride=stride,
        padding=padding, bias=bool(bias),
    )  # fmt: skip


def _to_the_edge(call: Call, weights: Array, over: Pair) -> Array:
    larger = with_zeros(weights, over)
    if larger is None:
        raise call.refuse(f"leaves {_count(over)} out; windows here end at the edge.")
    call.say(f"{call.node.words} leaves pixels at the edge out; zeros were put to its kernel, so that it ends there.")
    return larger


def _count(over: Pair) -> str:
    """'1 row and 2 columns', or one of both."""
    named = zip(over, (("row", "rows"), ("column", "columns")), strict=True)
    return " and ".join(f"{count} {words[count > 1]}" for count, words in named if count)


def _kernel(call: Call) -> Array:
    call.expect("group", 1)
    weights = call.numbers(1)
    if weights.ndim != 4 or len(call.x.shape) != 3:
        raise call.refuse("is a convolution of something else than images N × C × H × W.")
    _refuse_dilation(call)
    return weights


def _refuse_dilation(call: Call) -> None:
    if any(step != 1 for step in call.listed("dilations", [])):
        raise call.refuse(
            f"has dilations {call.listed('dilations', [])}; windows here have no gaps.",
            "Build and train the network without dilation, for instance with a larger window, and export it again.",
        )


def _padded(call: Call, window: Pair, stride: Pair) -> tuple[Value, Pair, Pair]:
    """The input and the padding of a window, the same on opposite sides: where it is not, a layer pads before.

    The third are rows and columns at the end that no window reaches. Padding is left out before there are any.
    """
    top, left, bottom, right = pads = _pads(call, window, stride)
    over = _over(call, pads, window, stride)
    below, beside = min(bottom, over[0]), min(right, over[1])
    bottom, right, rest = bottom - below, right - beside, (over[0] - below, over[1] - beside)
    if (top, left) == (bottom, right):
        return call.x, (top, left), rest
    return call.layer("zero_padding", top=top, left=left, bottom=bottom, right=right), (0, 0), rest


def _over(call: Call, pads: Pads, window: Pair, stride: Pair) -> Pair:
    """Rows and columns, padding included, that are left over behind the last window."""
    (height, width), (top, left, bottom, right) = call.x.shape[1:], pads
    rows, columns = (
        (size - part) % step if step > 0 else 0
        for size, part, step in zip((top + height + bottom, left + width + right), window, stride, strict=True)
    )
    return rows, columns


def _pads(call: Call, window: Pair, stride: Pair) -> Pads:
    """Padding above, to the left, below, to the right."""
    auto = call.word("auto_pad", "NOTSET")
    if auto == "NOTSET":
        pads = call.listed("pads", [0, 0, 0, 0])
        if len(pads) != 4 or min(pads) < 0:
            raise call.refuse(f"has pads {pads}; above, left, below and right were expected.")
        return pads[0], pads[1], pads[2], pads[3]
    if auto == "VALID":
        return 0, 0, 0, 0
    if auto not in ("SAME_UPPER", "SAME_LOWER") or min(stride) < 1:
        raise call.refuse("has an auto_pad, or strides, that there are not.")
    sizes = zip(call.x.shape[1:], window, stride, strict=True)
    whole = [max(0, (-(-size // step) - 1) * step + width - size) for size, width, step in sizes]
    less, more = [size // 2 for size in whole], [size - size // 2 for size in whole]
    before, after = (less, more) if auto == "SAME_UPPER" else (more, less)
    return before[0], before[1], after[0], after[1]


@reads("ConvTranspose")
def _conv_transpose(call: Call) -> Known:
    weights = _kernel(call)
    stride, extra = call.pair("strides", [1, 1]), call.pair("output_padding", [0, 0])
    if call.listed("output_shape", []) or call.word("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise call.refuse("leaves its padding to be found from its output_shape or auto_pad; pads are read.")
    pads = call.listed("pads", [0, 0, 0, 0])
    if len(pads) != 4:
        raise call.refuse(f"has pads {pads}; above, left, below and right were expected.")
    padding = pads[0], pads[1]
    added = extra[0] + pads[0] - pads[2], extra[1] + pads[1] - pads[3]
    bias = (call.numbers(2),) if call.has(2) else ()
    return call.layer(
        "transposed_convolution", weights, *bias, filters=weights.shape[1], bias=bool(bias), stride=stride,
        kernel_size=call.pair("kernel_shape", list(weights.shape[2:])), padding=padding, output_padding=added,
    )  # fmt: skip


@reads("MaxPool")
def _max_pool(call: Call) -> Known:
    window, stride, pads = _pooling(call)
    over = _over(call, pads, window, stride)
    if pads[:2] != pads[2:] and not any(over):
        raise call.refuse(
            f"has pads {list(pads)}; a pooling here pads opposite sides alike.",
            "Build the network with the same padding on opposite sides there, or none, and export it again.",
        )
    if any(over) and any(pads):
        raise call.refuse("leaves a part of its padding out; a pooling here ends at the edge.")
    return call.layer("max_pool", x=_ended(call, call.x, over), pool_size=window, stride=stride, padding=pads[:2])


@reads("AveragePool")
def _average_pool(call: Call) -> Known:
    window, stride, pads = _pooling(call)
    if any(pads) and not call.whole("count_include_pad", 0):
        raise call.refuse(
            "does not count its padding; an average pooling here counts it as zeros.",
            "Build the network with count_include_pad on, or without padding there, and export it again.",
        )
    x, padding, over = _padded(call, window, stride)
    return call.layer("average_pool", x=_ended(call, x, over), pool_size=window, stride=stride, padding=padding)


def _ended(call: Call, x: Value, over: Pair) -> Value:
    """The input of a pooling without rows and columns that no window reaches."""
    if not any(over):
        return x
    found = cropped(x, over)
    if found is None:
        raise call.refuse(
            f"leaves {_count(over)} of N × {shape_text(x.shape)} out; windows here end at the edge, and what comes "
            "before it cannot be made smaller.",
            "Build the network with padding, or a window, with which it ends at the edge, and export it again.",
        )
    call.say(f"{call.node.words} leaves pixels at the edge out; here they are not computed in the first place.")
    return found


def _pooling(call: Call) -> tuple[Pair, Pair, Pads]:
    """Window, stride and padding of a pooling."""
    _refuse_dilation(call)
    _image(call)
    window, stride = call.pair("kernel_shape", []), call.pair("strides", [1, 1])
    pads = _pads(call, window, stride)
    if call.whole("ceil_mode", 0) and any(_over(call, pads, window, stride)):
        raise call.refuse(
            "has a last window that goes beyond the edge (ceil_mode); windows here end at the edge.",
            "Build the network without ceil_mode, or with a window that fits, and export it again.",
        )
    return window, stride, pads


def _image(call: Call) -> None:
    if len(call.x.shape) != 3:
        raise call.refuse("takes something else than images N × C × H × W.")


@reads("GlobalAveragePool")
def _global_average_pool(call: Call) -> Known:
    return _averaged(call, keep=True)


@reads("ReduceMean")
def _reduce_mean(call: Call) -> Known:
    axes = call.wholes(1) if call.has(1) else call.listed("axes", [])
    if sorted(axis % 4 for axis in axes) != [2, 3]:
        raise call.refuse("takes a mean over something else than the rows and columns of an image.")
    return _averaged(call, keep=bool(call.whole("keepdims", 1)))


def _averaged(call: Call, *, keep: bool) -> Value:
    mean = call.layer("global_average_pool")
    return mean.seen_as((*mean.shape, 1, 1)) if keep else mean


@reads("Pad")
def _pad(call: Call) -> Known:
    pads = call.wholes(1) if call.has(1) else call.listed("pads", [])
    value = call.scalar(2) if call.has(2) else call.real("value", 0.0)
    if call.word("mode", "constant") != "constant" or value:
        raise call.refuse("pads with something else than zeros.")
    axes = [axis % 4 for axis in call.wholes(3)] if call.has(3) else [0, 1, 2, 3]
    if len(pads) != 2 * len(axes) or len(set(axes)) != len(axes):
        raise call.refuse("pads something else than images N × C × H × W.")
    begins, ends = dict(zip(axes, pads, strict=False)), dict(zip(axes, pads[len(axes) :], strict=True))
    if any(begins.get(axis) or ends.get(axis) for axis in (0, 1)):
        raise call.refuse("pads channels, or adds images; only rows and columns are padded here.")
    return call.layer(
        "zero_padding", top=begins.get(2, 0), bottom=ends.get(2, 0), left=begins.get(3, 0), right=ends.get(3, 0)
    )


_NEAREST = {("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil"),
            ("tf_half_pixel_for_nn", "floor")}  # fmt: skip
_MIXED = ("half_pixel", "pytorch_half_pixel")


@reads("Resize")
def _resize(call: Call) -> Known:
    _image(call)
    mode, where = call.word("mode", "nearest"), call.word("coordinate_transformation_mode", "half_pixel")
    last = 2 if call.opset > 10 else 1
    if call.opset < 11:
        where = "asymmetric"
    rounding = call.word("nearest_mode", "floor" if call.opset < 11 else "round_prefer_floor")
    if mode == "nearest" and (where, rounding) in _NEAREST:
        return _upsampled(call, _factors(call, last), "nearest")
    if mode == "linear" and where in _MIXED and not call.whole("antialias", 0):
        return _upsampled(call, _factors(call, last), "bilinear")
    raise call.refuse("resizes in a way that Upsampling has not: it repeats pixels, or mixes them by half pixels.")


@reads("Upsample")
def _upsample(call: Call) -> Known:
    _image(call)
    if call.word("mode", "nearest") != "nearest":
        raise call.refuse("mixes pixels in a way that Upsampling has not.", "A newer exporter may say it otherwise.")
    scales = call.array(1) if call.has(1) else np.asarray(call.node.attributes.get("scales", []), np.float32)
    return _upsampled(call, _whole_factors(call, scales), "nearest")


def _factors(call: Call, place: int) -> Pair:
    """How many times as many rows and columns, from the scales, or from the sizes behind them."""
    if call.has(place) and call.array(place).size:
        return _whole_factors(call, call.array(place))
    sizes = call.wholes(place + 1)
    if len(sizes) != 4:
        raise call.refuse("resizes something else than images N × C × H × W.")
    return _whole_factors(call, np.array([1, *(size / old for size, old in zip(sizes[1:], call.x.shape, strict=True))]))


def _whole_factors(call: Call, scales: Array) -> Pair:
    factors = [float(value) for value in scales.reshape(-1)]
    if len(factors) != 4 or factors[:2] != [1, 1] or any(not value.is_integer() or value < 1 for value in factors[2:]):
        raise call.refuse(f"resizes by {factors[:6]}; Upsampling takes whole factors for rows and columns.")
    return int(factors[2]), int(factors[3])


def _upsampled(call: Call, factor: Pair, method: str) -> Value:
    return call.layer("upsampling", factor=factor, method=method)
