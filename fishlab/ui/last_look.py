"""What the test images gave when they were last looked at, and for which model."""

from __future__ import annotations

import dataclasses

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.events import Score


class LastLook:
    """A score holds as long as the model has the weights that were tried."""

    def __init__(self) -> None:
        self._score: Score | None = None
        self._tried: object = None

    def take(self, model: Checkpoint, score: Score) -> Checkpoint:
        """The model was tried; returns it with one look more."""
        self._score, self._tried = score, model.weights
        return counted(model)

    def of(self, model: Checkpoint | None) -> Score | None:
        """The score of this very model, if it was tried last."""
        return self._score if model is not None and model.weights is self._tried else None


def counted(model: Checkpoint) -> Checkpoint:
    """The model with one look more."""
    return dataclasses.replace(model, test_looks=model.test_looks + 1)
