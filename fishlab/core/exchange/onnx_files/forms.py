"""What each layer, and what each loss makes of scores, is in ONNX: one small function for each kind.

Tensors are images (N, C, H, W) and rows (N, F), as at the door of a network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fishlab.core.exchange.onnx_files.graph import SIZES, Part

Form = Callable[[Part], str]
LAYER_FORMS: dict[str, Form] = {}
"""Kind of a layer to the function that writes it, and returns the tensor that it gives."""

LOSS_FORMS: dict[str, Form] = {}
"""Kind of a loss to the function that writes what the network answers."""


def writes(kind: str) -> Callable[[Form], Form]:
    """Decorator: this function writes layers of a kind."""

    def enter(form: Form) -> Form:
        LAYER_FORMS[kind] = form
        return form

    return enter


def answers(kind: str) -> Callable[[Form], Form]:
    """Decorator: this function writes what networks with a kind of loss answer."""

    def enter(form: Form) -> Form:
        LOSS_FORMS[kind] = form
        return form

    return enter


def _both_sides(padding: tuple[int, int]) -> list[int]:
    """Rows and columns of padding as ONNX lists them: above, left, below, right."""
    return [*padding, *padding]


# -- layers with weights -----------------------------------------------------------------------------------------
@writes("affine")
def _affine(part: Part) -> str:
    return part.node("Gemm", part.x, *part.parameters())


@writes("convolution")
def _convolution(part: Part) -> str:
    spec = part.spec
    return part.node(
        "Conv", part.x, *part.parameters(), kernel_shape=spec.kernel_size, strides=spec.stride,
        pads=_both_sides(spec.padding),
    )  # fmt: skip


@writes("transposed_convolution")
def _transposed_convolution(part: Part) -> str:
    spec = part.spec
    return part.node(
        "ConvTranspose", part.x, *part.parameters(), kernel_shape=spec.kernel_size, strides=spec.stride,
        pads=_both_sides(spec.padding), output_padding=spec.output_padding,
    )  # fmt: skip


@writes("batch_normalization")
def _batch_normalization(part: Part) -> str:
    spec = part.spec
    return part.node(
        "BatchNormalization", part.x, *part.parameters(), epsilon=spec.epsilon, momentum=spec.momentum
    )


@writes("layer_normalization")
def _layer_normalization(part: Part) -> str:
    return part.node("LayerNormalization", part.x, *part.parameters(), axis=1, epsilon=part.spec.epsilon)


# -- windows and images ------------------------------------------------------------------------------------------
@writes("max_pool")
def _max_pool(part: Part) -> str:
    return _pool(part, "MaxPool")


@writes("average_pool")
def _average_pool(part: Part) -> str:
    return _pool(part, "AveragePool", count_include_pad=1)


def _pool(part: Part, operator: str, **more: Any) -> str:
    spec = part.spec
    pads = _both_sides(spec.padding)
    return part.node(operator, part.x, kernel_shape=spec.pool_size, strides=spec.stride, pads=pads, **more)


@writes("global_average_pool")
def _global_average_pool(part: Part) -> str:
    return part.node("Flatten", part.node("GlobalAveragePool", part.x, step="mean"), axis=1)


@writes("zero_padding")
def _zero_padding(part: Part) -> str:
    spec = part.spec
    pads = [0, 0, spec.top, spec.left, 0, 0, spec.bottom, spec.right]
    return part.node("Pad", part.x, part.array("pads", pads, SIZES))


_RESIZING: dict[str, dict[str, str]] = {
    "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    "bilinear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
}


@writes("upsampling")
def _upsampling(part: Part) -> str:
    scales = part.array("scales", [1, 1, *part.spec.factor], np.float32)
    return part.node("Resize", part.x, "", scales, **_RESIZING[part.spec.method])


@writes("local_response_normalization")
def _local_response_normalization(part: Part) -> str:
    spec = part.spec
    if spec.size % 2:
        return part.node("LRN", part.x, size=spec.size, alpha=spec.alpha, beta=spec.beta, bias=spec.k)
    return _even_response_normalization(part)


def _even_response_normalization(part: Part) -> str:
    """ONNX's own operator begins an even window one channel later, and ONNX Runtime refuses it.

    With the channels as rows, the mean squares of neighbours are an average pooling.
    """
    spec, (channels, height, width) = part.spec, part.in_shape
    squares = part.node("Mul", part.x, part.x, step="squares")
    rows = part.node(
        "Reshape", squares, part.array("rows", [-1, 1, channels, height * width], SIZES), step="channels_as_rows"
    )
    means = part.node(
        "AveragePool", rows, kernel_shape=[spec.size, 1], strides=[1, 1], count_include_pad=1,
        pads=[spec.size // 2, 0, (spec.size - 1) // 2, 0], step="means",
    )  # fmt: skip
    means = part.node("Reshape", means, part.array("image", [-1, *part.in_shape], SIZES), step="image_again")
    scaled = part.node("Mul", means, part.array("alpha", spec.alpha), step="scaled")
    shifted = part.node("Add", scaled, part.array("k", spec.k), step="shifted")
    return part.node("Div", part.x, part.node("Pow", shifted, part.array("beta", spec.beta), step="power"))


# -- numbers by themselves ---------------------------------------------------------------------------------------
@writes("relu")
def _relu(part: Part) -> str:
    return part.node("Relu", part.x)


@writes("sigmoid")
@answers("binary_cross_entropy")
def _sigmoid(part: Part) -> str:
    return part.node("Sigmoid", part.x)


@writes("tanh")
def _tanh(part: Part) -> str:
    return part.node("Tanh", part.x)


@writes("identity")
@answers("squared_error")
def _identity(part: Part) -> str:
    return part.node("Identity", part.x)


@writes("softmax")
@answers("softmax_cross_entropy")
def _softmax(part: Part) -> str:
    return part.node("Softmax", part.x, axis=1)


@writes("leaky_relu")
def _leaky_relu(part: Part) -> str:
    return part.node("LeakyRelu", part.x, alpha=part.spec.slope)


@writes("elu")
def _elu(part: Part) -> str:
    return part.node("Elu", part.x, alpha=part.spec.alpha)


@writes("gelu")
def _gelu(part: Part) -> str:
    return part.node("Gelu", part.x, approximate="tanh")


@writes("step")
def _step(part: Part) -> str:
    from onnx import helper

    above = part.node("Greater", part.x, part.array("threshold", 0), step="above")
    return part.node("Cast", above, to=helper.np_dtype_to_tensor_dtype(part.dtype))


@writes("dropout")
def _dropout(part: Part) -> str:
    """ONNX's dropout passes everything on where it is not told to train; the book's way has a factor behind it."""
    spec, rate = part.spec, part.array("rate", part.spec.rate, np.float32)
    if spec.scaled == "training":
        return part.node("Dropout", part.x, rate)
    kept = part.node("Dropout", part.x, rate, step="dropped")
    return part.node("Mul", kept, part.array("kept", 1 - spec.rate))


# -- shapes and blocks -------------------------------------------------------------------------------------------
@writes("flatten")
def _flatten(part: Part) -> str:
    return part.node("Flatten", part.x, axis=1)


@writes("reshape")
def _reshape(part: Part) -> str:
    return part.node("Reshape", part.x, part.array("shape", [-1, *part.out_shape], SIZES))


@writes("residual")
def _residual(part: Part) -> str:
    return part.node("Add", *part.branches())


@writes("parallel")
def _parallel(part: Part) -> str:
    return part.node("Concat", *part.branches(), axis=1)
