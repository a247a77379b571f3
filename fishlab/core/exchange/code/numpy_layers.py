"""How each kind of layer is written in the NumPy dialect: one function a kind, which names a class of the snippets."""

from __future__ import annotations

from typing import Any

from fishlab.core.exchange.code.tables import LayerWriter, Place, Table
from fishlab.core.exchange.code.text import Made, literal, made
from fishlab.core.layers import LAYERS

DIALECT = "NumPy code"
writes: Table[LayerWriter] = Table(LAYERS, DIALECT)


def learned(name: str, place: Place, **named: Any) -> Made:
    """A call with the layer's parameters in their order, then literals."""
    return made(name, **named).after(*place.params.values())


def changed(**pairs: tuple[Any, Any]) -> dict[str, Any]:
    """The values, of pairs of a value and what is usual, that are not usual."""
    return {name: value for name, (value, usual) in pairs.items() if value != usual}


# -- layers with weights -----------------------------------------------------------------------------------------------
@writes("affine")
def _affine(spec: Any, place: Place) -> Made:
    return learned("Affine", place)


@writes("convolution")
def _convolution(spec: Any, place: Place) -> Made:
    windows = changed(stride=(spec.stride, (1, 1)), pad=(spec.padding, (0, 0)))
    return learned("Convolution", place, **windows)


@writes("transposed_convolution")
def _transposed_convolution(spec: Any, place: Place) -> Made:
    windows = changed(
        stride=(spec.stride, (1, 1)), pad=(spec.padding, (0, 0)), output_pad=(spec.output_padding, (0, 0))
    )
    return learned("TransposedConvolution", place, **windows)


@writes("batch_normalization")
def _batch_normalization(spec: Any, place: Place) -> Made:
    return learned("BatchNormalization", place, momentum=spec.momentum, epsilon=spec.epsilon)


@writes("layer_normalization")
def _layer_normalization(spec: Any, place: Place) -> Made:
    return learned("LayerNormalization", place, epsilon=spec.epsilon)


# -- pooling and other images ------------------------------------------------------------------------------------------
@writes("max_pool")
def _max_pool(spec: Any, place: Place) -> Made:
    return _pooling("Pooling", spec)


@writes("average_pool")
def _average_pool(spec: Any, place: Place) -> Made:
    return _pooling("AveragePooling", spec)


def _pooling(name: str, spec: Any) -> Made:
    return made(name, spec.pool_size, stride=spec.stride, **changed(pad=(spec.padding, (0, 0))))


@writes("global_average_pool")
def _global_average_pool(spec: Any, place: Place) -> Made:
    return made("GlobalAveragePooling")


@writes("zero_padding")
def _zero_padding(spec: Any, place: Place) -> Made:
    return made("ZeroPadding", top=spec.top, bottom=spec.bottom, left=spec.left, right=spec.right)


UPSAMPLINGS = {"nearest": "Upsampling", "bilinear": "BilinearUpsampling"}


@writes("upsampling")
def _upsampling(spec: Any, place: Place) -> Made:
    return made(UPSAMPLINGS[spec.method], spec.factor)


@writes("local_response_normalization")
def _local_response_normalization(spec: Any, place: Place) -> Made:
    return made("LocalResponseNormalization", size=spec.size, alpha=spec.alpha, beta=spec.beta, k=spec.k)


# -- activation functions ----------------------------------------------------------------------------------------------
@writes("relu")
def _relu(spec: Any, place: Place) -> Made:
    return made("Relu")


@writes("sigmoid")
def _sigmoid(spec: Any, place: Place) -> Made:
    return made("Sigmoid")


@writes("tanh")
def _tanh(spec: Any, place: Place) -> Made:
    return made("Tanh")


@writes("identity")
def _identity(spec: Any, place: Place) -> Made:
    return made("Identity")


@writes("softmax")
def _softmax(spec: Any, place: Place) -> Made:
    return made("Softmax")


@writes("step")
def _step(spec: Any, place: Place) -> Made:
    return made("Step")


@writes("leaky_relu")
def _leaky_relu(spec: Any, place: Place) -> Made:
    return made("LeakyRelu", spec.slope)


@writes("elu")
def _elu(spec: Any, place: Place) -> Made:
    return made("ELU", spec.alpha)


@writes("gelu")
def _gelu(spec: Any, place: Place) -> Made:
    return made("GELU")


# -- the rest ----------------------------------------------------------------------------------------------------------
DROPOUTS = {"training": "Dropout", "predicting": "BookDropout"}


@writes("dropout")
def _dropout(spec: Any, place: Place) -> Made:
    return Made(DROPOUTS[spec.scaled], (literal(spec.rate), f'stream("dropout", {place.number})'))


@writes("flatten")
def _flatten(spec: Any, place: Place) -> Made:
    return made("Flatten")


@writes("reshape")
def _reshape(spec: Any, place: Place) -> Made:
    return made("Reshape", spec.sizes)


@writes("residual")
def _residual(spec: Any, place: Place) -> Made:
    return made("Residual")


@writes("parallel")
def _parallel(spec: Any, place: Place) -> Made:
    return made("Parallel")
