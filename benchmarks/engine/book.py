"""The plain way, in float64: what a reader of the book ends up with, here as the yardstick for a beginner's NumPy.

Images (N, C, H, W), one class a layer, windows laid out by im2col for the whole batch, a new array for every result,
a dict of parameters that the optimizer walks through. Legible first, and nothing in it is tuned.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.fishlab_engine import FishLabEngine
from fishlab.core.data.dataset import Dataset
from fishlab.core.network import Network, parameter_key
from fishlab.core.spec import ProjectSpec

Array = NDArray[Any]


def im2col(x: Array, window: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Array:
    """x (N, C, H, W) -> one row for each window: (N*OH*OW, C*FH*FW)."""
    (fh, fw), (sh, sw), (ph, pw) = window, stride, padding
    image = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, c, h, w = image.shape
    oh, ow = (h - fh) // sh + 1, (w - fw) // sw + 1
    columns = np.zeros((n, c, fh, fw, oh, ow))
    for i, j in np.ndindex(fh, fw):
        columns[:, :, i, j] = image[:, :, i : i + sh * oh : sh, j : j + sw * ow : sw]
    return columns.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1)


def col2im(
    columns: Array,
    shape: tuple[int, ...],
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> Array:
    """The reverse: every window's numbers added back to where they came from, in an array of `shape` (N, C, H, W)."""
    (n, c, h, w), (fh, fw), (sh, sw), (ph, pw) = shape, window, stride, padding
    oh, ow = (h + 2 * ph - fh) // sh + 1, (w + 2 * pw - fw) // sw + 1
    split = columns.reshape(n, oh, ow, c, fh, fw).transpose(0, 3, 4, 5, 1, 2)
    image = np.zeros((n, c, h + 2 * ph, w + 2 * pw))
    for i, j in np.ndindex(fh, fw):
        image[:, :, i : i + sh * oh : sh, j : j + sw * ow : sw] += split[:, :, i, j]
    return image[:, :, ph : ph + h, pw : pw + w]


class Affine:
    """y = x W + b (chapter 5.6)."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads = params, {}

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        return np.dot(x, self.params["W"]) + self.params["b"]

    def backward(self, dout: Array) -> Array:
        self.grads = {"W": np.dot(self.x.T, dout), "b": dout.sum(axis=0)}
        return np.dot(dout, self.params["W"].T)


class Convolution:
    """The windows of the whole batch as rows, times the filters as columns (chapter 7.4)."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads = params, {}
        self.sliding = spec.kernel_size, spec.stride, spec.padding

    def forward(self, x: Array, training: bool) -> Array:
        weight = self.params["W"]
        (fh, fw), (sh, sw), (ph, pw) = self.sliding
        oh, ow = (x.shape[2] + 2 * ph - fh) // sh + 1, (x.shape[3] + 2 * pw - fw) // sw + 1
        self.shape, self.columns = x.shape, im2col(x, *self.sliding)
        out = np.dot(self.columns, weight.reshape(len(weight), -1).T) + self.params["b"]
        return out.reshape(len(x), oh, ow, -1).transpose(0, 3, 1, 2)

    def backward(self, dout: Array) -> Array:
        weight = self.params["W"]
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, len(weight))
        self.grads = {"W": np.dot(self.columns.T, rows).T.reshape(weight.shape), "b": rows.sum(axis=0)}
        return col2im(np.dot(rows, weight.reshape(len(weight), -1)), self.shape, *self.sliding)


class MaxPool:
    """The largest of each window, and where it stood (chapter 7.4). For windows without padding."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads = params, {}
        self.sliding = spec.pool_size, spec.stride, spec.padding

    def forward(self, x: Array, training: bool) -> Array:
        (fh, fw), (sh, sw), _ = self.sliding
        n, c, h, w = self.shape = x.shape
        windows = im2col(x, *self.sliding).reshape(-1, fh * fw)
        self.where = windows.argmax(axis=1)
        largest = windows.max(axis=1)
        return largest.reshape(n, (h - fh) // sh + 1, (w - fw) // sw + 1, c).transpose(0, 3, 1, 2)

    def backward(self, dout: Array) -> Array:
        fh, fw = self.sliding[0]
        windows = np.zeros((dout.size, fh * fw))
        windows[np.arange(dout.size), self.where] = dout.transpose(0, 2, 3, 1).reshape(-1)
        return col2im(windows, self.shape, *self.sliding)


class ReLU:
    """max(0, x) (chapter 5.5)."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads = params, {}

    def forward(self, x: Array, training: bool) -> Array:
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout: Array) -> Array:
        dout[self.mask] = 0
        return dout


class Dropout:
    """A random share of the numbers set to zero (chapter 6.4), the rest scaled up."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads, self.rate = params, {}, spec.rate

    def forward(self, x: Array, training: bool) -> Array:
        if not training:
            return x
        self.mask = (np.random.rand(*x.shape) > self.rate) / (1 - self.rate)  # noqa: NPY002
        return x * self.mask

    def backward(self, dout: Array) -> Array:
        return dout * self.mask


class Flatten:
    """(N, C, H, W) -> (N, C*H*W)."""

    def __init__(self, spec: Any, params: dict[str, Array]) -> None:
        self.params, self.grads = params, {}

    def forward(self, x: Array, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dout: Array) -> Array:
        return dout.reshape(self.shape)


LAYERS: dict[str, Callable[[Any, dict[str, Array]], Any]] = {
    "affine": Affine,
    "convolution": Convolution,
    "max_pool": MaxPool,
    "relu": ReLU,
    "dropout": Dropout,
    "flatten": Flatten,
}


def softmax_loss(scores: Array, labels: Array) -> tuple[float, Array]:
    """The mean cross entropy of scores (N, K), and its gradient."""
    y = np.exp(scores - scores.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.sum(np.log(y[rows, labels] + 1e-7)) / len(labels)
    y[rows, labels] -= 1
    return float(loss), y / len(labels)


def sgd(spec: Any) -> Callable[[list[Any]], None]:
    """W <- W - lr dW."""

    def update(layers: list[Any]) -> None:
        for layer, name in _learned(layers):
            layer.params[name] -= spec.learning_rate * layer.grads[name]

    return update


def momentum(spec: Any) -> Callable[[list[Any]], None]:
    """v <- a v - lr dW; W <- W + v."""
    velocity: dict[Any, Array] = {}

    def update(layers: list[Any]) -> None:
        for layer, name in _learned(layers):
            before = velocity.get((layer, name), 0)
            velocity[layer, name] = spec.momentum * before - spec.learning_rate * layer.grads[name]
            layer.params[name] += velocity[layer, name]

    return update


def adam(spec: Any) -> Callable[[list[Any]], None]:
    """Moving means of dW and dW^2."""
    means: dict[Any, Array] = {}
    squares: dict[Any, Array] = {}
    steps = itertools.count(1)

    def update(layers: list[Any]) -> None:
        t = next(steps)
        rate = spec.learning_rate * np.sqrt(1 - spec.beta2**t) / (1 - spec.beta1**t)
        for layer, name in _learned(layers):
            grad = layer.grads[name]
            m = means.setdefault((layer, name), np.zeros_like(grad))
            v = squares.setdefault((layer, name), np.zeros_like(grad))
            m += (1 - spec.beta1) * (grad - m)
            v += (1 - spec.beta2) * (grad**2 - v)
            layer.params[name] -= rate * m / (np.sqrt(v) + 1e-7)

    return update


def _learned(layers: list[Any]) -> Iterator[tuple[Any, str]]:
    for layer in layers:
        for name in layer.grads:
            yield layer, name


OPTIMIZERS = {"sgd": sgd, "momentum": momentum, "adam": adam}


class BookEngine:
    """One network at a time, of the kinds of layer in the table above."""

    def load(self, project: ProjectSpec, data: Dataset) -> dict[str, Any]:
        """Build the layers with FishLab's first weights."""
        first = Network(project.network)
        self._layers = []
        for spec, layer in zip(project.network.layers, first.layers, strict=True):
            values = {name: first.parameters[parameter_key(spec.uid, name)].value for name in layer.params}
            own = {name: value.astype(float) for name, value in values.items()}
            self._layers.append(LAYERS[spec.kind](spec, own))
        self._update = OPTIMIZERS[project.training.optimizer.kind](project.training.optimizer)
        self._data, self._batch = data, project.training.batch_size
        self._rng = np.random.default_rng(0)
        self.step()
        return {"way": "float64"}

    def step(self) -> float:
        """One batch: gathered, learned from; returns its loss."""
        chosen = self._rng.choice(len(self._data.train), self._batch)
        x, labels = self._data.train.images[chosen] / 255.0, self._data.train.labels[chosen]
        loss, dout = softmax_loss(self._forward(x, training=True), labels)
        for layer in reversed(self._layers):
            dout = layer.backward(dout)
        self._update(self._layers)
        return loss

    def _forward(self, x: Array, *, training: bool) -> Array:
        for layer in self._layers:
            x = layer.forward(x, training)
        return x

    def evaluate(self, batch: int | None = None) -> float:
        """Accuracy over the test images."""
        images, labels = self._data.test.images, self._data.test.labels
        correct = 0
        for begin in range(0, len(labels), 100):
            scores = self._forward(images[begin : begin + 100] / 255.0, training=False)
            correct += int(np.count_nonzero(scores.argmax(axis=1) == labels[begin : begin + 100]))
        return correct / len(labels)

    def close(self) -> None:
        """Nothing runs on."""

    about = staticmethod(FishLabEngine.about)
