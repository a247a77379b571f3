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

import itertools
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


class LeakyReLU(ReLU):
    def forward(self, x: Array, *, training: bool) -> Array:
        super().forward(x, training=training)
        return np.where(x > 0, x, self._slope * x)

    def backward(self, dout: Array) -> Array:
        return np.where(self.x > 0, dout, self._slope * dout)

    @property
    def _slope(self) -> Any:
        return self.dtype(self.spec.slope)


class ELU(ReLU):
    """Its corner is one where alpha is not 1."""

    def forward(self, x: Array, *, training: bool) -> Array:
        super().forward(x, training=training)
        self._scale("out", np.full(1, 1 + self.spec.alpha))
        return np.where(x > 0, x, self.dtype(self.spec.alpha) * np.expm1(np.minimum(x, 0)))

    def backward(self, dout: Array) -> Array:
        self._scale("dx", dout * (1 + self.spec.alpha))
        return dout * np.where(self.x > 0, self.dtype(1), self.dtype(self.spec.alpha) * np.exp(np.minimum(self.x, 0)))


class GELU(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.x = x
        self.tanh = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
        self._scale("out", x)
        return x * (1 + self.tanh) / 2

    def backward(self, dout: Array) -> Array:
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self.x**2)
        self._scale("dx", 2 * dout)
        return dout * ((1 + self.tanh) / 2 + self.x * (1 - self.tanh**2) * inner / 2)


class StepFunction(ReLU):
    """A jump needs more room than a bend: to be on its wrong side is to be away by all of it."""

    def forward(self, x: Array, *, training: bool) -> Array:
        super().forward(x, training=training)
        self.margins = self.margins / 100
        return (x > 0).astype(self.dtype)

    def backward(self, dout: Array) -> Array:
        return np.zeros_like(dout)


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


class LayerNormalization(Plain):
    """Statistics of each image over all its numbers."""

    def forward(self, x: Array, *, training: bool) -> Array:
        self.rest = tuple(range(x.ndim - 1))
        mean = x.mean(axis=self.rest)
        self.deviation = np.sqrt(x.var(axis=self.rest) + self.dtype(self.spec.epsilon))
        self.z = (x - mean) / self.deviation
        self.terms = (abs(x) + abs(mean)) / self.deviation
        gamma, beta = self.params["gamma"][..., None], self.params["beta"][..., None]
        self._scale("out", abs(gamma) * self.terms + abs(beta))
        return gamma * self.z + beta

    def backward(self, dout: Array) -> Array:
        self.grads["gamma"] = (dout * self.z).sum(axis=-1)
        self.grads["beta"] = dout.sum(axis=-1)
        self._scale("gamma", (abs(dout) * self.terms).sum(axis=-1))
        self._scale("beta", abs(dout).sum(axis=-1))
        dz = dout * self.params["gamma"][..., None]
        means = dz.mean(axis=self.rest), (dz * self.z).mean(axis=self.rest)
        self._scale("dx", abs(dz).max() * (1 + abs(self.z).max()) * (1 + self.terms.max()) / self.deviation)
        return (dz - means[0] - self.z * means[1]) / self.deviation


class LocalResponseNormalization(Plain):
    """A loop over the channels, and for each over its neighbours."""

    def forward(self, x: Array, *, training: bool) -> Array:
        self.x, out = x, np.zeros_like(x)
        self.divisor = np.full_like(x, self.spec.k)
        for channel, neighbours in self._windows(len(x)):
            for other in neighbours:
                self.divisor[channel] += self.spec.alpha / self.spec.size * x[other] ** 2
            out[channel] = x[channel] / self.divisor[channel] ** self.spec.beta
        self._scale("out", x * self._steep)
        return out

    def backward(self, dout: Array) -> Array:
        spec, dx = self.spec, dout / self.divisor**self.spec.beta
        terms = abs(dx)
        for channel, neighbours in self._windows(len(self.x)):
            pull = dout[channel] * self.x[channel] / self.divisor[channel] ** (spec.beta + 1)
            for other in neighbours:
                part = 2 * spec.alpha * spec.beta / spec.size * pull * self.x[other]
                dx[other] -= part
                terms[other] += abs(part)
        self._scale("dx", terms * self._steep)
        return dx

    @property
    def _steep(self) -> float:
        """What a power makes of the smallest divisor, and of the rounding of it."""
        least = min(1.0, float(self.divisor.min()))
        return (1 + self.spec.beta) * least ** -(1 + self.spec.beta)

    def _windows(self, channels: int) -> Iterator[tuple[int, range]]:
        for channel in range(channels):
            first = channel - self.spec.size // 2
            yield channel, range(max(0, first), min(channels, first + self.spec.size))


class GlobalAveragePooling(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape = x.shape
        self._scale("out", abs(x))
        return x.mean(axis=(1, 2))

    def backward(self, dout: Array) -> Array:
        return np.broadcast_to(dout[:, None, None], self.shape) / math.prod(self.shape[1:3])


class ZeroPadding(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape, spec = x.shape, self.spec
        return np.pad(x, ((0, 0), (spec.top, spec.bottom), (spec.left, spec.right), (0, 0)))

    def backward(self, dout: Array) -> Array:
        (_, height, width, _), spec = self.shape, self.spec
        return dout[:, spec.top : spec.top + height, spec.left : spec.left + width]


class Upsampling(Plain):
    """A loop over the new pixels, and for each over the old ones it is made of."""

    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape, (down, across) = x.shape, self.spec.factor
        out = np.zeros((len(x), x.shape[1] * down, x.shape[2] * across, x.shape[3]), self.dtype)
        for new, old, weight in self._mixture():
            out[:, *new] += self.dtype(weight) * x[:, *old]
        self._scale("out", x)
        return out

    def backward(self, dout: Array) -> Array:
        dx, terms = np.zeros(self.shape, self.dtype), np.zeros(self.shape)
        for new, old, weight in self._mixture():
            dx[:, *old] += self.dtype(weight) * dout[:, *new]
            terms[:, *old] += weight * abs(dout[:, *new])
        self._scale("dx", terms)
        return dx

    def _mixture(self) -> Iterator[tuple[tuple[int, int], tuple[int, int], float]]:
        """A new pixel, an old one, and how much of it is in the new one."""
        sizes = zip(self.shape[1:3], self.spec.factor, strict=True)
        rows, columns = (list(self._along(size, factor)) for size, factor in sizes)
        for (new_row, old_row, down), (new_column, old_column, across) in itertools.product(rows, columns):
            yield (new_row, new_column), (old_row, old_column), down * across

    def _along(self, size: int, factor: int) -> Iterator[tuple[int, int, float]]:
        for new in range(size * factor):
            if self.spec.method == "nearest":
                yield new, new // factor, 1.0
                continue
            place = min(max((new + 0.5) / factor - 0.5, 0), size - 1)
            before, part = int(place), place - int(place)
            yield new, before, 1 - part
            if part:
                yield new, before + 1, part


class TransposedConvolution(Plain):
    """Every pixel lays its filters down; what falls outside is lost."""

    def forward(self, x: Array, *, training: bool) -> Array:
        self.x, weight = x, self.params["W"]
        bias = self.params.get("b", np.zeros(weight.shape[1], self.dtype))
        self._scale("out", self._lay(abs(x), abs(weight), abs(bias)))
        return self._lay(x, weight, bias)

    def _lay(self, x: Array, weight: Array, bias: Array) -> Array:
        board = self._board(x, weight)
        for row, column, window in self._places():
            board[window] += np.tensordot(weight, x[:, row, column], axes=(0, 0))
        return self._cut(board) + bias[:, None, None, None]

    def _board(self, x: Array, weight: Array) -> Array:
        """Room for all that is laid down, and for the output padding."""
        sizes = zip(x.shape[1:3], self.spec.stride, weight.shape[2:], self.spec.output_padding, strict=True)
        rows, columns = ((size - 1) * step + window + extra for size, step, window, extra in sizes)
        return np.zeros((weight.shape[1], rows, columns, x.shape[3]), self.dtype)

    def _cut(self, board: Array) -> Array:
        top, left = self.spec.padding
        return board[:, top : board.shape[1] - top, left : board.shape[2] - left]

    def _places(self) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
        (down, across), (rows, columns) = self.spec.stride, self.spec.kernel_size
        for row, column in np.ndindex(self.x.shape[1:3]):
            top, left = row * down, column * across
            yield row, column, (slice(None), slice(top, top + rows), slice(left, left + columns))

    def backward(self, dout: Array) -> Array:
        dx, self.grads["W"] = self._gradients(self.x, self.params["W"], dout)
        terms = self._gradients(abs(self.x), abs(self.params["W"]), abs(dout))
        self._scale("dx", terms[0])
        self._scale("W", terms[1])
        if "b" in self.params:
            self.grads["b"] = dout.sum(axis=(1, 2, 3))
            self._scale("b", abs(dout).sum(axis=(1, 2, 3)))
        return dx

    def _gradients(self, x: Array, weight: Array, dout: Array) -> tuple[Array, Array]:
        board, dx, dweight = self._board(x, weight), np.zeros_like(x), np.zeros_like(weight)
        self._cut(board)[...] = dout
        for row, column, window in self._places():
            dx[:, row, column] = np.tensordot(weight, board[window], axes=3)
            dweight += np.tensordot(x[:, row, column], board[window], axes=(1, 3))
        return dx, dweight


class Dropout(Plain):
    """`mask` (*shape, N) says what is kept: 0, or the scale. It is given, for it is drawn."""

    mask: Array | float = 1.0

    def forward(self, x: Array, *, training: bool) -> Array:
        predicting = 1 - self.spec.rate if self.spec.scaled == "predicting" else 1.0
        self.used = self.mask if training else self.dtype(predicting)
        return x * self.used

    def backward(self, dout: Array) -> Array:
        return dout * self.used


class Flatten(Plain):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(self, dout: Array) -> Array:
        return dout.reshape(self.shape)


class Reshape(Flatten):
    def forward(self, x: Array, *, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(*(int(word) for word in self.spec.shape.split(" × ")), x.shape[-1])


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
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "gelu": GELU,
    "step": StepFunction,
    "global_average_pool": GlobalAveragePooling,
    "layer_normalization": LayerNormalization,
    "local_response_normalization": LocalResponseNormalization,
    "reshape": Reshape,
    "zero_padding": ZeroPadding,
    "transposed_convolution": TransposedConvolution,
    "upsampling": Upsampling,
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
        self.layers = [self._plain(spec, weights) for spec in self.specs]

    def _plain(self, spec: LayerSpec, weights: Mapping[str, Array]) -> Plain:
        if spec.branches:
            return BLOCKS[spec.kind](spec, [PlainStack(branch, weights, self.dtype) for branch in spec.branches])
        return PLAIN[spec.kind](spec, _own(spec, weights), self.dtype)

    def walk(self) -> Iterator[Plain]:
        """Every layer, a block before the layers in it."""
        for layer in self.layers:
            yield layer
            if isinstance(layer, Block):
                for stack in layer.stacks:
                    yield from stack.walk()

    def forward(self, x: Array, masks: Mapping[str, Array], *, training: bool) -> Array:
        """x (*in_shape, N) -> out; `masks` holds those of the dropout layers, by uid."""
        x = np.array(x, self.dtype)
        for spec, layer in zip(self.specs, self.layers, strict=True):
            if isinstance(layer, Dropout):
                layer.mask = masks.get(spec.uid, 1.0)
            if isinstance(layer, Block):
                layer.masks = masks
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
        for layer in self.walk():
            margins = np.minimum(margins, layer.margins)
        grads, state, scales = (self._named(name) for name in ("grads", "state", "scales"))
        return Step(out, dx, grads, state, scales, margins)

    def _named(self, what: str) -> dict[str, Any]:
        return {
            parameter_key(layer.spec.uid, name): value
            for layer in self.walk()
            for name, value in getattr(layer, what).items()
        }


class Block(Plain):
    """Stacks side by side."""

    def __init__(self, spec: Any, stacks: Sequence[PlainStack]) -> None:
        super().__init__(spec, {})
        self.stacks, self.masks = stacks, {}

    def outputs(self, x: Array, training: bool) -> list[Array]:
        return [stack.forward(x, self.masks, training=training) for stack in self.stacks]

    def gradient(self, douts: Sequence[Array]) -> Array:
        parts = [stack.backward(dout) for stack, dout in zip(self.stacks, douts, strict=True)]
        self._scale("dx", np.sum(np.abs(parts), axis=0))
        return np.sum(parts, axis=0)


class Residual(Block):
    def forward(self, x: Array, *, training: bool) -> Array:
        body, shortcut = self.outputs(x, training)
        self._scale("out", abs(body) + abs(shortcut))
        return body + shortcut

    def backward(self, dout: Array) -> Array:
        return self.gradient([dout, dout])


class Parallel(Block):
    def forward(self, x: Array, *, training: bool) -> Array:
        outs = self.outputs(x, training)
        self.ends = np.cumsum([len(out) for out in outs])[:-1]
        return np.concatenate(outs)

    def backward(self, dout: Array) -> Array:
        return self.gradient(np.split(dout, self.ends))


BLOCKS: dict[str, type[Block]] = {"residual": Residual, "parallel": Parallel}


def _own(spec: LayerSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    start = parameter_key(spec.uid, "")
    return {key.removeprefix(start): value for key, value in weights.items() if key.startswith(start)}
