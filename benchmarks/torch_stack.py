"""A FishLab stack as a PyTorch module with the same weights, to compare numbers and speed.

    module = torch_stack(network.spec, network.arrays())
    public_tensors(module, gradients=True)   # {"uid/W": array in the public shape, ...}

One function for each kind of layer, in the table BUILDERS. PyTorch is needed here and nowhere else in the project.

What is not the same on the two sides, and cannot be made so: PyTorch draws its own dropout masks, and its batch
normalization moves the running variance by the unbiased estimate (M / (M - 1) of ours); outputs and gradients in
training are those of the batch and agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.losses import LossSpec
from fishlab.core.network import parameter_key
from fishlab.core.optimizers import OptimizerSpec
from fishlab.core.spec import NetworkSpec

Array = NDArray[Any]
Builder = Callable[[Any, Shape], nn.Module]
BUILDERS: dict[str, Builder] = {}
# Our parameter -> PyTorch's attribute of the layer, and whether it is stored the other way round.
NAMES = {
    "W": "weight",
    "b": "bias",
    "gamma": "weight",
    "beta": "bias",
    "running_mean": "running_mean",
    "running_var": "running_var",
}


class TorchStack(nn.Sequential):
    """The layers in order, and where FishLab's parameters are: `places` has the layer and the name by key."""

    places: dict[str, tuple[nn.Module, str]]

    def tensor(self, key: str) -> tuple[Tensor, bool]:
        """PyTorch's tensor for a parameter key, and whether it is the transpose of ours."""
        layer, name = self.places[key]
        return getattr(layer, NAMES[name]), isinstance(layer, nn.Linear) and name == "W"


def torch_stack(spec: NetworkSpec, weights: Mapping[str, Array], dtype: torch.dtype = torch.float32) -> TorchStack:
    """The module that takes (N, *in_shape) and gives scores (N, K), with `weights` as `Network.arrays()` gives them.

    It is in training mode. Raises KeyError for a kind of layer that has no builder.
    """
    return torch_layers(spec.layers, spec.in_shape, weights, dtype)


def torch_layers(
    layers: Sequence[LayerSpec], in_shape: Shape, weights: Mapping[str, Array], dtype: torch.dtype = torch.float32
) -> TorchStack:
    """The same for any row of layers."""
    stack = TorchStack(*(torch_layer(layer, shape) for layer, shape in with_shapes(layers, in_shape))).to(dtype)
    found = {uid: layer for layer in stack.modules() if (uid := getattr(layer, "uid", None))}
    stack.places = {
        parameter_key(info.owner or layer.uid, info.name): (found[info.owner or layer.uid], info.name)
        for layer, shape in with_shapes(layers, in_shape)
        for info in LAYERS[layer.kind].item.parameters(layer, shape)
    }
    with torch.no_grad():
        for key in stack.places:
            tensor, turned = stack.tensor(key)
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(weights[key].T if turned else weights[key])))
    return stack


def torch_layer(spec: LayerSpec, in_shape: Shape) -> nn.Module:
    """PyTorch's layer; its `uid` is ours."""
    layer = BUILDERS[spec.kind](spec, in_shape)
    layer.uid = spec.uid
    return layer


def with_shapes(layers: Iterable[LayerSpec], shape: Shape) -> Iterator[tuple[LayerSpec, Shape]]:
    """Each layer of a stack, and the shape that comes to it."""
    for layer in layers:
        yield layer, shape
        shape = LAYERS[layer.kind].item.output_shape(layer, shape)


def public_tensors(stack: TorchStack, *, gradients: bool = False) -> dict[str, Array]:
    """Copies of all parameters and state, or of the gradients of what is learned, by FishLab's keys and shapes."""
    found = {}
    for key in stack.places:
        tensor, turned = stack.tensor(key)
        source = tensor.grad if gradients else tensor.detach()
        if source is not None:
            array = source.contiguous().numpy().copy()
            found[key] = array.T if turned else array
    return found


def torch_loss(spec: LossSpec) -> Callable[[Tensor, Tensor], Tensor]:
    """Scores (N, K) and labels (N,), or targets (N, K) -> the mean loss."""
    return partial(LOSSES[spec.kind], spec)


def torch_optimizer(spec: OptimizerSpec, stack: nn.Module, *, fused: bool = False) -> torch.optim.Optimizer:
    """The optimizer with the same settings; `fused`: carried out in one pass (not RMSprop), else PyTorch's default."""
    how = {"fused": True} if fused else {}
    return OPTIMIZERS[spec.kind](spec, stack.parameters(), **how)


# -- one function for each kind of layer -----------------------------------------------------------------------------
def _builder(kind: str) -> Callable[[Builder], Builder]:
    def enter(build: Builder) -> Builder:
        BUILDERS[kind] = build
        return build

    return enter


@_builder("affine")
def _affine(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Linear(in_shape[0], spec.units, bias=spec.bias)


@_builder("convolution")
def _convolution(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Conv2d(
        in_shape[0], spec.filters, spec.kernel_size, stride=spec.stride, padding=spec.padding, bias=spec.bias
    )


@_builder("max_pool")
def _max_pool(spec: Any, in_shape: Shape) -> nn.Module:
    return _pooled(spec, nn.MaxPool2d, -float("inf"))


@_builder("average_pool")
def _average_pool(spec: Any, in_shape: Shape) -> nn.Module:
    return _pooled(spec, nn.AvgPool2d, 0.0)


def _pooled(spec: Any, pool: Any, border: float) -> nn.Module:
    """PyTorch pads a pooling by half the window at most; beyond that the border is a layer of its own."""
    if all(padding <= size // 2 for padding, size in zip(spec.padding, spec.pool_size, strict=True)):
        return pool(spec.pool_size, stride=spec.stride, padding=spec.padding)
    rows, columns = spec.padding
    return nn.Sequential(
        nn.ConstantPad2d((columns, columns, rows, rows), border), pool(spec.pool_size, stride=spec.stride)
    )


@_builder("relu")
def _relu(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.ReLU()


@_builder("sigmoid")
def _sigmoid(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Sigmoid()


@_builder("tanh")
def _tanh(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Tanh()


@_builder("identity")
def _identity(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Identity()


@_builder("softmax")
def _softmax(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Softmax(dim=1)


@_builder("batch_normalization")
def _batch_normalization(spec: Any, in_shape: Shape) -> nn.Module:
    """PyTorch's momentum is the share of the new batch, ours the share that is kept."""
    kind = nn.BatchNorm2d if len(in_shape) == 3 else nn.BatchNorm1d
    return kind(in_shape[0], eps=spec.epsilon, momentum=1 - spec.momentum)


@_builder("leaky_relu")
def _leaky_relu(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.LeakyReLU(spec.slope)


@_builder("elu")
def _elu(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.ELU(spec.alpha)


@_builder("gelu")
def _gelu(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.GELU(approximate="tanh")


class Step(nn.Module):
    """1 where x > 0, else 0, with a gradient of zero."""

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape."""
        return (x > 0).to(x.dtype) + 0 * x


@_builder("step")
def _step(spec: Any, in_shape: Shape) -> nn.Module:
    return Step()


@_builder("layer_normalization")
def _layer_normalization(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.LayerNorm(in_shape, eps=spec.epsilon)


@_builder("local_response_normalization")
def _local_response_normalization(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.LocalResponseNorm(spec.size, spec.alpha, spec.beta, spec.k)


@_builder("global_average_pool")
def _global_average_pool(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@_builder("zero_padding")
def _zero_padding(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.ZeroPad2d((spec.left, spec.right, spec.top, spec.bottom))


@_builder("upsampling")
def _upsampling(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Upsample(scale_factor=tuple(map(float, spec.factor)), mode=spec.method)


@_builder("transposed_convolution")
def _transposed_convolution(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.ConvTranspose2d(
        in_shape[0], spec.filters, spec.kernel_size, stride=spec.stride, padding=spec.padding,
        output_padding=spec.output_padding, bias=spec.bias,
    )  # fmt: skip


class BookDropout(nn.Module):
    """The book's: what is kept keeps its size in training, and all is scaled when predicting."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape."""
        return x * (torch.rand_like(x) >= self.rate) if self.training else x * (1 - self.rate)


@_builder("dropout")
def _dropout(spec: Any, in_shape: Shape) -> nn.Module:
    return BookDropout(spec.rate) if spec.scaled == "predicting" else nn.Dropout(spec.rate)


@_builder("flatten")
def _flatten(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Flatten()


@_builder("reshape")
def _reshape(spec: Any, in_shape: Shape) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Unflatten(1, spec.sizes))


class Block(nn.Module):
    """Branches side by side; `join` puts together what comes out of them."""

    def __init__(self, spec: LayerSpec, in_shape: Shape, join: Callable[[list[Tensor]], Tensor]) -> None:
        super().__init__()
        branches = ([torch_layer(*layer) for layer in with_shapes(branch, in_shape)] for branch in spec.branches)
        self.branches = nn.ModuleList(nn.Sequential(*branch) for branch in branches)
        self.join = join

    def forward(self, x: Tensor) -> Tensor:
        """x as each branch takes it."""
        return self.join([branch(x) for branch in self.branches])


@_builder("residual")
def _residual(spec: Any, in_shape: Shape) -> nn.Module:
    return Block(spec, in_shape, lambda parts: parts[0] + parts[1])


@_builder("parallel")
def _parallel(spec: Any, in_shape: Shape) -> nn.Module:
    return Block(spec, in_shape, lambda parts: torch.cat(parts, dim=1))


# -- losses and optimizers -------------------------------------------------------------------------------------------
def _one_hot(scores: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.one_hot(targets, scores.shape[1]).to(scores.dtype) if targets.ndim == 1 else targets


def _softmax_cross_entropy(spec: Any, scores: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(scores, targets, label_smoothing=spec.label_smoothing)


def _squared_error(spec: Any, scores: Tensor, targets: Tensor) -> Tensor:
    return (scores - _one_hot(scores, targets)).square().sum() / (2 * len(scores))


def _binary_cross_entropy(spec: Any, scores: Tensor, targets: Tensor) -> Tensor:
    wanted = _one_hot(scores, targets)
    return nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction="sum") / len(scores)


LOSSES: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    "softmax_cross_entropy": _softmax_cross_entropy,
    "squared_error": _squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda spec, *given, **how: torch.optim.SGD(*given, spec.learning_rate, **how),
    "momentum": lambda spec, *given, **how: torch.optim.SGD(*given, spec.learning_rate, spec.momentum, **how),
    "nesterov": lambda spec, *given, **how: torch.optim.SGD(
        *given, spec.learning_rate, spec.momentum, nesterov=True, **how
    ),
    "adagrad": lambda spec, *given, **how: torch.optim.Adagrad(*given, spec.learning_rate, eps=1e-7, **how),
    "rmsprop": lambda spec, *given, **how: torch.optim.RMSprop(*given, spec.learning_rate, spec.decay, 1e-7, **how),
    "adadelta": lambda spec, *given, **how: torch.optim.Adadelta(*given, spec.learning_rate, spec.decay, 1e-6, **how),
    "adam": lambda spec, *given, **how: torch.optim.Adam(
        *given, spec.learning_rate, (spec.beta1, spec.beta2), 1e-7, **how
    ),
    "adamw": lambda spec, *given, **how: torch.optim.AdamW(
        *given, spec.learning_rate, (spec.beta1, spec.beta2), 1e-7, **{"weight_decay": 0.0, **how}
    ),
}
