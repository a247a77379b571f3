"""What layer each ONNX operator becomes: one small function for each, in the table OPERATORS."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from fishlab.core.exchange.onnx_files.call import Call
from fishlab.core.exchange.onnx_files.tensors import NUMBERS
from fishlab.core.exchange.onnx_files.values import Above, Known, Logarithms, Value
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array, Misfit
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


PREDICTING = "Export the network for predicting; PyTorch does after network.eval()."

# -- products ----------------------------------------------------------------------------------------------------
@reads("Gemm")
def _gemm(call: Call) -> Known:
    call.expect("transA", 0)
    weights = _matrix(call, call.numbers(1))
    weights = _times(weights.T if call.whole("transB", 0) else weights, call.real("alpha", 1.0))
    if not call.has(2):
        return _affine(call, weights)
    bias = np.broadcast_to(call.spread(2, weights.shape[1:]), weights.shape[1:])
    return _affine(call, weights, _times(bias, call.real("beta", 1.0)))


@reads("MatMul")
def _matmul(call: Call) -> Known:
    return _affine(call, _matrix(call, call.numbers(1)))


def _affine(call: Call, weights: Array, *bias: Array) -> Value:
    return call.layer("affine", weights, *bias, units=weights.shape[1], bias=bool(bias))


def _matrix(call: Call, weights: Array) -> Array:
    if weights.ndim != 2 or len(call.x.shape) != 1:
        raise call.refuse("multiplies something else than rows and a matrix. Affine takes rows.")
    return weights


def _times(weights: Array, factor: float) -> Array:
    return weights if factor == 1 else weights * np.asarray(factor, weights.dtype)




# -- normalizations ----------------------------------------------------------------------------------------------
@reads("BatchNormalization")
def _batch_normalization(call: Call) -> Known:
    if call.whole("training_mode", 0) or not call.whole("spatial", 1):
        raise call.refuse("normalizes as in training, or each pixel by itself.", PREDICTING)
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
        raise call.refuse("drops as in training.", PREDICTING)
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


@reads("Softmax")
def _softmax(call: Call) -> Known:
    return _shares(call)


@reads("LogSoftmax")
def _log_softmax(call: Call) -> Known:
    return Logarithms(_shares(call))


def _shares(call: Call) -> Value:
    axes = len(call.x.shape) + 1
    if call.whole("axis", -1 if call.opset > 12 else 1) % axes != 1 or (call.opset < 13 and axes > 2):
        raise call.refuse("goes over another axis than the units, or the channels.")
    return call.layer("softmax")


@reads("Greater")
def _greater(call: Call) -> Known:
    if call.scalar(1) != 0:
        raise call.refuse("compares with something else than 0, which Step does.")
    return Above(call.x)


@reads("Cast")
def _cast(call: Call) -> Known:
    found, dtype = call.given[0], NUMBERS.get(call.whole("to", 0))
    if dtype is None or not np.issubdtype(dtype, np.floating):
        raise call.refuse("goes to whole numbers.")
    if isinstance(found, Above):
        return call.layer("step", x=found.of, forward_only=True)
    return call.value()


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
