"""Gradients of a network: simpleNet, and numerical against backward gradient, timed (chapters 4.4.2 to 5.7.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.differentiation import H
from fishlab.core.book.functions import softmax
from fishlab.core.book.losses import cross_entropy
from fishlab.core.book.timing import timed
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.numeric import numerical_gradient

Place = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SimpleNet:
    """A network of one matrix W (2, 3) and nothing else: softmax(x W) and cross entropy (4.4.2)."""

    W: Array

    def predict(self, x: ArrayLike) -> Array:
        """x (2,) or (N, 2) -> scores (3,) or (N, 3)."""
        scores: Array = np.asarray(x, np.float64) @ self.W
        return scores

    def loss(self, x: ArrayLike, t: ArrayLike) -> float:
        """The cross entropy of softmax(x W) with t, one-hot or labels."""
        return cross_entropy(softmax(self.predict(x)), t)

    def numerical_gradient(self, x: ArrayLike, t: ArrayLike, h: float = H) -> Array:
        """dL/dW (2, 3) by differences: two forward passes for each weight."""
        return numerical_gradient(lambda W: SimpleNet(W).loss(x, t), self.W, h)

    def gradient(self, x: ArrayLike, t: ArrayLike) -> Array:
        """dL/dW = x^T (y - t) / N for one-hot t (N, 3): one pass forward and one back (5.6.3)."""
        rows = np.atleast_2d(np.asarray(x, np.float64))
        slope: Array = rows.T @ (softmax(self.predict(rows)) - np.atleast_2d(t)) / len(rows)
        return slope


def book_net() -> SimpleNet:
    """SimpleNet with weights to compare with: for x (0.6, 0.9) and t (0, 0, 1) its loss is 0.2071304284."""
    return SimpleNet(np.array([[-1.22317556, -0.02853916, -0.24033821], [-1.62537437, -1.27039753, 0.84045948]]))


@dataclass(frozen=True, eq=False)
class GradientTimes:
    """The same gradient found twice, and what it took.

    `differences`: parameter key -> the mean of |numerical - backward| over the elements tried, `tried` their number
    in all. `numerical_seconds` is for these; `whole_seconds` what it would be for every element there is.
    """

    differences: dict[str, float]
    tried: int
    elements: int
    numerical_seconds: float
    backward_seconds: float

    @property
    def whole_seconds(self) -> float:
        """The numerical gradient of all elements, reckoned from those tried."""
        return self.numerical_seconds * self.elements / self.tried

    @property
    def ratio(self) -> float:
        """How many times as fast backpropagation is."""
        return self.whole_seconds / self.backward_seconds


def compare_gradients(
    network: Network, images: Array, labels: Array, *, most: int | None = None, seed: int = 0
) -> GradientTimes:
    """Numerical against backward gradient, in float64, timed (4.5.2 and 5.7.3).

    images (N, *in_shape), labels (N,). Of each parameter `most` elements are tried, drawn with `seed`; None tries
    all. The network itself stays as it is. In-step randomness, as of dropout, is the same in every pass.
    """
    twin, loss = _with_loss(network, images, labels)
    exact, backward_seconds = timed(lambda: _backward(twin, loss))
    rng = np.random.default_rng(seed)
    places = {key: _places(grad.shape, rng.permutation(grad.size)[:most]) for key, grad in exact.items()}
    found, seconds = timed(
        lambda: {key: [_slope(loss, twin.parameters[key].value, place) for place in places[key]] for key in exact},
        rounds=1,
    )
    return GradientTimes(
        {key: _mean_difference(found[key], exact[key], places[key]) for key in exact},
        sum(map(len, places.values())),
        sum(grad.size for grad in exact.values()),
        seconds,
        backward_seconds,
    )


def _with_loss(network: Network, images: Array, labels: Array) -> tuple[Network, Callable[[], float]]:
    """A twin in float64, and its loss over these images."""
    twin = Network(network.spec, dtype=np.float64, start=network.arrays())
    x = np.ascontiguousarray(np.moveaxis(np.asarray(images, np.float64), 0, -1))

    def loss() -> float:
        twin.begin_step(0)
        return twin.loss.forward(twin.forward(x, training=True), labels)

    return twin, loss


def _backward(twin: Network, loss: Callable[[], float]) -> dict[str, Array]:
    """One pass forward and one back: parameter key -> gradient."""
    loss()
    twin.backward()
    return {key: grad.copy() for key, grad in twin.split(twin.grads)}


def _places(shape: tuple[int, ...], chosen: Array) -> list[Place]:
    return [tuple(int(i) for i in np.unravel_index(place, shape)) for place in chosen]


def _slope(loss: Callable[[], float], value: Array, place: Place) -> float:
    """dL/dvalue[place] by differences."""
    here = value[place]

    def moved(weight: Array) -> float:
        value[place] = weight
        return loss()

    slope = numerical_gradient(moved, here, H)
    value[place] = here
    return float(slope)


def _mean_difference(found: list[float], exact: Array, places: list[Place]) -> float:
    return float(np.mean([abs(slope - exact[place]) for slope, place in zip(found, places, strict=True)]))
