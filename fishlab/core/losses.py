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
from fishlab.core.fields import Spec, float_field
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

    It computes in memory of its own: what `backward` returns is valid until it is called again.
    """

    Spec: ClassVar[type[LossSpec]]

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
    """How sure the answers are meant to be."""

    label_smoothing: float = float_field(
        0.0,
        "Label smoothing",
        "This share of every target is spread over all classes, so that no answer need be quite sure; 0 is none.",
        minimum=0.0,
        maximum=0.9,
        later=True,
    )


@_register(
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
    """L = mean over the batch of 1/2 sum_k (y_k - t_k)^2 with t one-hot or given. Backward: (y - t) / N."""

    Spec = SquaredErrorSpec

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


@dataclass(frozen=True, kw_only=True)
class BinaryCrossEntropySpec(LossSpec):
    """Binary cross entropy has nothing to set."""


@_register(
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
