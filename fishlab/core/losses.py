"""Losses: how wrong the network is, as one number (chapter 4.2, backward in 5.6).

Scores are (K, N), labels (N,) whole numbers below K. A loss is the mean over the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.fields import Spec
from fishlab.core.registry import Registry

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """What a person sets of a loss: so far only which one."""


class Loss:
    """The base of every loss."""

    Spec: ClassVar[type[LossSpec]]

    def __init__(self, spec: LossSpec) -> None:
        self.spec = spec

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
        total = total or labels.size
        shifted = scores - scores.max(axis=0)
        columns = np.arange(labels.size)
        exp: Array = np.exp(shifted)
        whole = exp.sum(axis=0)
        loss = np.log(whole) - shifted[labels, columns]
        exp /= whole
        exp[labels, columns] -= 1
        exp /= total
        self._dscores = exp
        return float(np.sum(loss, dtype=np.float64)) / total

    def backward(self) -> Array:
        return self._dscores


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
        total = total or labels.size
        difference = scores.copy()
        difference[labels, np.arange(labels.size)] -= 1
        self._dscores = difference / total
        return 0.5 * float(np.sum(np.square(difference, dtype=np.float64))) / total

    def backward(self) -> Array:
        return self._dscores
