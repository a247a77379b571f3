"""Binary cross entropy: a yes or no for each class by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.losses.base import Array, Loss, LossSpec, Room, register_loss


@dataclass(frozen=True, kw_only=True)
class BinaryCrossEntropySpec(LossSpec):
    """Binary cross entropy has nothing to set."""


@register_loss(
    "binary_cross_entropy",
    title="Sigmoid + loss",
    chapter="4.2",
    icon="loss",
    help="Asks of each class by itself whether it is the one: a sigmoid for each score, and the cross entropies of all "
    "yes and no added up.",
)
class BinaryCrossEntropy(Loss):
    """L = mean over the batch of sum_k -(t_k log y_k + (1 - t_k) log(1 - y_k)), y = sigmoid(s), t one-hot or given.

    The sum over the classes, not their mean, makes the gradient the book's: backward is (y - t) / N. Computed from the
    scores as max(s, 0) - s t + log(1 + exp(-|s|)), which no score can make overflow.
    """

    Spec = BinaryCrossEntropySpec
    formula = "y = 1 / (1 + exp(−s))\nL = −Σ (t log y + (1 − t) log (1 − y))"

    @classmethod
    def chance(cls, classes: int) -> float:
        return math.log(classes) + (classes - 1) * math.log(classes / (classes - 1))

    def outputs(self, scores: Array) -> Array:
        small = np.exp(-np.abs(scores))
        outputs: Array = np.where(scores > 0, 1, small)
        outputs /= 1 + small
        return outputs

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        room, labels = self.room(scores), np.asarray(labels)
        self._room = room
        self._total = total or scores.shape[1]
        self._soft = labels.ndim == 2
        self._take_targets(room, scores, labels)  # into `most`: the sum of s t of each image
        np.maximum(scores, 0, out=room.gradient)
        np.subtract(np.add.reduce(room.gradient, axis=0, out=room.loss), room.most, out=room.loss)
        np.exp(np.negative(np.abs(scores, out=room.values), out=room.values), out=room.values)
        np.log1p(room.values, out=room.gradient)
        room.loss += np.add.reduce(room.gradient, axis=0, out=room.most)
        self._sigmoid(room, scores)
        return float(np.add.reduce(room.loss, dtype=np.float64)) / self._total

    def _take_targets(self, room: Room, scores: Array, labels: Array) -> None:
        if self._soft:
            np.copyto(room.targets, room.soft(labels), casting="same_kind")
            np.add.reduce(np.multiply(scores, room.targets, out=room.values), axis=0, out=room.most)
        else:
            np.copyto(room.values, scores)
            room.flat.take(room.find(labels), out=room.most)

    def _sigmoid(self, room: Room, scores: Array) -> None:
        """From exp(-|s|) in `values`, which becomes the sigmoid: x / (1 + x), or one minus that where s > 0."""
        np.add(room.values, 1, out=room.gradient)
        np.divide(room.values, room.gradient, out=room.values)
        np.subtract(1, room.values, out=room.values, where=np.greater(scores, 0, out=room.mask))

    def backward(self) -> Array:
        room = self.last_room
        np.copyto(room.gradient, room.values)
        if self._soft:
            room.gradient -= room.targets
        else:
            room.gradient.reshape(-1)[room.places] -= 1
        room.gradient /= self._total
        return room.gradient
