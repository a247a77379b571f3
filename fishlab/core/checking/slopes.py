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
    larger; gradients below `floor` are compared with that, since rounding is all that is left of them.
    """

    values: Array
    rise: Callable[[], float]
    gradient: Callable[[], Array]
    unit: float = 1.0
    floor: float = SMALL


def compare(movable: Movable, most: int, rng: np.random.Generator, tell: Callable[[], None]) -> Comparison:
    """Move up to `most` numbers: half of them where the gradient is largest, the others drawn with `rng`.

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
    for index in _places(exact, most, rng):
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


def _places(exact: Array, most: int, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """Where to look, each place once."""
    sizes = np.nan_to_num(np.abs(exact).reshape(-1), nan=np.inf)
    if sizes.size <= TRIES * most:
        chosen = rng.permutation(sizes.size)
        chosen = chosen[np.argsort(chosen != sizes.argmax(), kind="stable")]  # the largest first
    else:
        largest = np.argpartition(sizes, -most // 2)[-most // 2 :]
        drawn = rng.integers(0, sizes.size, TRIES * most)
        chosen = np.array(list(dict.fromkeys([*largest.tolist(), *drawn.tolist()])))
    for place in chosen:
        yield tuple(int(axis) for axis in np.unravel_index(place, exact.shape))


def _difference(movable: Movable, index: tuple[int, ...], exact: Array, scale: float) -> tuple[float, bool]:
    """The least difference that any step finds, as a share, and whether there is a derivative at all."""
    best, gaps = math.inf, []
    unit = max(movable.unit, abs(float(movable.values[index])))
    for step in STEPS:
        step *= unit
        above, below = (_rise_at(movable, index, move) / move for move in (step, -step))
        slope = (above + below) / 2
        difference = abs(slope - exact[index]) / max(scale, abs(slope))
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
