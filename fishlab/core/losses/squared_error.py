"""Squared error: half the squared distance from the targets (chapter 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.losses.base import Array, Loss, LossSpec, register_loss


@dataclass(frozen=True, kw_only=True)
class SquaredErrorSpec(LossSpec):
    """Squared error has nothing to set."""


@register_loss(
    "squared_error",
    title="Squared error",
    chapter="4.2",
    icon="loss",
    help="Half the sum of the squared differences between the outputs and one-hot targets.",
)
class SquaredError(Loss):
    """L = mean over the batch of 1/2 sum_k (y_k - t_k)^2 with t one-hot or given. Backward: (y - t) / N."""

    Spec = SquaredErrorSpec
    formula = "L = Σ (y − t)² / 2"

    @classmethod
    def chance(cls, classes: int) -> float:
        return (1 - 1 / classes) / 2

    def outputs(self, scores: Array) -> Array:
        return scores.copy()

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        room, labels = self.room(scores), np.asarray(labels)
        self._room = room
        self._total = total or scores.shape[1]
        if labels.ndim == 2:
            np.subtract(scores, room.soft(labels), out=room.values, casting="same_kind")
        else:
            np.copyto(room.values, scores)
            room.flat[room.find(labels)] -= 1
        np.copyto(room.squares, room.values)
        np.square(room.squares, out=room.squares)
        return 0.5 * float(np.sum(room.squares)) / self._total

    def backward(self) -> Array:
        room = self.last_room
        np.divide(room.values, self._total, out=room.gradient)
        return room.gradient
