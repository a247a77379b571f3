"""Gradients without calculus: numerical differentiation, and a check of backpropagation (chapters 4.3 to 5.7)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.network import Network

STEP = 1e-5
SMALL = 1e-4


def numerical_gradient(f: Callable[[Array], float], x: Array, step: float = STEP) -> Array:
    """The gradient of `f` at `x` by central differences: (f(x + h) - f(x - h)) / 2h for each element in turn.

    The error is of order h^2 (chapter 4.3.1). Computed in float64 on a copy, which `f` gets: x stays as it is.
    """
    moved = np.array(x, np.float64)
    return np.array([_slope(f, moved, index, step) for index in np.ndindex(moved.shape)]).reshape(moved.shape)


def _slope(f: Callable[[Array], float], x: Array, index: tuple[int, ...], step: float) -> float:
    here = x[index]
    x[index] = here + step
    above = f(x)
    x[index] = here - step
    below = f(x)
    x[index] = here
    return (above - below) / (2 * step)


def gradient_check(
    network: Network, images: Array, labels: Array, *, most: int = 50, seed: int = 0
) -> dict[str, float]:
    """Backpropagation against numerical differentiation, in float64: parameter key -> largest difference.

    `images` (N, C, H, W), `labels` (N,). Of each parameter `most` elements are tried, drawn with `seed`. A difference
    is a share of the largest gradient in the parameter (of 1e-4 where all are smaller). Below 1e-5 all is well, except
    where an element stands on the corner of a ReLU or a tie of a pooling, which have no derivative. The network itself
    stays as it is: a twin in float64 is checked, with the same dropout in every pass. `fishlab.core.checking` tells
    such elements apart, and names the layer that is wrong.
    """
    twin = Network(network.spec, dtype=np.float64, start=network.arrays())
    x = np.ascontiguousarray(np.moveaxis(np.asarray(images, np.float64), 0, -1))

    def loss() -> float:
        twin.begin_step(0)
        return twin.loss.forward(twin.forward(x, training=True), labels)

    loss()
    twin.backward()
    rng = np.random.default_rng(seed)
    return {key: _difference(twin, key, loss, most, rng) for key, _ in twin.split(twin.grads)}


def _difference(twin: Network, key: str, loss: Callable[[], float], most: int, rng: np.random.Generator) -> float:
    parameter = twin.parameters[key]
    exact = parameter.grad.copy()
    chosen = rng.permutation(exact.size)[:most]
    places = [tuple(int(i) for i in np.unravel_index(place, exact.shape)) for place in chosen]
    differences = [abs(_slope(lambda _: loss(), parameter.value, place, STEP) - exact[place]) for place in places]
    return float(max(differences) / max(SMALL, float(np.abs(exact).max())))
