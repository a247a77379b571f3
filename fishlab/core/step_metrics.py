"""What is measured of some steps of a run: how long the gradient was, and how far it moved the weights.

    gradient norm              ‖g‖, the gradient of the loss over the whole batch, before clipping and weight decay
    update-to-weight ratio     ‖w' − w‖ / ‖w‖, w before the step and w' after it, whatever moved them

Both are Euclidean norms over all numbers that learn, taken as one vector: g as gradient clipping takes it (Pascanu et
al. 2013), the ratio after Karpathy, CS231n notes, "Ratio of weights:updates", where about 0.001 is called usual.

Every number is read and none is written, so a run is the same whether it is measured or not. One pass over all
weights is a few per cent of a small step: so only every so many steps are measured, by their number and not by a
clock, and a run that was stopped and goes on has the same table as one that was not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.network import learning_keys, parameter_keys
from fishlab.core.parallel.update import Chunk, Update
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec

SHARE = 0.01  # of a run's time that measuring may take

# Nanoseconds on one machine: what counts is how they relate to one another.
_LOOK, _READ = 14_000, 0.28  # to begin, and for each number of a vector that is read
_STEP, _WORK, _MOVE = 60_000, 0.02, 1.5  # of a step, for each multiply-add, and for each weight that is moved


class Measured(NamedTuple):
    """What one step was like; NaN where it was not measured, or has no value."""

    gradient_norm: float = math.nan
    update_ratio: float = math.nan


NOT_MEASURED = Measured()


def measured_every(project: ProjectSpec, workers: int = 1) -> int:
    """Every how many steps a run of `project` is measured, so that it takes no more than SHARE of its time."""
    report = infer(project.network)
    infos = parameter_keys(report)
    learning = sum(infos[key].size for key in learning_keys(project.network, report))
    work = 3 * report.mult_adds * project.training.batch_size  # forward, and backward for weights and for input
    step = _STEP + (_WORK * work + _MOVE * learning) / workers
    return max(1, math.ceil((_LOOK + _READ * learning * (1 + workers)) / step / SHARE))


def measure(update: Update, shares: int) -> Measured:
    """Look back at the step that `update` has just made from the gradients of the first `shares` workers.

    It reads the workers' gradients, the weights, and those before the step, which an update keeps.
    """
    moved = weight = 0.0
    for chunk in update.chunks:
        moved += _squares(_change(chunk))
        weight += _squares(chunk.good)
    return Measured(math.sqrt(_gradient(update, shares)), math.sqrt(moved / weight) if weight else math.nan)


def _gradient(update: Update, shares: int) -> float:
    """The sum of the squares of the whole batch's gradient; in 64 bits where 32 are too few for it."""
    found = update.squares(0, len(update.chunks), shares)
    if math.isfinite(found):
        return found
    wholes = (np.sum(chunk.grads[:shares], axis=0, dtype=np.float64) for chunk in update.chunks)
    return float(sum(np.square(whole).sum() for whole in wholes))


def _squares(values: Array) -> float:
    found = float(values.dot(values))
    return found if math.isfinite(found) else float(np.square(values, dtype=np.float64).sum())


def _change(chunk: Chunk) -> Array:
    """What a step changed, in memory that lies idle between two steps."""
    change: Array = np.subtract(chunk.value, chunk.good, out=chunk.work[0])
    return change
