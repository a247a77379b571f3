"""Losses: how wrong the network is, as one number (chapter 4.2, backward in 5.6).

Scores are (K, N), labels (N,) whole numbers below K. In their place every loss takes targets (K, N): one-hot, or soft
ones that share the answer out among the classes. A loss is the mean over the batch, added up in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import DataError, LabelError, NetworkError
from fishlab.core.fields import Spec
from fishlab.core.registry import Registry

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """What a person sets of a loss."""


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

    @cached_property
    def targets(self) -> Array:
        """Room for targets of the classes."""
        return np.empty_like(self.values)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Room for yes and no."""
        return np.empty(self.values.shape, bool)

    def find(self, labels: Array) -> Array:
        """Where in `flat` the score of each image's label lies. Raises LabelError."""
        np.copyto(self.places, self.whole_numbers(labels), casting="same_kind")
        classes = len(self.values)
        if self.places.view(np.uintp).max() >= classes:  # negative numbers are large ones
            wrong = labels[(labels < 0) | (labels >= classes)][0]
            raise LabelError(f"A label is {wrong}, and there are {classes:,} classes: it takes 0 to {classes - 1:,}.")
        self.places *= labels.size
        self.places += self.columns
        return self.places

    def whole_numbers(self, labels: Array) -> Array:
        """The labels, for each image one. Raises LabelError where they are something else."""
        if labels.shape != self.columns.shape or labels.dtype.kind not in "iub":
            raise self._no_labels(labels)
        return labels

    def soft(self, targets: Array) -> Array:
        """The targets, for each class one. Raises LabelError where they have another shape than the scores."""
        if targets.shape != self.values.shape or targets.dtype.kind not in "fiub":
            raise self._no_labels(targets)
        return targets

    def _no_labels(self, given: Array) -> LabelError:
        classes, batch = self.values.shape
        return LabelError(
            f"The labels are an array {given.shape} of {given.dtype}: it takes whole numbers ({batch},) of "
            f"0 to {classes - 1:,}, or targets ({classes}, {batch}), one for each class and image."
        )


class Loss:
    """The base of every loss.

    It computes in memory of its own: what `backward` returns is valid until it is called again. `formula` is the loss
    of one image as one writes it, an equation a line.
    """

    Spec: ClassVar[type[LossSpec]]
    formula: ClassVar[str] = ""

    @classmethod
    def chance(cls, classes: int) -> float:
        """The loss of one who knows that there are K classes, equally frequent, and answers without looking."""
        raise NotImplementedError

    def __init__(self, spec: LossSpec) -> None:
        self.spec = spec
        self._rooms: dict[tuple[Any, ...], Room] = {}
        self._room: Room | None = None

    def room(self, scores: Array) -> Room:
        """The memory for scores of this shape and number type. Raises DataError where there is no image."""
        key = (*scores.shape, scores.dtype)
        found = self._rooms.get(key)
        if found is None:
            if scores.ndim != 2 or not scores.size:
                raise DataError(
                    f"The scores are an array {scores.shape}: a loss takes (K, N), one for each class and image, and "
                    "at least one image."
                )
            found = self._rooms[key] = Room(scores.shape, scores.dtype)
        return found

    @property
    def last_room(self) -> Room:
        """The memory that the last forward pass has filled. Raises NetworkError where there was none."""
        if self._room is None:
            raise NetworkError("There is no loss to go back from: a backward pass follows a forward pass.")
        return self._room

    def correct(self, scores: Array, labels: Array) -> int:
        """How many images have their best score at their label, or where their target is largest.

        Among equal scores the first is the best.
        """
        room, labels = self.room(scores), np.asarray(labels)
        labels = room.soft(labels).argmax(axis=0) if labels.ndim == 2 else room.whole_numbers(labels)
        np.copyto(room.rows, scores.T)  # argmax would do the same, in memory that it takes
        room.rows.argmax(axis=1, out=room.answers)
        return int(np.count_nonzero(np.equal(room.answers, labels, out=room.right)))

    def outputs(self, scores: Array) -> Array:
        """What the network answers: (K, N), for softmax the probabilities."""
        raise NotImplementedError

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        """The mean loss over the batch, from labels (N,) or targets (K, N).

        With `total`, the part of a mean over so many that these images make. Raises LabelError for labels that do not
        go with the scores, DataError for a batch of none.
        """
        raise NotImplementedError

    def backward(self) -> Array:
        """dL/dscores (K, N) of the last forward pass."""
        raise NotImplementedError


LOSSES: Registry[type[Loss]] = Registry("loss")


def register_loss(kind: str, **description: Any) -> Any:
    """Class decorator: enter a loss in `LOSSES` and give its Spec the `kind`."""
    enter = LOSSES.register(kind, **description)

    def decorate(cls: type[Loss]) -> type[Loss]:
        cls.Spec.kind = kind
        return enter(cls)

    return decorate
