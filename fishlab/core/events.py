"""What a run says while it goes on. Events carry no clock: when they happened is the listener's affair."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fishlab.core.data.dataset import DIGITS
from fishlab.core.history import Mark
from fishlab.core.parallel.way import Way


@dataclass(frozen=True)
class Position:
    """Where a run stands: `epoch` whole epochs and `batch` batches of the next; `step` counts batches in all."""

    epoch: int = 0
    batch: int = 0
    step: int = 0


@dataclass(frozen=True)
class Score:
    """A set of images evaluated: mean loss, share right, and the counts behind it."""

    loss: float
    accuracy: float
    correct: int
    total: int


@dataclass(frozen=True)
class Started:
    """The run is ready: how much there is to do and what it continues."""

    images: int
    batches: int
    position: Position
    target: int
    data_name: str
    validation_images: int
    class_names: tuple[str, ...] = DIGITS


@dataclass(frozen=True)
class Running:
    """It is known how the run computes."""

    way: Way


@dataclass(frozen=True)
class HelperLost:
    """A helper process could not be started, or died; training goes on in this process. `text` may be shown."""

    text: str


@dataclass(frozen=True)
class StepDone:
    """One batch learned. `x` is the place in epochs, `accuracy` the share of the batch that was right before it.

    `rate` is the learning rate that the step used. `gradient_norm` and `update_ratio` are NaN for the steps that were
    not measured (see step_metrics.py).
    """

    x: float
    loss: float
    accuracy: float
    images: int
    position: Position
    rate: float = math.nan
    gradient_norm: float = math.nan
    update_ratio: float = math.nan


@dataclass(frozen=True)
class Evaluating:
    """Validation goes on: `done` of `total` images."""

    done: int
    total: int


@dataclass(frozen=True)
class EpochDone:
    """One epoch learned and validated; `validation` is None without validation images."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation: Score | None


@dataclass(frozen=True)
class Marked:
    """A live change took effect."""

    mark: Mark


@dataclass(frozen=True)
class Finished:
    """The run reached its target ('done'), waited long enough for a better epoch ('patience') or lost its footing
    ('diverged'); `text` says so in a sentence.
    """

    reason: str
    text: str


TrainEvent = Started | Running | HelperLost | StepDone | Evaluating | EpochDone | Marked | Finished
