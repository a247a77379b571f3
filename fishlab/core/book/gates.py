"""Gates and the perceptron (chapter 2): a weighted sum, a threshold, and what one line can tell apart.

Points are (..., 2); an answer is 0 or 1 for each point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.functions import step
from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array

Answer = Callable[[ArrayLike], Array]

CORNERS: Array = np.array(list(product((0.0, 1.0), repeat=2)))
"""The four inputs of a gate, (4, 2): (0, 0), (0, 1), (1, 0), (1, 1)."""
CORNERS.setflags(write=False)


@dataclass(frozen=True)
class Gate:
    """A perceptron with two inputs: 1 where w1 x1 + w2 x2 + b > 0, else 0 (2.3.2)."""

    w: tuple[float, float]
    b: float

    def __call__(self, points: ArrayLike) -> Array:
        """points (..., 2) -> 0 or 1 (...)."""
        return step(np.asarray(points, np.float64) @ np.array(self.w) + self.b)


@dataclass(frozen=True)
class TwoLayers:
    """Gates whose answers are the inputs of another gate: a perceptron of two layers (2.5)."""

    hidden: tuple[Gate, Gate]
    output: Gate

    def __call__(self, points: ArrayLike) -> Array:
        """points (..., 2) -> 0 or 1 (...)."""
        return self.output(np.stack([gate(points) for gate in self.hidden], axis=-1))


AND = Gate((0.5, 0.5), -0.7)
NAND = Gate((-0.5, -0.5), 0.7)
OR = Gate((0.5, 0.5), -0.2)
XOR = TwoLayers((NAND, OR), AND)


def truth_table(gate: Answer) -> tuple[int, int, int, int]:
    """The answers to (0, 0), (0, 1), (1, 0) and (1, 1)."""
    first, second, third, fourth = (int(answer) for answer in gate(CORNERS))
    return first, second, third, fourth


def plane(gate: Answer, x1: ArrayLike, x2: ArrayLike) -> Array:
    """The answers all over the plane, to shade it: x1 (A,), x2 (B,) -> (B, A), a row for each x2."""
    return gate(np.stack(np.meshgrid(x1, x2), axis=-1))


@dataclass(frozen=True)
class Look:
    """The learning rule looked at one point. `w` and `b` are those that it goes on with."""

    epoch: int
    point: int
    answer: int
    target: int
    w: tuple[float, float]
    b: float

    @property
    def changed(self) -> bool:
        """Whether the answer was wrong, and the weights moved."""
        return self.answer != self.target


def perceptron_rule(
    targets: Sequence[int],
    points: ArrayLike = CORNERS,
    *,
    start: Gate = Gate((0.0, 0.0), 0.0),
    rate: float = 1.0,
    epochs: int = 100,
) -> Iterator[Look]:
    """Learn a gate from its truth table, point after point: w += rate (t - y) x, b += rate (t - y). Rosenblatt 1958.

    points (P, 2), targets (P,) of 0 and 1. Ends after the first epoch in which every answer was right; where no line
    parts the points it never would, and ends after so many `epochs`. Raises DataError where points and targets do not
    go together.
    """
    gate, places = start, np.asarray(points, np.float64)
    if places.shape != (len(targets), 2) or not len(targets) or not set(targets) <= {0, 1}:
        raise DataError(
            f"Points {places.shape} and {len(targets)} targets do not go together: give (P, 2) and P targets of 0 or 1."
        )
    for epoch in range(epochs):
        settled = True
        for index, (x, target) in enumerate(zip(places, targets, strict=True)):
            answer = int(gate(x))
            gate = _moved(gate, x, rate * (target - answer))
            settled = settled and answer == target
            yield Look(epoch, index, answer, int(target), gate.w, gate.b)
        if settled:
            return


def _moved(gate: Gate, x: Array, by: float) -> Gate:
    return Gate((gate.w[0] + by * float(x[0]), gate.w[1] + by * float(x[1])), gate.b + by)


def learned(history: Sequence[Look]) -> Gate | None:
    """The gate that a finished history of the learning rule ended with; None if it never settled."""
    last = history[-1]
    if any(look.changed for look in history if look.epoch == last.epoch):
        return None
    return Gate(last.w, last.b)
