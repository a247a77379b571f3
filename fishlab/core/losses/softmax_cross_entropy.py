"""Softmax with cross entropy: for one class out of many (chapter 5.6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.losses.base import Array, Loss, LossSpec, Room, register_loss


def softmax(scores: Array) -> Array:
    """exp(s) / sum exp(s) over the first axis; the largest score is taken off first, so nothing overflows (3.5)."""
    exp: Array = np.exp(scores - scores.max(axis=0))
    exp /= exp.sum(axis=0)
    return exp


@dataclass(frozen=True, kw_only=True)
class SoftmaxCrossEntropySpec(LossSpec):
    """How sure the answers are meant to be."""

    label_smoothing: float = float_field(
        0.0,
        "Label smoothing",
        "This share of every target is spread over all classes, so that no answer need be quite sure; 0 is none.",
        minimum=0.0,
        maximum=0.9,
        later=True,
        larger="Answers are less sure of themselves, and the loss cannot come near 0.",
        smaller="Answers may become as sure as they like; 0 is plain cross entropy.",
    )


@register_loss(
    "softmax_cross_entropy",
    title="Softmax + loss",
    chapter="5.6",
    icon="loss",
    help="Turns the scores into probabilities and measures cross entropy: minus the logarithm of the probability "
    "that the right class got.",
)
class SoftmaxCrossEntropy(Loss):
    """L = -mean(log softmax(s)[label]). Backward: (y - t) / N, the book's short and beautiful result.

    With targets, L = -mean(sum_k t_k log softmax(s)_k). Label smoothing takes (1 - a) t + a / K for t (Szegedy et al.
    2016); the loss is then that of the smoothed targets, also where it is only measured.
    """

    Spec: ClassVar[type[LossSpec]] = SoftmaxCrossEntropySpec
    formula = "p = exp s / Σ exp s\nL = −log p of the right class"

    @classmethod
    def chance(cls, classes: int) -> float:
        return math.log(classes)

    def __init__(self, spec: SoftmaxCrossEntropySpec) -> None:
        super().__init__(spec)
        self._smoothing = spec.label_smoothing

    def outputs(self, scores: Array) -> Array:
        return softmax(scores)

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        room, labels = self.room(scores), np.asarray(labels)
        self._room = room
        self._total = total or scores.shape[1]
        np.maximum.reduce(scores, axis=0, out=room.most)
        np.subtract(scores, room.most, out=room.values)
        self._soft = labels.ndim == 2
        if self._soft:
            return self._forward_soft(room, room.soft(labels))
        room.flat.take(room.find(labels), out=room.loss)  # the shifted score of the label
        if self._smoothing:
            room.loss *= 1 - self._smoothing
            np.add.reduce(room.values, axis=0, out=room.most)
            room.most *= self._smoothing / len(scores)
            room.loss += room.most
        self._exponential(room)
        np.subtract(np.log(room.whole, out=room.most), room.loss, out=room.loss)
        return float(np.add.reduce(room.loss, dtype=np.float64)) / self._total

    def backward(self) -> Array:
        room = self.last_room
        np.divide(room.values, room.whole, out=room.gradient)
        if self._soft:
            room.gradient *= room.most  # the targets' sum
            room.gradient -= room.targets
        else:
            room.gradient.reshape(-1)[room.places] -= 1 - self._smoothing
            if self._smoothing:
                room.gradient -= self._smoothing / len(room.gradient)
        room.gradient /= self._total
        return room.gradient

    def _forward_soft(self, room: Room, targets: Array) -> float:
        """From shifted scores and a target for every class."""
        np.copyto(room.targets, targets, casting="same_kind")
        if self._smoothing:
            room.targets *= 1 - self._smoothing
            room.targets += self._smoothing / len(targets)
        np.multiply(room.values, room.targets, out=room.gradient)
        self._exponential(room)
        np.add.reduce(room.targets, axis=0, out=room.most)
        np.multiply(np.log(room.whole, out=room.loss), room.most, out=room.loss)
        room.loss -= np.add.reduce(room.gradient, axis=0)
        return float(np.add.reduce(room.loss, dtype=np.float64)) / self._total

    def _exponential(self, room: Room) -> None:
        np.exp(room.values, out=room.values)
        np.add.reduce(room.values, axis=0, out=room.whole)
