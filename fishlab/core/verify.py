"""Verifying a run: its batches from one checkpoint to a later one are learned once more and compared.

A run is its project, its images, its seed and its number of workers, and nothing else. So the same batches from the
same place must give the same numbers, to the last bit; where they do not, something is not as it was: the images, a
layer's file, the machine, or FishLab.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import TrainingError
from fishlab.core.events import Finished
from fishlab.core.files import open_project, save_project
from fishlab.core.files.scratch import scratch_folder
from fishlab.core.history import History
from fishlab.core.layers.base import Array
from fishlab.core.schedules import CONSTANT
from fishlab.core.training import Trainer

_MEASURED = "history/metrics"


@dataclass(frozen=True)
class Replaying:
    """`done` of `total` batches have been learned again."""

    done: int
    total: int


@dataclass(frozen=True)
class Verified:
    """So many batches were learned again; `difference` is the largest of any weight, any number of the optimizer's
    memory and any loss (infinite where one of the two is no number). `exact` is what it should be.
    """

    batches: int
    difference: float

    @property
    def exact(self) -> bool:
        """Whether all numbers were the same."""
        return self.difference == 0


def verify(earlier: Checkpoint, later: Checkpoint, data: Prepared) -> Generator[Replaying, None, Verified]:
    """Learn again what the run learned from `earlier` to `later`, in the same way; yields how far that is.

    `earlier` goes through a project file first, so that what is verified is what a file brings back. Closing the
    generator ends the work. Raises TrainingError where one is not an earlier place of the other's run, or the images
    are not those it learned from.
    """
    refuse_unrelated(earlier, later)
    _refuse_other_images(later, data)
    epochs = later.target - earlier.position.epoch if _ended(earlier) else None
    trainer = Trainer(later.project, data, resume=_through_a_file(earlier), epochs=epochs, way=later.way)
    total = later.position.step - earlier.position.step
    with closing(trainer.events()) as events:
        for _ in events:
            yield Replaying(trainer.position.step - earlier.position.step, total)
            if trainer.position == later.position:
                break
        found = _difference(trainer.checkpoint(), later)
        if found and isinstance(next(events, None), Finished):  # a batch that was lost, and took weights back
            found = min(found, _difference(trainer.checkpoint(), later))
    return Verified(total, found)


def refuse_unrelated(earlier: Checkpoint, later: Checkpoint) -> None:
    """Raise TrainingError where the batches between two checkpoints cannot be learned again as they were."""
    if earlier.position.step >= later.position.step:
        raise TrainingError("There is no batch between the two: the earlier must have learned fewer batches.")
    if earlier.project.network != later.project.network:
        raise TrainingError("The two are of different networks, or of one that was made twice: their layers differ.")
    if not _begins(earlier.history, later.history):
        raise TrainingError("The earlier is not a part of the later's run: their histories differ.")
    if (earlier.project, earlier.way.workers) != (later.project, later.way.workers):
        raise TrainingError("Settings were changed between the two, and it is not known after which batch.")
    if not _same_target(earlier, later):
        raise TrainingError("Another run was begun between the two, and it is not known where it was heading.")


def related(earlier: Checkpoint, later: Checkpoint) -> bool:
    """Whether the batches between two checkpoints can be learned again as they were."""
    try:
        refuse_unrelated(earlier, later)
    except TrainingError:
        return False
    return True


def _same_target(earlier: Checkpoint, later: Checkpoint) -> bool:
    """Whether it is known for which epoch the run was heading: a schedule depends on that.

    The end of a run is where the next one begins; one that waited long enough ends before its target.
    """
    if _ended(earlier):
        return later.project.training.schedule == CONSTANT
    waited = later.project.training.patience and _ended(later) and later.target < earlier.target
    return earlier.target == later.target or bool(waited)


def _begins(one: History, other: History) -> bool:
    """Whether one history is the beginning of the other."""
    tables = ((one.steps, other.steps), (one.epochs, other.epochs), (one.rates, other.rates))
    same = all(_equal(short.rows, long.rows[: len(short)]) for short, long in tables)
    return same and other.marks == one.marks


def _equal(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))


def _ended(model: Checkpoint) -> bool:
    return model.position.batch == 0 and model.position.epoch == model.target


def _refuse_other_images(later: Checkpoint, data: Prepared) -> None:
    if (data.name, data.scaling) != (later.data_name, later.scaling):
        raise TrainingError(
            f"The run learned from “{later.data_name}”, and what is here now is “{data.name}”"
            f"{'' if data.name != later.data_name else ' with other images'}: it cannot be learned from again."
        )


def _through_a_file(model: Checkpoint) -> Checkpoint:
    with scratch_folder() as folder:
        path = folder / "earlier.fishlab"
        save_project(path, model.project, model)
        _, again = open_project(path)
    assert again is not None
    return again


# -- comparing -------------------------------------------------------------------------------------------------------
def _difference(one: Checkpoint, other: Checkpoint) -> float:
    if one.position != other.position:
        return math.inf
    tables, others = _tables(one), _tables(other)
    if _MEASURED not in others:  # the later was made when steps were not measured
        tables.pop(_MEASURED, None)
    if set(tables) != set(others):
        return math.inf
    return max(_apart(tables[name], others[name]) for name in others)


def _tables(model: Checkpoint) -> dict[str, Array]:
    """All numbers that a run makes, by names."""
    groups = {"weights": model.weights, "history": model.history.arrays(), **model.memory}
    groups |= {"best": model.best.weights} if model.best else {}
    return {f"{group}/{key}": array for group, table in groups.items() for key, array in table.items()}


def _apart(one: Array, other: Array) -> float:
    """The largest difference; where both are no number they are equal."""
    if one.shape != other.shape:
        return math.inf
    differ = ~((one == other) | (np.isnan(one) & np.isnan(other)))
    found = np.abs(one[differ].astype(np.float64) - other[differ].astype(np.float64)).max(initial=0.0)
    return float(found) if np.isfinite(found) else math.inf
