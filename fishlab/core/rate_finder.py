"""The rate finder: which learning rate suits a network, found in a few hundred steps (Smith 2017; chapter 6.5.2
searches over scales too, with a run for each).

The rate grows from step to step by the same factor, until the loss explodes. Where it fell most steeply the rate was
right; where it was least it was already too high to stay at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import TrainingError
from fishlab.core.events import Finished, StepDone
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.schedules import CONSTANT
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer

SMOOTHING = 0.9  # of the loss, as an exponential mean
EXPLODED = 4.0  # times the least loss
FEWEST = 10


@dataclass(frozen=True, eq=False)
class RateSearch:
    """What was tried. `rates` and `losses` (steps,) go together; `smooth` (steps,) is the loss without its noise."""

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smooth: NDArray[np.float64]

    @property
    def steepest(self) -> float:
        """The rate at which the loss fell most for the same factor in the rate: a good one to train with."""
        falling = self.smooth[: int(self.smooth.argmin()) + 1]
        if len(falling) < 2:
            return float(self.rates[0])
        return float(self.rates[int(np.gradient(falling).argmin())])

    @property
    def least(self) -> float:
        """The rate at which the loss was least: from here on it is too high."""
        return float(self.rates[int(self.smooth.argmin())])


def find_rate(
    project: ProjectSpec,
    data: Prepared,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    way: Way = ONE,
) -> RateSearch:
    """Train from fresh weights for `steps` batches while the rate grows from `lowest` to `highest`.

    It ends early once the loss is four times its least, or no longer finite. The project itself stays as it is; its
    schedule takes no part. Raises TrainingError where the rates do not grow, or the first batch already diverges.
    """
    if not 0 < lowest < highest <= 100 or steps < FEWEST:
        raise TrainingError(
            f"Rates from {lowest:g} to {highest:g} in {steps:,} steps cannot be tried: the lowest is above 0, the "
            f"highest above it and at most 100, and there are {FEWEST} steps or more."
        )
    rates = np.geomspace(lowest, highest, steps)
    losses = np.array(list(_losses(project, data, rates, way)))
    if not len(losses):
        raise TrainingError(f"The loss is not finite even at a rate of {lowest:g}. Begin lower, or look at the data.")
    return RateSearch(rates[: len(losses)], losses, smoothed(losses))


def _losses(project: ProjectSpec, data: Prepared, rates: NDArray[np.float64], way: Way) -> Iterator[float]:
    """The loss of each step, each with a rate of its own, until it explodes."""
    optimizers = [project.training.optimizer.replace(learning_rate=float(rate)) for rate in rates]
    training = replace(project.training, optimizer=optimizers[0], schedule=CONSTANT, patience=0, keep_best=False)
    trainer = Trainer(project.replace(training=training), data, epochs=len(rates), way=way)
    steps = (event for event in trainer.events() if isinstance(event, StepDone | Finished))
    mean, least = 0.0, math.inf
    for number, event in enumerate(steps, start=1):
        if isinstance(event, Finished):  # it diverged
            return
        yield event.loss
        mean = SMOOTHING * mean + (1 - SMOOTHING) * event.loss
        now = _without_start(mean, number)
        least = min(least, now)
        if number == len(rates) or now > EXPLODED * least:
            return
        trainer.set_optimizer(optimizers[number])


def smoothed(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exponential mean of the losses so far, at each step."""
    mean, found = 0.0, []
    for number, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        found.append(_without_start(mean, number))
    return np.array(found)


def _without_start(mean: float, number: int) -> float:
    """An exponential mean begins at zero; this takes the pull towards it out."""
    return mean / (1 - math.pow(SMOOTHING, number))
