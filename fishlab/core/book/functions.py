"""Activation functions and their slopes, written as the formula says (chapters 3.2, 3.5 and 5.5).

Everything works on arrays of any shape and overflows nowhere. `activation` gives value and slope of these and of every
activation layer there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.layers.base import LAYERS, Array
from fishlab.core.registry import Registry

Curve = Callable[[ArrayLike], Array]


@dataclass(frozen=True)
class Activation:
    """A function of each number for itself, and its slope there."""

    value: Curve
    slope: Curve


ACTIVATIONS: Registry[Activation] = Registry("activation function")


def _numbers(x: ArrayLike) -> Array:
    return np.asarray(x, np.float64)


def step(x: ArrayLike) -> Array:
    """1 where x > 0, else 0 (3.2.2)."""
    return (_numbers(x) > 0).astype(np.float64)


def step_slope(x: ArrayLike) -> Array:
    """0 everywhere: nothing tells a step function which way to go. (At the jump it has no slope at all.)"""
    return np.zeros_like(_numbers(x))


def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)) (3.2.4). As (1 + tanh(x / 2)) / 2, the same numbers, -1000 does not overflow."""
    y: Array = (1 + np.tanh(_numbers(x) / 2)) / 2
    return y


def sigmoid_slope(x: ArrayLike) -> Array:
    """y (1 - y) with y = sigmoid(x) (5.5.2): at most 1/4."""
    y = sigmoid(x)
    slope: Array = y * (1 - y)
    return slope


def relu(x: ArrayLike) -> Array:
    """max(0, x) (3.2.7)."""
    return np.maximum(0, _numbers(x))


def relu_slope(x: ArrayLike) -> Array:
    """1 where x > 0, else 0 (5.5.1). The corner at 0 is given the slope 0."""
    return step(x)


def tanh(x: ArrayLike) -> Array:
    """tanh(x) = 2 sigmoid(2 x) - 1 (6.2.2)."""
    return np.tanh(_numbers(x))


def tanh_slope(x: ArrayLike) -> Array:
    """1 - tanh(x)^2."""
    return 1 - np.tanh(_numbers(x)) ** 2


def identity(x: ArrayLike) -> Array:
    """x (3.5)."""
    return _numbers(x).copy()


def identity_slope(x: ArrayLike) -> Array:
    """1 everywhere."""
    return np.ones_like(_numbers(x))


ACTIVATIONS.register("step", title="Step", chapter="3.2")(Activation(step, step_slope))
ACTIVATIONS.register("sigmoid", title="Sigmoid", chapter="3.2")(Activation(sigmoid, sigmoid_slope))
ACTIVATIONS.register("relu", title="ReLU", chapter="3.2")(Activation(relu, relu_slope))
ACTIVATIONS.register("tanh", title="Tanh", chapter="6.2")(Activation(tanh, tanh_slope))
ACTIVATIONS.register("identity", title="Identity", chapter="3.5")(Activation(identity, identity_slope))


def softmax(scores: ArrayLike) -> Array:
    """exp(a_k) / sum_j exp(a_j) over the last axis: scores (..., K) -> shares (..., K) that add up to 1 (3.5).

    Taking the largest score off first changes nothing in the result and keeps exp from overflowing (3.5.2).
    """
    a = _numbers(scores)
    exp = np.exp(a - a.max(axis=-1, keepdims=True))
    shares: Array = exp / exp.sum(axis=-1, keepdims=True)
    return shares


def softmax_slope(scores: ArrayLike) -> Array:
    """dy_k/da_j = y_k (1 if k = j else 0) - y_k y_j: scores (K,) -> (K, K). Every score moves every share."""
    y = softmax(scores)
    slopes: Array = np.diag(y) - np.outer(y, y)
    return slopes


def activation_kinds() -> tuple[str, ...]:
    """What `activation` knows: the functions above, and every layer of LAYERS that takes each number alone."""
    later = (entry.kind for entry in LAYERS.groups()["Activation"] if entry.kind not in ACTIVATIONS)
    return (*ACTIVATIONS.kinds(), *filter(_takes_each_alone, later))


def _takes_each_alone(kind: str) -> bool:
    """Whether a layer makes the same of two numbers beside each other, in one image, as of each in its own."""
    two = np.array([[-1.0], [2.0]])
    together, _ = _through(kind, two)
    return bool(np.array_equal(together[:, 0], by_layer(kind, two[:, 0])[0]))


def activation(kind: str, x: ArrayLike) -> tuple[Array, Array]:
    """Value and slope at each x (M,) of one of `activation_kinds`: by hand if it is written above, else by its layer.

    Raises UnknownKindError where there is no such function.
    """
    if kind not in ACTIVATIONS:
        return by_layer(kind, x)
    function = ACTIVATIONS[kind].item
    return function.value(x), function.slope(x)


def by_layer(kind: str, x: ArrayLike, **fields: Any) -> tuple[Array, Array]:
    """Value and slope at each x (M,) as a layer of LAYERS computes them in float64; `fields` are those of its spec.

    Raises UnknownKindError where there is no such layer. For functions of each number alone: not for softmax.
    """
    value, slope = _through(kind, _numbers(x)[np.newaxis], **fields)
    return value[0], slope[0]


def _through(kind: str, x: Array, **fields: Any) -> tuple[Array, Array]:
    """x (F, N) through a layer, and ones back."""
    layer_type = LAYERS[kind].item
    layer = layer_type(layer_type.Spec(**fields), x.shape[:1], {}, np.dtype(np.float64))
    value = layer.forward(x, training=False).copy()
    return value, layer.backward(np.ones_like(x)).copy()
