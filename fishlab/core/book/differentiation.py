"""Slopes from differences, and the way down (chapters 4.3 and 4.4)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.layers.base import Array
from fishlab.core.numeric import numerical_gradient

H = 1e-4
"""The book's step. A smaller one is not better for long: what is left of f(x + h) - f(x - h) drowns in rounding."""


def numerical_diff(f: Callable[[float], float], x: float, h: float = H) -> float:
    """(f(x + h) - f(x - h)) / 2h, with an error of order h^2 (4.3.1)."""
    return (f(x + h) - f(x - h)) / (2 * h)


def forward_difference(f: Callable[[float], float], x: float, h: float = H) -> float:
    """(f(x + h) - f(x)) / h, with an error of order h: the slope of the secant, not of the tangent (4.3.1)."""
    return (f(x + h) - f(x)) / h


def bowl(x: Array) -> float:
    """f(x) = sum_i x_i^2, the book's function of several variables (4.3.3)."""
    return float(np.sum(x**2))


def arrows(f: Callable[[Array], float], x0: ArrayLike, x1: ArrayLike) -> tuple[Array, Array]:
    """The gradient of f over a grid: x0 (A,), x1 (B,) -> places (B, A, 2) and gradients (B, A, 2) (4.4).

    An arrow along minus the gradient points to where the function falls fastest.
    """
    places = np.stack(np.meshgrid(x0, x1), axis=-1).astype(np.float64)
    slopes = [numerical_gradient(f, place, H) for place in places.reshape(-1, 2)]
    return places, np.array(slopes).reshape(places.shape)


def gradient_descent(
    f: Callable[[Array], float], start: ArrayLike, *, rate: float = 0.01, steps: int = 100, h: float = H
) -> Array:
    """x <- x - rate grad f(x), with numerical gradients: the places (steps + 1, D), the start first (4.4.1)."""
    x = np.array(start, np.float64)
    path = [x]
    for _ in range(steps):
        x = x - rate * numerical_gradient(f, x, h)
        path.append(x)
    return np.array(path)
