"""Walking down a landscape: every optimizer there is, and two methods that use curvature (chapter 6.1).

A path is (steps + 1, 2), the start first. A walk ends before its time where it is further away than FAR.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.landscapes import Landscape
from fishlab.core.layers.base import Array
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.registry import Registry

Walk = Callable[[Landscape, ArrayLike, int], Array]
CURVATURE_WALKS: Registry[Walk] = Registry("method")

FIGURE_RATES = {
    "sgd": 0.95, "momentum": 0.1, "nesterov": 0.1, "adagrad": 1.5, "rmsprop": 0.3, "adadelta": 60.0, "adam": 0.3,
    "adamw": 0.3,
}
"""Learning rates that show what each optimizer is like in the long valley, the book's where it has one (6.1.7)."""

FAR = 1e25
"""Where a walk is given up: a step further, powers of the place would not fit a float."""

ENOUGH = 1e-4  # the share of the fall that the slope promises, which a line search is content with
SHORTEST = 2.0**-40  # the share of a step at which a line search gives up
FLAT = 1e-12  # curvature that counts as none, as a share of the largest


def figure_spec(kind: str) -> OptimizerSpec:
    """An optimizer with the rate that suits the long valley, its own where none is known; UnknownKindError."""
    spec: OptimizerSpec = OPTIMIZERS[kind].item.Spec()
    return spec.replace(learning_rate=FIGURE_RATES.get(spec.kind, spec.learning_rate))


def optimizer_path(landscape: Landscape, spec: OptimizerSpec, start: ArrayLike, steps: int = 30) -> Array:
    """The path of an optimizer as it trains networks: the real class, in float64, with the exact gradient."""
    place = np.array(start, np.float64)
    optimizer = OPTIMIZERS[spec.kind].item(spec, place.size, np.float64)

    def step(here: Array) -> Array:
        moved = here.copy()
        optimizer.step(moved, landscape.gradient(here))
        return moved

    return _path(place, step, steps)


def _path(place: Array, step: Callable[[Array], Array], steps: int) -> Array:
    path = [place]
    while len(path) <= steps and np.all(np.abs(path[-1]) < FAR):
        path.append(step(path[-1]))
    return np.array(path)


def pure_newton(landscape: Landscape, start: ArrayLike, steps: int = 30) -> Array:
    """x <- x - H^-1 g: straight to where the slope would be zero if the curvature stayed as it is.

    That may as well be a saddle or a summit. Along a direction without curvature it takes no step.
    """

    def step(here: Array) -> Array:
        moved: Array = here - np.linalg.pinv(landscape.curvature(here)) @ landscape.gradient(here)
        return moved

    return _path(np.array(start, np.float64), step, steps)


@CURVATURE_WALKS.register(
    "newton", title="Newton", chapter="6.1", help="Divides the slope by the curvature: one step for a quadratic bowl."
)
def newton(landscape: Landscape, start: ArrayLike, steps: int = 30) -> Array:
    """x <- x - a |H|^-1 g with a line search for a: Newton's step, turned downhill where the curvature is negative.

    |H| has the size of H's curvatures (eigenvalues) without their signs, after Dauphin et al. 2014; where H is
    positive definite it is H itself. Along a direction without curvature it takes no step.
    """

    def step(here: Array) -> Array:
        slope = landscape.gradient(here)
        curvatures, axes = np.linalg.eigh(landscape.curvature(here))
        sizes = np.abs(curvatures)
        usable = sizes > FLAT * max(1.0, float(sizes.max()))
        inverse = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=usable)
        return _searched(landscape, here, slope, -(axes * inverse) @ (axes.T @ slope))

    return _path(np.array(start, np.float64), step, steps)


@CURVATURE_WALKS.register(
    "bfgs", title="BFGS", chapter="6.1", help="Learns the curvature from how the slope changes along the way."
)
def bfgs(landscape: Landscape, start: ArrayLike, steps: int = 30) -> Array:
    """x <- x - a B g with a line search for a, and B, an estimate of H^-1 that begins as 1.

    With the step s and the change of slope y: B <- (1 - s y^T / y^T s) B (1 - y s^T / y^T s) + s s^T / y^T s, left out
    where y^T s is not positive, for then B would not lead down. Broyden, Fletcher, Goldfarb and Shanno 1970.
    """
    place = np.array(start, np.float64)
    inverse = np.eye(place.size)

    def step(here: Array) -> Array:
        nonlocal inverse
        slope = landscape.gradient(here)
        moved = _searched(landscape, here, slope, -inverse @ slope)
        inverse = _updated(inverse, moved - here, landscape.gradient(moved) - slope)
        return moved

    return _path(place, step, steps)


def _updated(inverse: Array, s: Array, y: Array) -> Array:
    along = float(y @ s)
    if along <= FLAT * float(s @ s):
        return inverse
    turn = np.eye(len(s)) - np.outer(s, y) / along
    updated: Array = turn @ inverse @ turn.T + np.outer(s, s) / along
    return updated


def _searched(landscape: Landscape, here: Array, slope: Array, direction: Array) -> Array:
    """Along `direction` as far as the height falls enough: all of it, or a half, a quarter ... (Armijo 1966)."""
    height, falls = landscape.value(here), float(slope @ direction)
    share = 1.0
    while share > SHORTEST:
        moved: Array = here + share * direction
        if landscape.value(moved) <= height + ENOUGH * share * falls:
            return moved
        share /= 2
    return here
