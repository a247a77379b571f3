"""What layer each ONNX operator becomes: one small function for each, in the table OPERATORS."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from fishlab.core.exchange.onnx_files.call import BATCH, Call
from fishlab.core.exchange.onnx_files.constants import shape_of
from fishlab.core.exchange.onnx_files.file import NUMBERS
from fishlab.core.exchange.onnx_files.values import Above, Known, Value
from fishlab.core.layers import LAYERS, Shape
from fishlab.core.layers.base import Array, Misfit, shape_text
from fishlab.core.layers.block import Block

Reading = Callable[[Call], Known]
Pads = tuple[int, int, int, int]
OPERATORS: dict[str, Reading] = {}
"""Operator to the function that says what it makes of tensors."""


def reads(*operators: str) -> Callable[[Reading], Reading]:
    """Decorator: this function reads these operators."""

    def enter(reading: Reading) -> Reading:
        OPERATORS.update(dict.fromkeys(operators, reading))
        return reading

    return enter


# -- products ----------------------------------------------------------------------------------------------------
@reads("Gemm")
def _gemm(call: Call) -> Known:
    call.expect("transA", 0)
    weights = _matrix(call, call.numbers(1))
    weights = (weights.T if call.whole("transB", 0) else weights) * _factor(call.real("alpha", 1.0), weights)
    if not call.has(2):
        return _affine(call, weights)
    bias = np.broadcast_to(call.spread(2, weights.shape[1:]), weights.shape[1:])
    return _affine(call, weights, bias * _factor(call.real("beta", 1.0), bias))


@reads("MatMul")
def _matmul(call: Call) -> Known:
    return _affine(call, _matrix(call, call.numbers(1)))


def _affine(call: Call, weights: Array, *bias: Array) -> Value:
    return call.layer("affine", weights, *bias, units=weights.shape[1], bias=bool(bias))


def _matrix(call: Call, weights: Array) -> Array:
    if weights.ndim != 2 or len(call.x.shape) != 1:
        raise call.refuse("multiplies something else than rows and a matrix. Affine takes rows.")
    return weights


def _factor(factor: float, weights: Array) -> Array:
    return np.asarray(factor, weights.dtype)




# -- windows -----------------------------------------------------------------------------------------------------
@reads("Conv")
def _conv(call: Call) -> Known:
    weights = _kernel(call)
    window = call.pair("kernel_shape", list(weights.shape[2:]))
    stride = call.pair("strides", [1, 1])
    x, padding = _padded(call, window, stride)
    bias = (call.numbers(2),) if call.has(2) else ()
    return call.layer(
        "convolution", weights, *bias, x=x, filters=len(weights), kernel_size=window, stride=stride, padding=padding,
        bias=bool(bias),
    )  # fmt: skip


def _kernel(call: Call) -> Array:
    call.expect("group", 1)
    weights = call.numbers(1)
    if weights.ndim != 4 or len(call.x.shape) != 3:
        raise call.refuse("is a convolution of something else than images N × C × H × W.")
    _refuse_dilation(call)
    return weights


def _refuse_dilation(call: Call) -> None:
    if any(step != 1 for step in call.listed("dilations", [])):
        raise call.refuse(f"has dilations {call.listed('dilations', [])}; windows here have no gaps.")


def _padded(call: Call, window: tuple[int, int], stride: tuple[int, int]) -> tuple[Value, tuple[int, int]]:
    """The input and the padding of a window, the same on opposite sides: where it is not, a layer pads before.

    Rows and columns of padding that the last step does not reach are left out, so that the window fits evenly.
    """
    top, left, bottom, right = _pads(call, window, stride)
    height, width = call.x.shape[1:]
    bottom -= _unreached(height + top + bottom, window[0], stride[0], bottom)
    right -= _unreached(width + left + right, window[1], stride[1], right)
    if (top, left) == (bottom, right):
        return call.x, (top, left)
    return call.layer("zero_padding", top=top, left=left, bottom=bottom, right=right), (0, 0)


def _unreached(size: int, window: int, stride: int, padding: int) -> int:
    """How much of the padding at the end no window reaches; none where more than padding is left over."""
    left = (size - window) % stride if stride > 0 else 0
    return left if left <= padding else 0


def _pads(call: Call, window: tuple[int, int], stride: tuple[int, int]) -> Pads:
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
    if pads[:2] != pads[2:]:
        raise call.refuse(f"has pads {list(pads)}; a pooling here pads opposite sides alike.")
    return call.layer("max_pool", pool_size=window, stride=stride, padding=pads[:2])


@reads("AveragePool")
def _average_pool(call: Call) -> Known:
    window, stride, pads = _pooling(call)
    if any(pads) and not call.whole("count_include_pad", 0):
        raise call.refuse("does not count its padding; an average pooling here counts it as zeros.")
    x, padding = _padded(call, window, stride)
    return call.layer("average_pool", x=x, pool_size=window, stride=stride, padding=padding)


def _pooling(call: Call) -> tuple[tuple[int, int], tuple[int, int], Pads]:
    """Window, stride and padding of a pooling, of which every window lies on the image and its padding."""
    _refuse_dilation(call)
    _image(call)
    window, stride = call.pair("kernel_shape", []), call.pair("strides", [1, 1])
    top, left, bottom, right = pads = _pads(call, window, stride)
    height, width = call.x.shape[1:]
    axes = ((height + top + bottom, window[0], stride[0]), (width + left + right, window[1], stride[1]))
    if call.whole("ceil_mode", 0) and any((size - part) % step for size, part, step in axes if step > 0):
        raise call.refuse("has a last window that goes beyond the edge (ceil_mode); windows here end at the edge.")
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
        raise call.refuse("mixes pixels in a way that Upsampling has not. A newer exporter may say it otherwise.")
    scales = call.array(1) if call.has(1) else np.asarray(call.node.attributes.get("scales", []), np.float32)
    return _upsampled(call, _whole_factors(call, scales), "nearest")


def _factors(call: Call, place: int) -> tuple[int, int]:
    """How many times as many rows and columns, from the scales, or from the sizes behind them."""
    if call.has(place) and call.array(place).size:
        return _whole_factors(call, call.array(place))
    sizes = call.wholes(place + 1)
    if len(sizes) != 4:
        raise call.refuse("resizes something else than images N × C × H × W.")
    return _whole_factors(call, np.array([1, *(size / old for size, old in zip(sizes[1:], call.x.shape, strict=True))]))


def _whole_factors(call: Call, scales: Array) -> tuple[int, int]:
    factors = [float(value) for value in scales.reshape(-1)]
    if len(factors) != 4 or factors[:2] != [1, 1] or any(not value.is_integer() or value < 1 for value in factors[2:]):
        raise call.refuse(f"resizes by {factors[:6]}; Upsampling takes whole factors for rows and columns.")
    return int(factors[2]), int(factors[3])


def _upsampled(call: Call, factor: tuple[int, int], method: str) -> Value:
    return call.layer("upsampling", factor=factor, method=method)


# -- normalizations ----------------------------------------------------------------------------------------------
@reads("BatchNormalization")
def _batch_normalization(call: Call) -> Known:
    if call.whole("training_mode", 0) or not call.whole("spatial", 1):
        raise call.refuse("normalizes as in training, or each pixel by itself. Export the network for predicting.")
    arrays = [call.numbers(index) for index in (1, 2, 3, 4)]
    momentum = call.real("momentum", 0.9)
    return call.layer(
        "batch_normalization", *arrays, epsilon=call.real("epsilon", 1e-5),
        momentum=momentum if 0 <= momentum <= 0.9999 else 0.9,
    )  # fmt: skip


@reads("LayerNormalization")
def _layer_normalization(call: Call) -> Known:
    axis, axes = call.whole("axis", -1), len(call.x.shape) + 1
    if axis % axes != 1:
        raise call.refuse("normalizes over some of the axes of an image; layer normalization here takes all of them.")
    gamma = call.numbers(1).reshape(-1)
    beta = call.numbers(2).reshape(-1) if call.has(2) else np.zeros_like(gamma)
    if {gamma.size, beta.size} != {math.prod(call.x.shape)}:
        raise call.refuse("has a scale or a shift that does not go with its input.")
    arrays = (array.reshape(call.x.shape) for array in (gamma, beta))
    return call.layer("layer_normalization", *arrays, epsilon=call.real("epsilon", 1e-5))


@reads("LRN")
def _lrn(call: Call) -> Known:
    size = call.whole("size", 0)
    if size % 2 == 0:
        raise call.refuse(f"has a window of {size} channels, which begins one channel earlier here; odd sizes agree.")
    return call.layer(
        "local_response_normalization", size=size, alpha=call.real("alpha", 1e-4), beta=call.real("beta", 0.75),
        k=call.real("bias", 1.0),
    )  # fmt: skip


@reads("Dropout")
def _dropout(call: Call) -> Known:
    if call.has(2) and call.array(2).any():
        raise call.refuse("drops as in training. Export the network for predicting.")
    rate = call.scalar(1) if call.has(1) else call.real("ratio", 0.5)
    return call.layer("dropout", rate=min(rate, 0.99) if math.isfinite(rate) else 0.5)


# -- numbers by themselves ---------------------------------------------------------------------------------------
@reads("Relu")
def _relu(call: Call) -> Known:
    return call.layer("relu")


@reads("Sigmoid")
def _sigmoid(call: Call) -> Known:
    return call.layer("sigmoid")


@reads("Tanh")
def _tanh(call: Call) -> Known:
    return call.layer("tanh")


@reads("Identity")
def _identity(call: Call) -> Known:
    return call.layer("identity") if isinstance(call.given[0], Value) else call.given[0]


@reads("LeakyRelu")
def _leaky_relu(call: Call) -> Known:
    return call.layer("leaky_relu", slope=call.real("alpha", 0.01))


@reads("Elu")
def _elu(call: Call) -> Known:
    return call.layer("elu", alpha=call.real("alpha", 1.0))


@reads("Gelu")
def _gelu(call: Call) -> Known:
    if call.word("approximate", "none") != "tanh":
        call.say("Its GELU is the one with the error function; here it is the one with tanh, away by less than 0.0005.")
    return call.layer("gelu")


@reads("Softmax", "LogSoftmax")
def _softmax(call: Call) -> Known:
    axes = len(call.x.shape) + 1
    if call.whole("axis", -1 if call.opset > 12 else 1) % axes != 1 or (call.opset < 13 and axes > 2):
        raise call.refuse("goes over another axis than the units, or the channels.")
    if call.node.operator == "LogSoftmax":
        call.say("It gives the logarithms of the probabilities; here it gives the probabilities.")
    return call.layer("softmax")


@reads("Greater")
def _greater(call: Call) -> Known:
    if call.scalar(1) != 0:
        raise call.refuse("compares with something else than 0, which Step does.")
    return Above(call.x)


@reads("Cast")
def _cast(call: Call) -> Known:
    found, dtype = call.given[0], NUMBERS.get(call.whole("to", 0))
    if dtype is None or dtype.kind != "f":
        raise call.refuse("goes to whole numbers.")
    if isinstance(found, Above):
        return call.layer("step", x=found.of, forward_only=True)
    return call.value()


# -- shapes ------------------------------------------------------------------------------------------------------
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
    return call.reshaped(without_batch(call, value.dims, wanted))


def without_batch(call: Call, dims: Shape, wanted: list[int]) -> Shape:
    """The sizes of one image that a shape asks for: the first of them counts images, and one may be left open."""
    if len(wanted) < 2:
        raise call.refuse(f"makes {wanted} of its input, which mixes the images.")
    first, *rest = wanted
    if not call.whole("allowzero", 0):
        rest = [dims[place] if size == 0 and place < len(dims) else size for place, size in enumerate(rest)]
    if rest.count(-1) == 1 and first in (0, 1, BATCH):
        known = math.prod(size for size in rest if size != -1)
        rest = [math.prod(dims) // known if known > 0 and size == -1 else size for size in rest]
    if first not in (-1, 0, 1, BATCH) or min(rest) < 1 or math.prod(rest) != math.prod(dims):
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
    dims = call.value().dims
    order = call.listed("perm", list(range(len(dims) + 1))[::-1])
    if sorted(order) != list(range(len(dims) + 1)) or order[0] != 0:
        raise call.refuse("moves the axis that counts the images.")
    moved = [axis - 1 for axis in order[1:]]
    large = [axis for axis in moved if dims[axis] > 1]
    if large != sorted(large):
        raise call.refuse("changes the order of an image's numbers, which no layer here does.")
    return call.reshaped(tuple(dims[axis] for axis in moved))


# -- blocks ------------------------------------------------------------------------------------------------------
@reads("Concat")
def _concat(call: Call) -> Known:
    parts = tuple(call.value(index).settled for index in range(len(call.given)))
    if call.whole("axis", 1) % (len(parts[0].shape) + 1) != 1:
        raise call.refuse("lays tensors one behind the other along something else than channels or features.")
    return _joined(call, parts, "parallel")


@reads("Sum")
def _sum(call: Call) -> Known:
    if len(call.given) != 2:
        raise call.refuse(f"adds {len(call.given)} tensors; a residual block adds two.")
    return added(call)


def added(call: Call) -> Value:
    """The sum of two tensors: a residual block."""
    return _joined(call, (call.value(0).settled, call.value(1).settled), "residual")


def _joined(call: Call, parts: tuple[Value, ...], kind: str) -> Value:
    """What a block of some kind makes of its branches."""
    block = LAYERS[kind].item
    try:
        assert issubclass(block, Block)
        out = block.joined(block.Spec(), parts[0].shape, [part.shape for part in parts])
    except Misfit as misfit:
        raise call.refuse(f"cannot be a block here: {misfit.reason}") from misfit
    return Value(out, out, call.node, parts, join=kind)
