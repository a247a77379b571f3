"""Chapter 7: convolution."""

from __future__ import annotations

import numpy as np

from benchmarks.book.claims import Numbers, Run, Shown, claim
from benchmarks.book.networks import accuracy, both, from_template, trained
from fishlab.core.schedules import SCHEDULES


@claim(
    "99.82 % of the training and 98.96 % of the test images.",
    lambda n: n["test"] >= 0.9896,
    Shown("test", "test"),
    Shown("train", "training"),
    Shown("before", "neighbours in a filter alike: before"),
    Shown("after", "after"),
    why="With the book's 20 epochs of one rate a run came to 98.75 %: the last steps still jump.",
)
def simple_conv_net(run: Run) -> Numbers:
    """The template SimpleConvNet, all 60,000 images, Adam 0.001, batches of 100; where the book has 20 epochs of one
    rate, 12 along a cosine, with a weight decay of 0.0001, chosen on images set aside. The filters before and after:
    the correlation of weights that lie side by side, 0 where they are noise, 1 where they are one blob."""
    cosine = SCHEDULES["cosine"].item()
    spec = from_template(
        "SimpleConvNet", run.seed, epochs=run.few(12), batch_size=100, schedule=cosine, weight_decay=1e-4
    )
    trainer = trained(spec)
    key = next(key for key, value in trainer.start.items() if value.ndim == 4)
    before, after = (_smoothness(weights[key]) for weights in (trainer.start, trainer.network.arrays()))
    return both(trainer) | {"before": before, "after": after}


@claim(
    "LeNet and AlexNet in small learn: more than 97.5 % of the test images after one epoch.",
    lambda n: min(n.values()) > 0.975,
    Shown("LeNet-5", "LeNet-5"),
    Shown("AlexNet", "AlexNet"),
)
def lenet_and_alexnet(run: Run) -> Numbers:
    """The templates as they are, all 60,000 images, one epoch."""
    return after_one_epoch(run, "LeNet-5", "AlexNet")


def after_one_epoch(run: Run, *names: str) -> Numbers:
    """The test accuracy of templates after an epoch, or where it shall only be seen that all works, a few steps."""
    found = {}
    for name in names:
        trainer = trained(from_template(name, run.seed, epochs=1), steps=30 if run.quick else 0)
        found[name] = accuracy(trainer.network, trainer.data.test, trainer.data.scaling)
    return found


def _smoothness(filters: np.ndarray) -> float:
    """The mean correlation of neighbours, across and down, in filters (F, C, FH, FW)."""
    across = np.corrcoef(filters[..., :-1].ravel(), filters[..., 1:].ravel())[0, 1]
    down = np.corrcoef(filters[..., :-1, :].ravel(), filters[..., 1:, :].ravel())[0, 1]
    return float((across + down) / 2)
