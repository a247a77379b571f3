"""Numbers of an array moved one by one: the slope that is measured beside the one that backpropagation gives.

A corner of a ReLU and a tie of a pooling have no derivative. Where the two slopes differ it is therefore asked whether
the number stands on such a place: backpropagation then gives another gradient a hair beside it, and a step function
rises ever more steeply the smaller the step. What is merely wrong is as wrong a hair beside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fishlab.core.errors import FishLabError
from fishlab.core.layers.base import Array, shape_text

TOLERANCE = 1e-5
SMALL = 1e-4
STEPS = (1e-5, 1e-6, 1e-7, 1e-4)  # tried in turn: with a shorter step a corner nearby is out of reach
ENOUGH = 1e-7  # a difference that no other step need be tried for
HAIR = 1e-7
SORTED = 10_000  # numbers at most, to find those from the least to the largest
TRIES = 4  # times the numbers wanted: so many are looked at in search of those that stand on no corner


class Uncheckable(FishLabError):
    """There is nothing to compare; the text says why."""


@dataclass(frozen=True)
class Comparison:
    """How far measured slopes were from a gradient.

    `largest` difference as a share of the largest number of the gradient (infinite where one is no number at all), of
    `compared` numbers, of which `wrong` differ by more than TOLERANCE. `corners` more have no derivative.
    """

    largest: float
    compared: int
    corners: int
    wrong: int


@dataclass(frozen=True)
class Movable:
    """An array and what depends on it.

    `values` can be written to. `rise()` is how far the output lies above where it was at first, `gradient()` what
    backpropagation finds, both for what `values` hold at that time. Steps are shares of `unit`, or of a number that is
    larger; gradients below `floor` are compared with that, since rounding is all that is left of them. `noise` is how
    much of a rise may be rounding: what that can explain is no difference.
    """

    values: Array
    rise: Callable[[], float]
    gradient: Callable[[], Array]
    unit: float = 1.0
    floor: float = SMALL
    noise: float = 0.0


def compare(movable: Movable, most: int, rng: np.random.Generator, tell: Callable[[], None]) -> Comparison:
    """Move up to `most` numbers: a third where the gradient is largest, a third by size, the others drawn with `rng`.

    `tell` is called before each.
    """
    exact = movable.gradient().copy()
    if exact.shape != movable.values.shape:
        wanted, found = shape_text(movable.values.shape), shape_text(exact.shape)
        raise Uncheckable(f"Its gradient is {found}; {wanted} was expected, the batch last.")
    if not np.allclose(movable.gradient(), exact, rtol=0, atol=TOLERANCE * float(np.abs(exact).max(initial=0.0))):
        raise Uncheckable("Its gradient is another each time. Write it with `grad[...] =`, so that nothing adds up.")
    scale = max(movable.floor, float(np.abs(exact).max(initial=0.0)))
    differences: list[float] = []
    corners = 0
    for index in _places(movable.values, exact, most, rng):
        if len(differences) == most:
            break
        tell()
        difference, smooth = _difference(movable, index, exact, scale)
        if smooth:
            differences.append(difference)
        else:
            corners += 1
    wrong = sum(not difference <= TOLERANCE for difference in differences)
    return Comparison(max(differences, default=0.0), len(differences), corners, wrong)


def _places(values: Array, exact: Array, most: int, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """Where to look, each place once: the largest gradients, numbers from the least to the largest, and any others."""
    sizes = np.nan_to_num(np.abs(exact).reshape(-1), nan=np.inf)
    part = -(-most // 3)
    tries = TRIES * most
    anywhere = rng.permutation(sizes.size) if sizes.size <= tries else rng.integers(0, sizes.size, tries)
    largest = np.argpartition(sizes, -part)[-part:] if sizes.size > part else anywhere
    chosen = [*largest.tolist(), *_ranked(values.reshape(-1), part, rng), *anywhere.tolist()]
    for place in dict.fromkeys(chosen):
        yield tuple(int(axis) for axis in np.unravel_index(place, exact.shape))


def _ranked(values: Array, count: int, rng: np.random.Generator) -> list[int]:
    """Places of so many numbers, evenly from the least to the largest, so that no branch of a function is passed by."""
    if not values.size:
        return []
    some = rng.integers(0, values.size, SORTED) if values.size > SORTED else np.arange(values.size)
    some = np.concatenate([some, [values.argmin(), values.argmax()]])
    order: Array = some[np.argsort(values[some], kind="stable")]
    return [int(place) for place in order[np.linspace(0, len(order) - 1, count).astype(int)]]


def _difference(movable: Movable, index: tuple[int, ...], exact: Array, scale: float) -> tuple[float, bool]:
    """The least difference that any step finds, as a share, and whether there is a derivative at all."""
    best, gaps = math.inf, []
    unit = max(movable.unit, abs(float(movable.values[index])))
    for step in STEPS:
        step *= unit
        above, below = (_rise_at(movable, index, move) / move for move in (step, -step))
        slope = (above + below) / 2
        apart = max(abs(slope - exact[index]) - movable.noise / step, 0.0)  # no number stays none
        difference = apart / max(scale, abs(slope))
        best = min(best, float(difference))
        if best <= ENOUGH:
            return best, True
        gaps.append(abs(above - below))
    if best <= TOLERANCE:
        return best, True
    steeper = gaps[STEPS.index(1e-7)] > 5 * gaps[STEPS.index(1e-6)] > 5 * scale
    return best, not (steeper or _bends(movable, index, exact, scale, HAIR * unit))


def _rise_at(movable: Movable, index: tuple[int, ...], move: float) -> float:
    here = movable.values[index]
    movable.values[index] = here + move
    try:
        return movable.rise()
    finally:
        movable.values[index] = here


def _bends(movable: Movable, index: tuple[int, ...], exact: Array, scale: float, hair: float) -> bool:
    """Whether backpropagation itself finds another gradient a hair to the left or to the right."""
    here = movable.values[index]
    beside = []
    for move in (hair, -hair):
        movable.values[index] = here + move
        beside.append(float(movable.gradient()[index]))
    movable.values[index] = here
    return any(abs(gradient - exact[index]) > TOLERANCE * scale for gradient in beside)
