"""What the network answers to images whose labels are known: confusion, mistakes and scores follow from it.

All of them ask the same question, so the network goes through the images once for every moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import ImageSet, Values, class_words
from fishlab.core.evaluation import confusion_matrix
from fishlab.core.layers.base import Array, Shape
from fishlab.core.losses import LOSSES
from fishlab.core.metrics import ClassScores, class_scores
from fishlab.core.probes.base import PROBES
from fishlab.core.shapes import infer
from fishlab.core.sight import Sight

MOST_WORK = 50_000_000_000  # multiply-adds for one look: a second or two of a processor
QUICK_WORK = 2_000_000_000  # for one look beside a run: less than a tenth of a second
FEWEST, STEP = 200, 100  # images that are seen however dear they are; more of them come in whole steps
AT_ONCE = 100  # images between two looks at whether anybody still waits


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to the first N of `total` images of `split`.

    `images` (N, ...) are the data's own, never changed, and `numbers` (N,) what they are called (see ImageSet).
    `labels` (N,) is what they are, `seen` (N,) the class with the largest answer, `confidence` (N,) that answer, and
    `right` (N,) what the label's class got. `probabilities` says whether those are chances, 0 to 1; a loss such as
    squared error gives scores on a scale of their own, and so `loss` names it. `x` is the place in the run, in epochs,
    that they are of.
    """

    split: str
    total: int
    images: Values
    labels: NDArray[np.intp]
    seen: NDArray[np.intp]
    numbers: NDArray[np.intp]
    confidence: NDArray[np.float32]
    right: NDArray[np.float32]
    class_names: tuple[str, ...]
    probabilities: bool
    loss: str
    x: float = 0.0

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> Shape:
        """(C, H, W) of an image, or (F,) of a row."""
        return self.images.shape[1:]

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each image (N,) was seen as what it is."""
        right: NDArray[np.bool_] = self.labels == self.seen
        return right

    @cached_property
    def confusion(self) -> NDArray[np.intp]:
        """Counts (K, K): row, the class an image is of; column, the class seen in it."""
        return confusion_matrix(self.labels, self.seen, len(self.class_names))

    @cached_property
    def scores(self) -> ClassScores:
        """Precision, recall and F1 of every class."""
        return class_scores(self.confusion)

    def of(self, label: int | None = None, seen: int | None = None) -> NDArray[np.intp]:
        """The places of the images that are of a class, that a class was seen in, or both; None is any."""
        chosen = np.ones(len(self), bool)
        if label is not None:
            chosen &= self.labels == label
        if seen is not None:
            chosen &= self.seen == seen
        return np.flatnonzero(chosen)


@PROBES.register("answers", title="Answers")
def answers(sight: Sight, *, split: str = "validation", quick: bool = False) -> Answers | None:
    """The answers to the first images of "validation", "train" or "test"; None where there are none.

    They are as many as are answered in a second or two, all of most sets, or in a tenth of one if it is to be `quick`.
    Without images set aside to validate those to learn from are taken, and `split` says so. Raises DataError where data
    cannot be had, and what `sight.look` raises.
    """
    split, images = _images(sight, split)
    count = min(len(images), affordable(sight, QUICK_WORK if quick else MOST_WORK))
    if not count:
        return None
    refuse_unfit(sight.moment.network, images)
    outputs = _outputs(sight, images.images[:count])
    labels = images.labels[:count]
    places = np.arange(count)
    seen = outputs.argmax(axis=1)
    names = class_words(sight.data.class_names, outputs.shape[1])
    between = bool(outputs.min() >= 0 and outputs.max() <= 1 + 1e-6)
    loss = sight.network.spec.loss
    return Answers(
        split, len(images), images.images[:count], labels.copy(), seen, images.numbers[:count],
        outputs[places, seen], outputs[places, labels], names, between, LOSSES[loss.kind].title, sight.moment.x,
    )  # fmt: skip


def affordable(sight: Sight, work: int) -> int:
    """How many images are answered with so many multiply-adds, in whole steps."""
    each = max(1, infer(sight.moment.network).mult_adds)
    return max(FEWEST, work // each // STEP * STEP)


def _images(sight: Sight, split: str) -> tuple[str, ImageSet]:
    """The images of a split, and which split they really are."""
    if split == "test":
        return split, sight.data.test
    images = sight.images(split)
    return ("train" if images is sight.data.train else split), images


def _outputs(sight: Sight, images: Values) -> NDArray[np.float32]:
    """The answers (N, K) to all images, in small parts."""
    network, parts = sight.network, []
    for begin in range(0, len(images), AT_ONCE):
        sight.look(begin, len(images))
        parts.append(network.predict(sight.scaling.apply(images[begin : begin + AT_ONCE])))
    return np.concatenate(parts).astype(np.float32, copy=False)


@PROBES.register("answers_to", title="Answers to own images")
def answers_to(sight: Sight, *, images: bytes) -> Array | None:
    """The answers (N, K) to images given as the bytes of their grey levels in uint8, in the network's shape.

    None where the bytes are no whole number of such images, or of none.
    """
    shape = sight.moment.network.in_shape
    levels = np.frombuffer(images, np.uint8)
    if not levels.size or levels.size % math.prod(shape):
        return None
    return _outputs(sight, levels.reshape(-1, *shape))
