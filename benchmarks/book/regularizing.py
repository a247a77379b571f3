"""Chapter 6.4 and 6.5: overfitting, what works against it, and the search for hyper-parameters."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from benchmarks.book.claims import Numbers, Run, Shown, claim
from benchmarks.book.networks import both, dense, dropped_out, project, trained
from fishlab.core.spec import NetworkSpec, ProjectSpec

SEVEN = (100, 100, 100, 100, 100, 100, 10)
FEW, EPOCHS = 300, 201
GAP = (Shown("train", "training"), Shown("test", "test"), Shown("gap", "gap"))
DRAWS, BEST, DRAWN_IMAGES = 100, 20, 500


def _few(run: Run, network: NetworkSpec, epochs: int = EPOCHS, **training: Any) -> ProjectSpec:
    return project(network, run.seed, subset=FEW, epochs=run.few(epochs), **training)


def _with_gap(spec: ProjectSpec) -> Numbers:
    found = both(trained(spec))
    return found | {"gap": found["train"] - found["test"]}


def _beside(found: Numbers, plain: Numbers) -> Numbers:
    return found | {"before": plain["gap"]}


def _narrower(numbers: Numbers) -> bool:
    return numbers["gap"] < numbers["before"] and numbers["train"] < 1.0


NARROWER = (*GAP, Shown("before", "gap without it"))


@claim("300 images are learned by heart: training near 100 %, test far below.",
       lambda n: n["train"] >= 0.99 and n["gap"] > 0.15, *GAP)  # fmt: skip
def overfitting(run: Run) -> Numbers:
    """784-(100)x6-10 with ReLU and He, 300 images, SGD 0.01, batches of 100, 201 epochs."""
    return _with_gap(_few(run, dense(*SEVEN)))


def _held(run: Run, **decay: Any) -> Numbers:
    """Seven layers with their weights held small, beside as many without."""
    plain = _with_gap(_few(run, dense(*SEVEN)))
    return _beside(_with_gap(_few(run, dense(*SEVEN), **decay)), plain)


@claim("Weight decay 0.1 (L2): the gap narrows, training stays below 100 %.", _narrower, *NARROWER)
def weight_decay(run: Run) -> Numbers:
    """The same with an L2 weight decay of 0.1."""
    return _held(run, decay_kind="l2", weight_decay=0.1)


@claim("L1 weight decay: the gap narrows, training stays below 100 %.", _narrower, *NARROWER)
def weight_decay_l1(run: Run) -> Numbers:
    """The same with an L1 weight decay of 0.01."""
    return _held(run, decay_kind="l1", weight_decay=0.01)


@claim("Max-norm: the gap narrows, training stays below 100 %.", _narrower, *NARROWER)
def max_norm(run: Run) -> Numbers:
    """The same, with the weights of each unit held to a length of 1."""
    return _held(run, decay_kind="max_norm", max_norm=1.0)


@claim(
    "Dropout: the gap narrows, training stays below 100 %.",
    _narrower,
    *NARROWER,
    why="Training stays below 100 % each time. How far the gap narrows is of the size of chance: 300 images are few, "
    "and what sleeping units take from the training accuracy they mostly take from the test accuracy too.",
)
def dropout(run: Run) -> Numbers:
    """784-(100)x6-10 with a dropout of 0.2 behind every ReLU, 301 epochs, beside as many without."""
    plain = _with_gap(_few(run, dense(*SEVEN), 301))
    return _beside(_with_gap(_few(run, dropped_out(dense(*SEVEN), 0.2), 301)), plain)


@claim(
    "Of 100 random draws the good ones lie at learning rates of 0.001 to 0.01.",
    lambda n: n["lowest_of_five"] >= 1e-3 and n["inside"] >= 18,
    Shown("inside", "of the best twenty at 0.001 to 0.01", "count"),
    Shown("lowest_of_five", "lowest rate of the best five", "small"),
    Shown("best", "best validation"),
)
def search(run: Run) -> Numbers:
    """784-(100)x6-10 on 500 images of which 100 validate, 50 epochs of SGD; weight decay 1e-8 to 1e-4 and learning rate
    1e-6 to 1e-2 drawn evenly by magnitude, 100 times."""
    rng = np.random.default_rng(run.seed)
    found = []
    for _ in range(run.few(DRAWS)):
        decay, rate = 10 ** rng.uniform(-8, -4), 10 ** rng.uniform(-6, -2)
        spec = project(dense(*SEVEN), run.seed, rate=rate, subset=DRAWN_IMAGES, epochs=run.few(50), weight_decay=decay)
        spec = spec.replace(data=dataclasses.replace(spec.data, validation=0.2))
        trainer = trained(spec)
        found.append((trainer.history.epochs.column("validation_accuracy")[-1], rate))
    found.sort(key=lambda draw: draw[0], reverse=True)  # equals stay in the order of their draw
    rates = [rate for _, rate in found[:BEST]]
    return {
        "inside": float(sum(rate >= 1e-3 for rate in rates)),
        "lowest_of_five": min(rates[:5]),
        "best": found[0][0],
    }
