"""Activation functions and their slopes, written as the formula says (chapters 3.2, 3.5 and 5.5).

Everything works on arrays of any shape and overflows nowhere. `registered` gives the same two curves for every
activation layer that FishLab has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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


def registered(kind: str, x: ArrayLike) -> tuple[Array, Array]:
    """Value and slope of an activation layer of LAYERS at each x (M,), computed by the layer itself in float64.

    Raises UnknownKindError where there is no such layer. For functions of each number alone: not for softmax.
    """
    row = _numbers(x)[np.newaxis]
    layer_type = LAYERS[kind].item
    layer = layer_type(layer_type.Spec(), row.shape[:1], {}, np.dtype(np.float64))
    value = layer.forward(row, training=False).copy()
    return value[0], layer.backward(np.ones_like(row))[0].copy()
