"""Several networks that answer together (chapter 6.4.3 names it beside dropout; Hansen and Salamon 1990).

Networks that began with other weights make other mistakes. The mean of their probabilities is right more often than
they are one by one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import answers
from fishlab.core.events import Evaluating, Score
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.metrics import score_answers
from fishlab.core.network import Network


class Member(NamedTuple):
    """One network of an ensemble, and how the images are scaled for it."""

    network: Network
    scaling: Scaling


class Ensemble:
    """The mean of what several networks answer. Each sees the images as it did in training.

    `predict` takes images as the data set has them, not scaled; `scaling` says so, for whoever scales before asking.
    Raises TrainingError where there is no network, or where they do not take and tell apart the same.
    """

    scaling = Scaling(1.0, 0.0)

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = tuple(members)
        if not self.members:
            raise TrainingError("An ensemble needs at least one network.")
        first, *others = (member.network.spec for member in self.members)
        for spec in others:
            if (spec.in_shape, spec.classes) != (first.in_shape, first.classes):
                raise TrainingError(
                    f"“{first.name}” takes {shape_text(first.in_shape)} and tells {first.classes} classes apart, "
                    f"“{spec.name}” takes {shape_text(spec.in_shape)} and tells {spec.classes}. An ensemble needs "
                    "networks for the same images and classes."
                )

    @classmethod
    def of(cls, models: Sequence[Checkpoint], *, best: bool = False, precision: str = "") -> Self:
        """An ensemble of trained models, with their last weights or those of their best epochs."""
        return cls(Member(model.network(best=best, precision=precision), model.scaling) for model in models)

    def predict(self, images: Array) -> Array:
        """images (N, C, H, W) as the data set has them -> mean answers (N, K)."""
        return _mean([network.predict(scaling.apply(images)) for network, scaling in self.members])

    def answers(self, images: ImageSet) -> Generator[Evaluating, None, NDArray[np.float64]]:
        """The mean answers (N, K) over a set; yields its progress over all members."""
        found = []
        for number, (network, scaling) in enumerate(self.members):
            steps = answers(network, images, scaling)
            while True:
                try:
                    done = next(steps).done
                except StopIteration as end:
                    found.append(end.value)
                    break
                yield Evaluating(number * len(images) + done, len(self.members) * len(images))
        return _mean(found)

    def evaluate(self, images: ImageSet) -> Generator[Evaluating, None, Score]:
        """Accuracy, and the cross entropy of the mean answers, over a set; yields its progress."""
        found = yield from self.answers(images)
        return score_answers(found, images.labels)


def _mean(answers: Sequence[Array]) -> NDArray[np.float64]:
    """Added up in float64, so that their order hardly matters."""
    total = np.zeros(answers[0].shape)
    for answer in answers:
        total += answer
    return total / len(answers)
