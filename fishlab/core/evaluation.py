"""Measuring a network on images that it does not learn from."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

from fishlab.core.data.batches import Batcher
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import TrainingError
from fishlab.core.events import Evaluating, Score
from fishlab.core.layers.base import shape_text
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

EVALUATION_BATCH = 100


@contextmanager
def computing() -> Iterator[None]:
    """BLAS is held to one thread, so that bits do not depend on it; overflow is looked for, not warned of."""
    with threadpool_limits(1, "blas"), np.errstate(all="ignore"):
        yield


def refuse_other_shape(network: NetworkSpec, images: ImageSet) -> None:
    """Raise TrainingError where the images are not of the size that the network takes."""
    if network.in_shape != images.shape:
        raise TrainingError(
            f"The network takes {shape_text(network.in_shape)}, and the images are {shape_text(images.shape)}. "
            "Change the size of the input, or choose other images."
        )


def evaluate(network: Network, images: ImageSet, scaling: Scaling) -> Generator[Evaluating, None, Score]:
    """Loss and accuracy over a set, in small batches; yields its progress and returns the Score.

    Raises TrainingError for images of another size than the network takes.
    """
    refuse_other_shape(network.spec, images)
    batcher = Batcher(images, scaling, EVALUATION_BATCH)
    total, loss, correct = len(images), 0.0, 0
    for begin in range(0, total, EVALUATION_BATCH):
        x, labels = batcher.gather(np.arange(begin, min(total, begin + EVALUATION_BATCH)))
        scores = network.forward(x, training=False)
        loss += network.loss.forward(scores, labels) * labels.size
        correct += int(np.count_nonzero(scores.argmax(axis=0) == labels))
        yield Evaluating(min(total, begin + EVALUATION_BATCH), total)
    return Score(loss / total, correct / total, correct, total)


def evaluate_now(network: Network, images: ImageSet, scaling: Scaling) -> Score:
    """`evaluate` run to its end."""
    steps = evaluate(network, images, scaling)
    with computing():
        while True:
            try:
                next(steps)
            except StopIteration as end:
                score: Score = end.value
                return score
