"""Forward passes by hand (chapter 3.3 and 3.4): rows of inputs times a matrix, plus a bias, through a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.functions import Curve, identity, sigmoid
from fishlab.core.layers.base import Array


@dataclass(frozen=True, eq=False)
class Dense:
    """One layer: z = h(x W + b), with W (in, out) and b (out,)."""

    W: Array
    b: Array
    h: Curve = identity


@dataclass(frozen=True, eq=False)
class Passed:
    """What one layer made of its input: a = x W + b and z = h(a), (out,) or (N, out)."""

    a: Array
    z: Array


def forward(layers: Sequence[Dense], x: ArrayLike) -> list[Passed]:
    """x (in,) or a batch (N, in) -> the sums and the answers of every layer, first to last."""
    passed: list[Passed] = []
    signal = np.asarray(x, np.float64)
    for layer in layers:
        a = signal @ layer.W + layer.b
        signal = layer.h(a)
        passed.append(Passed(a, signal))
    return passed


def three_layer_net() -> tuple[Dense, Dense, Dense]:
    """The network of chapter 3.4 with the book's own weights: 2-3-2-2, two sigmoids and an identity."""
    first = Dense(np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]), np.array([0.1, 0.2, 0.3]), sigmoid)
    second = Dense(np.array([[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]), np.array([0.1, 0.2]), sigmoid)
    return first, second, Dense(np.array([[0.1, 0.3], [0.2, 0.4]]), np.array([0.1, 0.2]))


def as_one(layers: Sequence[Dense]) -> Dense:
    """The one linear layer that a stack of layers without a bend amounts to (3.2.5).

    W = W1 W2 ... and b = (b1 W2 + b2) W3 + ...; each layer's `h` is taken for the identity.
    """
    W, b = layers[0].W, layers[0].b
    for layer in layers[1:]:
        W, b = W @ layer.W, b @ layer.W + layer.b
    return Dense(W, b)
