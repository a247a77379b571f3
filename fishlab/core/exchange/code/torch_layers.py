"""How each kind of layer is written in the PyTorch dialect: one function a kind, which names a module."""

from __future__ import annotations

from typing import Any

from fishlab.core.exchange.code.numpy_layers import changed
from fishlab.core.exchange.code.tables import LayerWriter, Place, Table
from fishlab.core.exchange.code.text import Made, literal, made
from fishlab.core.layers import LAYERS

DIALECT = "PyTorch code"
TENSORS = {
    "W": "weight",
    "b": "bias",
    "gamma": "weight",
    "beta": "bias",
    "running_mean": "running_mean",
    "running_var": "running_var",
}
writes: Table[LayerWriter] = Table(LAYERS, DIALECT)


def several(*modules: Made) -> Made:
    """Modules one after the other, as one."""
    return Made("nn.Sequential", tuple(module.call for module in modules))


# -- layers with weights -----------------------------------------------------------------------------------------------
@writes("affine")
def _affine(spec: Any, place: Place) -> Made:
    (rows,) = place.in_shape
    return made("nn.Linear", rows, spec.units, **changed(bias=(spec.bias, True))).replace(turned=("W",))


def _windows(spec: Any) -> dict[str, Any]:
    return changed(stride=(spec.stride, (1, 1)), padding=(spec.padding, (0, 0)), bias=(spec.bias, True))


@writes("convolution")
def _convolution(spec: Any, place: Place) -> Made:
    return made("nn.Conv2d", place.in_shape[0], spec.filters, spec.kernel_size, **_windows(spec))


@writes("transposed_convolution")
def _transposed_convolution(spec: Any, place: Place) -> Made:
    extra = changed(output_padding=(spec.output_padding, (0, 0)))
    return made("nn.ConvTranspose2d", place.in_shape[0], spec.filters, spec.kernel_size, **_windows(spec), **extra)


@writes("batch_normalization")
def _batch_normalization(spec: Any, place: Place) -> Made:
    """PyTorch's momentum is the share of the new batch, ours the share that is kept."""
    name = "nn.BatchNorm2d" if len(place.in_shape) == 3 else "nn.BatchNorm1d"
    return made(name, place.in_shape[0], eps=spec.epsilon, momentum=round(1 - spec.momentum, 12))


@writes("layer_normalization")
def _layer_normalization(spec: Any, place: Place) -> Made:
    return made("nn.LayerNorm", place.in_shape, eps=spec.epsilon)


# -- pooling and other images ------------------------------------------------------------------------------------------
@writes("max_pool")
def _max_pool(spec: Any, place: Place) -> Made:
    return _pooling("nn.MaxPool2d", spec, 'float("-inf")')


@writes("average_pool")
def _average_pool(spec: Any, place: Place) -> Made:
    return _pooling("nn.AvgPool2d", spec, "0.0")


def _pooling(name: str, spec: Any, border: str) -> Made:
    """PyTorch pads a pooling by half the window at most; beyond that the border is a module of its own."""
    if all(padding <= size // 2 for padding, size in zip(spec.padding, spec.pool_size, strict=True)):
        return made(name, spec.pool_size, stride=spec.stride, **changed(padding=(spec.padding, (0, 0))))
    rows, columns = spec.padding
    frame = Made("nn.ConstantPad2d", (literal((columns, columns, rows, rows)), border))
    return several(frame, made(name, spec.pool_size, stride=spec.stride))


@writes("global_average_pool")
def _global_average_pool(spec: Any, place: Place) -> Made:
    return several(made("nn.AdaptiveAvgPool2d", 1), made("nn.Flatten"))


@writes("zero_padding")
def _zero_padding(spec: Any, place: Place) -> Made:
    return made("nn.ZeroPad2d", (spec.left, spec.right, spec.top, spec.bottom))


@writes("upsampling")
def _upsampling(spec: Any, place: Place) -> Made:
    return made("nn.Upsample", scale_factor=tuple(map(float, spec.factor)), mode=spec.method)


@writes("local_response_normalization")
def _local_response_normalization(spec: Any, place: Place) -> Made:
    return made("nn.LocalResponseNorm", spec.size, alpha=spec.alpha, beta=spec.beta, k=spec.k)


# -- activation functions ----------------------------------------------------------------------------------------------
@writes("relu")
def _relu(spec: Any, place: Place) -> Made:
    return made("nn.ReLU")


@writes("sigmoid")
def _sigmoid(spec: Any, place: Place) -> Made:
    return made("nn.Sigmoid")


@writes("tanh")
def _tanh(spec: Any, place: Place) -> Made:
    return made("nn.Tanh")


@writes("identity")
def _identity(spec: Any, place: Place) -> Made:
    return made("nn.Identity")


@writes("softmax")
def _softmax(spec: Any, place: Place) -> Made:
    return made("nn.Softmax", dim=1)


@writes("step")
def _step(spec: Any, place: Place) -> Made:
    return made("Step")


@writes("leaky_relu")
def _leaky_relu(spec: Any, place: Place) -> Made:
    return made("nn.LeakyReLU", spec.slope)


@writes("elu")
def _elu(spec: Any, place: Place) -> Made:
    return made("nn.ELU", spec.alpha)


@writes("gelu")
def _gelu(spec: Any, place: Place) -> Made:
    return made("nn.GELU", approximate="tanh")


# -- the rest ----------------------------------------------------------------------------------------------------------
DROPOUTS = {"training": "nn.Dropout", "predicting": "BookDropout"}


@writes("dropout")
def _dropout(spec: Any, place: Place) -> Made:
    return made(DROPOUTS[spec.scaled], spec.rate)


@writes("flatten")
def _flatten(spec: Any, place: Place) -> Made:
    return made("nn.Flatten")


@writes("reshape")
def _reshape(spec: Any, place: Place) -> Made:
    return several(made("nn.Flatten"), made("nn.Unflatten", 1, spec.sizes))


@writes("residual")
def _residual(spec: Any, place: Place) -> Made:
    return made("Residual").replace(inside=("body", "shortcut"))


@writes("parallel")
def _parallel(spec: Any, place: Place) -> Made:
    return made("Parallel").replace(inside=tuple(f"branches.{number}" for number in range(len(spec.branches))))
