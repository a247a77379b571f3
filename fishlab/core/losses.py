"""Losses: how wrong the network is, as one number (chapter 4.2, backward in 5.6).

Scores are (K, N), labels (N,) whole numbers below K. A loss is the mean over the batch, added up in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.fields import Spec
from fishlab.core.registry import Registry

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """What a person sets of a loss: so far only which one."""


class Room:
    """Memory to work in for scores of one shape (K, N): made once, used in every step."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.values: Array = np.empty(shape, dtype)
        self.gradient: Array = np.empty(shape, dtype)
        self.flat = self.values.reshape(-1)
        classes, batch = shape
        self.rows = np.empty((batch, classes), dtype)
        self.most, self.whole, self.loss = np.empty((3, batch), dtype)
        self.columns, self.places, self.answers = np.arange(batch), np.empty(batch, np.intp), np.empty(batch, np.intp)
        self.right = np.empty(batch, bool)

    @cached_property
    def squares(self) -> NDArray[np.float64]:
        """Room for float64."""
        return np.empty(self.values.shape)

    def find(self, labels: Array) -> Array:
        """Where in `flat` the score of each image's label lies."""
        np.multiply(labels, labels.size, out=self.places, dtype=np.intp)
        self.places += self.columns
        return self.places


class Loss:
    """The base of every loss.

    It computes in memory of its own: what `backward` returns is valid until it is called again.
    """

    Spec: ClassVar[type[LossSpec]]

    def __init__(self, spec: LossSpec) -> None:
        self.spec = spec
        self._rooms: dict[tuple[Any, ...], Room] = {}

    def room(self, scores: Array) -> Room:
        """The memory for scores of this shape and number type."""
        key = (*scores.shape, scores.dtype)
        found = self._rooms.get(key)
        if found is None:
            found = self._rooms[key] = Room(scores.shape, scores.dtype)
        return found

    def correct(self, scores: Array, labels: Array) -> int:
        """How many images have their best score at their label; among equal scores the first is the best."""
        room = self.room(scores)
        np.copyto(room.rows, scores.T)  # argmax would do the same, in memory that it takes
        room.rows.argmax(axis=1, out=room.answers)
        return int(np.count_nonzero(np.equal(room.answers, labels, out=room.right)))

    def outputs(self, scores: Array) -> Array:
        """What the network answers: (K, N), for softmax the probabilities."""
        raise NotImplementedError

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        """The mean loss over the batch; with `total`, the part of a mean over so many that these images make."""
        raise NotImplementedError

    def backward(self) -> Array:
        """dL/dscores (K, N) of the last forward pass."""
        raise NotImplementedError


LOSSES: Registry[type[Loss]] = Registry("loss")


def _register(kind: str, **description: Any) -> Any:
    enter = LOSSES.register(kind, **description)

    def decorate(cls: type[Loss]) -> type[Loss]:
        cls.Spec.kind = kind
        return enter(cls)

    return decorate


def softmax(scores: Array) -> Array:
    """exp(s) / sum exp(s) over the first axis; the largest score is taken off first, so nothing overflows (3.5)."""
    exp: Array = np.exp(scores - scores.max(axis=0))
    exp /= exp.sum(axis=0)
    return exp


@dataclass(frozen=True, kw_only=True)
class SoftmaxCrossEntropySpec(LossSpec):
    """Softmax with cross entropy has nothing to set."""


@_register(
    "softmax_cross_entropy",
    title="Softmax + loss",
    chapter="5.6",
    icon="loss",
    help="Turns the scores into probabilities and measures cross entropy: minus the logarithm of the probability "
    "that the right class got.",
)
class SoftmaxCrossEntropy(Loss):
    """L = -mean(log softmax(s)[label]). Backward: (y - t) / N, the book's short and beautiful result."""

    Spec = SoftmaxCrossEntropySpec

    def outputs(self, scores: Array) -> Array:
        return softmax(scores)

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        room = self._room = self.room(scores)
        self._total = total or labels.size
        np.maximum.reduce(scores, axis=0, out=room.most)
        np.subtract(scores, room.most, out=room.values)
        room.flat.take(room.find(labels), out=room.loss)  # the shifted score of the label
        np.exp(room.values, out=room.values)
        np.add.reduce(room.values, axis=0, out=room.whole)
        np.subtract(np.log(room.whole, out=room.most), room.loss, out=room.loss)
        return float(np.add.reduce(room.loss, dtype=np.float64)) / self._total

    def backward(self) -> Array:
        room = self._room
        np.divide(room.values, room.whole, out=room.gradient)
        room.gradient.reshape(-1)[room.places] -= 1
        room.gradient /= self._total
        return room.gradient


@dataclass(frozen=True, kw_only=True)
class SquaredErrorSpec(LossSpec):
    """Squared error has nothing to set."""


@_register(
    "squared_error",
    title="Squared error",
    chapter="4.2",
    icon="loss",
    help="Half the sum of the squared differences between the outputs and one-hot targets.",
)
class SquaredError(Loss):
    """L = mean over the batch of 1/2 sum_k (y_k - t_k)^2 with t one-hot. Backward: (y - t) / N."""

    Spec = SquaredErrorSpec

    def outputs(self, scores: Array) -> Array:
        return scores.copy()

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        room = self._room = self.room(scores)
        self._total = total or labels.size
        np.copyto(room.values, scores)
        room.flat[room.find(labels)] -= 1
        np.copyto(room.squares, room.values)
        np.square(room.squares, out=room.squares)
        return 0.5 * float(np.sum(room.squares)) / self._total

    def backward(self) -> Array:
        room = self._room
        np.divide(room.values, self._total, out=room.gradient)
        return room.gradient
