"""The layers as the book writes them, in float64: the numbers that every fast kernel has to give.

Nothing here is clever or fast: a loop over the windows of an image, and for each window the formula. Arrays have the
batch last, as inside the engine: images (C, H, W, N), rows (F, N). A class for each kind of layer, in `PLAIN`:

    layer = PLAIN["convolution"](spec, {"W": weight, "b": bias})
    out = layer.forward(x, training=True)
    dx = layer.backward(dout)        # layer.grads, layer.state

Beside the numbers stand their scales: `scales` says how large the terms are that were added up for an output (under
"out"), for dx, or for the gradient of a parameter. What rounding may do is a share of that and not of the sum, which
can be zero. `margins` (N,) says how near each image came to a corner, to a ReLU's zero or to a tie in a window, as a
share of the largest number there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fishlab.core.layers import LayerSpec
from fishlab.core.network import parameter_key
from fishlab.core.spec import NetworkSpec

Array = np.ndarray


class Plain:
    """A layer with the public parameters `params`; those it learns get `grads`, those it only keeps are `state`."""

    def __init__(self, spec: Any, params: Mapping[str, Array], dtype: Any = np.float64) -> None:
        self.spec, self.dtype = spec, dtype
        self.params = {name: np.array(value, dtype) for name, value in params.items()}
        self.grads: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.scales: dict[str, float] = {}
        self.margins: Array = np.array(math.inf)

    def forward(self, x: Array, *, training: bool) -> Array:
        raise NotImplementedError

    def backward(self, dout: Array) -> Array:
        raise NotImplementedError

    def _scale(self, name: str, terms: Array) -> None:
        self.scales[name] = float(np.abs(terms).max(initial=0.0))


class Affine(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.x, weight = x, self.params["W"]
        bias = self.params.get("b", np.zeros(weight.shape[1], self.dtype))
        self._scale("out", abs(weight.T) @ abs(x) + abs(bias)[:, None])
        return weight.T @ x + bias[:, None]

    def backward(self, dout: Array) -> Array:
        weight = self.params["W"]
        self.grads["W"] = self.x @ dout.T
        self._scale("W", abs(self.x) @ abs(dout).T)
        if "b" in self.params:
            self.grads["b"] = dout.sum(axis=1)
            self._scale("b", abs(dout).sum(axis=1))
        self._scale("dx", abs(weight) @ abs(dout))
        return weight @ dout


class Windows(Plain):
    """A layer that slides a window over an image with a border."""

    border = 0.0

    def _bordered(self, x: Array) -> Array:
        (top, left), (channels, height, width, batch) = self.spec.padding, x.shape
        image = np.full((channels, height + 2 * top, width + 2 * left, batch), self.border, self.dtype)
        image[:, top : top + height, left : left + width] = x
        return image

    def _inside(self, image: Array) -> Array:
        top, left = self.spec.padding
        return image[:, top : image.shape[1] - top, left : image.shape[2] - left]

    def _places(self, image: Array, size: tuple[int, int]) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
        """For each output pixel its row and column, and what the window covers there."""
        (rows, columns), (down, across) = size, self.spec.stride
        for y in range((image.shape[1] - rows) // down + 1):
            for x in range((image.shape[2] - columns) // across + 1):
                top, left = y * down, x * across
                yield y, x, (slice(None), slice(top, top + rows), slice(left, left + columns))

    def _empty(self, image: Array, size: tuple[int, int], channels: int) -> Array:
        (rows, columns), (down, across) = size, self.spec.stride
        out = (image.shape[1] - rows) // down + 1, (image.shape[2] - columns) // across + 1
        return np.zeros((channels, *out, image.shape[3]), self.dtype)


class Convolution(Windows):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.image, weight = self._bordered(x), self.params["W"]
        bias = self.params.get("b", np.zeros(len(weight), self.dtype))
        self._scale("out", self._slide(abs(self.image), abs(weight), abs(bias)))
        return self._slide(self.image, weight, bias)

    def _slide(self, image: Array, weight: Array, bias: Array) -> Array:
        size = self.spec.kernel_size
        out = self._empty(image, size, len(weight))
        for y, x, window in self._places(image, size):
            out[:, y, x] = np.tensordot(weight, image[window], axes=3) + bias[:, None]
        return out

    def backward(self, dout: Array) -> Array:
        weight = self.params["W"]
        dx, self.grads["W"] = self._gradients(self.image, weight, dout)
        for name, terms in zip(("dx", "W"), self._gradients(abs(self.image), abs(weight), abs(dout)), strict=True):
            self._scale(name, terms)
        if "b" in self.params:
            self.grads["b"] = dout.sum(axis=(1, 2, 3))
            self._scale("b", abs(dout).sum(axis=(1, 2, 3)))
        return dx

    def _gradients(self, image: Array, weight: Array, dout: Array) -> tuple[Array, Array]:
        dimage, dweight = np.zeros_like(image), np.zeros_like(weight)
        for y, x, window in self._places(image, self.spec.kernel_size):
            dweight += np.tensordot(dout[:, y, x], image[window], axes=(1, 3))
            dimage[window] += np.tensordot(weight, dout[:, y, x], axes=(0, 0))
        return self._inside(dimage), dweight


class MaxPooling(Windows):
    """Among equals the first in reading order is the largest."""

    border = -math.inf

    def forward(self, x: Array, *, training: bool) -> Array:
        image, size = self._bordered(x), self.spec.pool_size
        self.image, out = image, self._empty(image, size, x.shape[0])
        self.margins, self.largest = np.full(x.shape[-1], math.inf), abs(x).max() or 1.0
        for row, column, window in self._places(image, size):
            values = self._read(image[window])
            out[:, row, column] = values.max(axis=1)
            self._look_for_ties(values)
        self._scale("out", out)
        return out

    def _read(self, window: Array) -> Array:
        """(C, FH, FW, N) -> (C, FH*FW, N), in reading order."""
        return window.reshape(window.shape[0], -1, window.shape[3])

    def _look_for_ties(self, values: Array) -> None:
        """How far the second largest is; values that are exactly equal are no matter of rounding."""
        behind = values.max(axis=1, keepdims=True) - values
        behind[behind == 0] = math.inf
        np.minimum(self.margins, behind.min(axis=(0, 1)) / self.largest, out=self.margins)

    def backward(self, dout: Array) -> Array:
        dimage, size = np.zeros_like(self.image), self.spec.pool_size
        for row, column, window in self._places(self.image, size):
            values = self._read(self.image[window])
            first = values.argmax(axis=1)[:, None] == np.arange(values.shape[1])[:, None]
            dimage[window] += (first * dout[:, row, column][:, None]).reshape(self.image[window].shape)
        self._scale("dx", _windows_over(self) * abs(dout).max(initial=0.0))
        return self._inside(dimage)


class AveragePooling(Windows):
    """The border counts as zeros."""

    def forward(self, x: Array, *, training: bool) -> Array:
        image, size = self._bordered(x), self.spec.pool_size
        self.image, out = image, self._empty(image, size, x.shape[0])
        for row, column, window in self._places(image, size):
            out[:, row, column] = image[window].mean(axis=(1, 2))
        self._scale("out", abs(x))
        return out

    def backward(self, dout: Array) -> Array:
        dimage, size = np.zeros_like(self.image), self.spec.pool_size
        for row, column, window in self._places(self.image, size):
            dimage[window] += dout[:, row, column][:, None, None] / math.prod(size)
        self._scale("dx", _windows_over(self) * abs(dout).max(initial=0.0))
        return self._inside(dimage)


def _windows_over(layer: Windows) -> float:
    """How many windows cover one pixel at most."""
    size, step = layer.spec.pool_size, layer.spec.stride
    return float(-(-size[0] // step[0]) * -(-size[1] // step[1]))


class ReLU(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.x = x
        away = np.where(x == 0, math.inf, abs(x))
        self.margins = away.min(axis=tuple(range(x.ndim - 1))) / (abs(x).max() or 1.0)
        return np.where(x > 0, x, x.dtype.type(0))

    def backward(self, dout: Array) -> Array:
        return np.where(self.x > 0, dout, dout.dtype.type(0))


class Sigmoid(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.out = 1 / (1 + np.exp(-x))
        self._scale("out", np.ones(1))
        return self.out

    def backward(self, dout: Array) -> Array:
        return dout * self.out * (1 - self.out)


class Tanh(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout: Array) -> Array:
        self._scale("dx", dout)
        return dout * (1 - self.out**2)


class Identity(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        return x

    def backward(self, dout: Array) -> Array:
        return dout


class Softmax(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        exp = np.exp(x - x.max(axis=0))
        self.out = exp / exp.sum(axis=0)
        self._scale("out", np.ones(1) * (1 + abs(x).max()))  # exp turns the rounding of its argument into a share
        return self.out

    def backward(self, dout: Array) -> Array:
        self._scale("dx", self.out * (abs(dout) + (abs(dout) * self.out).sum(axis=0)))
        return self.out * (dout - (dout * self.out).sum(axis=0))


class BatchNormalization(Plain):
    """Statistics of each channel over everything else."""

    def forward(self, x: Array, *, training: bool) -> Array:
        self.training = training
        rest = tuple(range(1, x.ndim))
        self.rest, self.wide = rest, (slice(None), *(None,) * len(rest))
        running = self.params["running_mean"], self.params["running_var"]
        mean, variance = (x.mean(axis=rest), x.var(axis=rest)) if training else running
        keep = self.spec.momentum if training else 1.0
        self.state["running_mean"] = keep * running[0] + (1 - keep) * mean
        self.state["running_var"] = keep * running[1] + (1 - keep) * variance
        self.deviation = np.sqrt(variance + self.spec.epsilon)[self.wide]
        self.z = (x - mean[self.wide]) / self.deviation
        self.terms = (abs(x) + abs(mean[self.wide])) / self.deviation
        gamma, beta = self.params["gamma"][self.wide], self.params["beta"][self.wide]
        self._scale("out", abs(gamma) * self.terms + abs(beta))
        self._scale("running_mean", abs(x).max(axis=rest) + abs(running[0]))
        self._scale("running_var", (x * x).max(axis=rest) + abs(running[1]))
        return gamma * self.z + beta

    def backward(self, dout: Array) -> Array:
        self.grads["gamma"] = (dout * self.z).sum(axis=self.rest)
        self.grads["beta"] = dout.sum(axis=self.rest)
        self._scale("gamma", (abs(dout) * self.terms).sum(axis=self.rest))
        self._scale("beta", abs(dout).sum(axis=self.rest))
        dz = dout * self.params["gamma"][self.wide]
        means = dz.mean(axis=self.rest)[self.wide], (dz * self.z).mean(axis=self.rest)[self.wide]
        self._scale("dx", abs(dz).max() * (1 + abs(self.z).max()) / self.deviation)
        return (dz - means[0] - self.z * means[1]) / self.deviation if self.training else dz / self.deviation


class Dropout(Plain):
    """`mask` (*shape, N) says what is kept: 0, or 1 / (1 - rate). It is given, for it is drawn."""

    mask: Array | float = 1.0

    def forward(self, x: Array, *, training: bool) -> Array:
        self.used = self.mask if training else 1.0
        return x * self.used

    def backward(self, dout: Array) -> Array:
        return dout * self.used


class Flatten(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(self, dout: Array) -> Array:
        return dout.reshape(self.shape)


PLAIN: dict[str, type[Plain]] = {
    "affine": Affine,
    "convolution": Convolution,
    "max_pool": MaxPooling,
    "average_pool": AveragePooling,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "identity": Identity,
    "softmax": Softmax,
    "batch_normalization": BatchNormalization,
    "dropout": Dropout,
    "flatten": Flatten,
}


def softmax_cross_entropy(scores: Array, labels: Array) -> tuple[float, Array]:
    """(loss, dL/dscores): scores (K, N), labels (N,)."""
    exp = np.exp(scores - scores.max(axis=0))
    shares = exp / exp.sum(axis=0)
    target = np.eye(len(scores), dtype=scores.dtype)[labels].T
    return float(-np.log((shares * target).sum(axis=0)).mean()), (shares - target) / labels.size


def squared_error(scores: Array, labels: Array) -> tuple[float, Array]:
    """(loss, dL/dscores): half the squared distance from one-hot targets, mean over the batch."""
    away = scores - np.eye(len(scores), dtype=scores.dtype)[labels].T
    return float(0.5 * (away**2).sum() / labels.size), away / labels.size


LOSSES = {"softmax_cross_entropy": softmax_cross_entropy, "squared_error": squared_error}


class Step(NamedTuple):
    """What one pass over a stack gave. `grads`, `state` and `scales` are by parameter key."""

    out: Array
    dx: Array
    grads: dict[str, Array]
    state: dict[str, Array]
    scales: dict[str, float]
    margins: Array
    loss: float = math.nan


class PlainStack:
    """Plain layers in a row. `weights` are public arrays by parameter key, as Network.arrays() gives them.

    In float32 they tell what rounding does to these very numbers.
    """

    def __init__(self, layers: Sequence[LayerSpec], weights: Mapping[str, Array], dtype: Any = np.float64) -> None:
        self.specs, self.dtype = tuple(layers), dtype
        self.layers = [PLAIN[spec.kind](spec, _own(spec, weights), dtype) for spec in self.specs]

    def forward(self, x: Array, masks: Mapping[str, Array], *, training: bool) -> Array:
        """x (*in_shape, N) -> out; `masks` holds those of the dropout layers, by uid."""
        x = np.array(x, self.dtype)
        for spec, layer in zip(self.specs, self.layers, strict=True):
            if isinstance(layer, Dropout):
                layer.mask = masks.get(spec.uid, 1.0)
            x = layer.forward(x, training=training)
        return x

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx."""
        dout = np.array(dout, self.dtype)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

    def step(self, x: Array, dout: Array, masks: Mapping[str, Array], *, training: bool) -> Step:
        """One pass forward and back."""
        out = self.forward(x, masks, training=training)
        return self._step(out, self.backward(dout))

    def learning_step(self, spec: NetworkSpec, x: Array, labels: Array, masks: Mapping[str, Array]) -> Step:
        """One pass with the loss of a network at its end."""
        scores = self.forward(x, masks, training=True)
        loss, dout = LOSSES[spec.loss.kind](scores, labels)
        return self._step(scores, self.backward(dout))._replace(loss=loss)

    def _step(self, out: Array, dx: Array) -> Step:
        margins = np.full(out.shape[-1], math.inf)
        for layer in self.layers:
            margins = np.minimum(margins, layer.margins)
        grads, state, scales = (self._named(name) for name in ("grads", "state", "scales"))
        return Step(out, dx, grads, state, scales, margins)

    def _named(self, what: str) -> dict[str, Any]:
        return {
            parameter_key(spec.uid, name): value
            for spec, layer in zip(self.specs, self.layers, strict=True)
            for name, value in getattr(layer, what).items()
        }


def _own(spec: LayerSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    start = parameter_key(spec.uid, "")
    return {key.removeprefix(start): value for key, value in weights.items() if key.startswith(start)}
