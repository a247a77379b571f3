"""Finding the fastest way to run: a few steps in each, with copies of the weights that are thrown away."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import computing
from fishlab.core.memory import refuse_too_large
from fishlab.core.network import Network
from fishlab.core.parallel.remembered import remember, remembered
from fishlab.core.parallel.task import Task
from fishlab.core.parallel.way import ONE, SHARING, TEAMS, Way
from fishlab.core.parallel.workplace import Workplace
from fishlab.core.processors import processors
from fishlab.core.spec import ProjectSpec

WORTH_IT = 2.0  # seconds: a run that takes less in one thread is over before anything is gained
ROUNDS = 3  # in turns, so that whatever else the machine does hits all alike
SLICE = 0.06  # seconds for each way in a round
FEWEST, MOST = 3, 200  # steps in a slice
GAIN = 0.92  # a way with more helpers, or heavier ones, must take less than this share of a simpler one's time
MOST_WORKERS = 8
MOST_BATCHES = 50

Look = Callable[[int, int], None]
"""Told which way of how many is being tried; may raise Cancelled."""


def choose_way(
    project: ProjectSpec,
    data: Prepared,
    *,
    resume: Checkpoint | None = None,
    epochs: int | None = None,
    look: Look = lambda tried, total: None,
) -> Way:
    """How to run where nobody has said it.

    A run that goes on keeps its number of workers, and with it its bits. For a new one the fastest way is looked up,
    or else measured, in about a second, and remembered. Raises TrainingError for images that the network cannot take,
    and what `look` raises.
    """
    refuse_unfit(project.network, data.train, "training")
    known = remembered(project)
    if resume is not None:
        return known if known and known.workers == resume.way.workers else resume.way
    if known is not None:
        return known
    steps = (epochs or project.training.epochs) * -(-len(data.train) // project.training.batch_size)
    with computing():
        found = _measured(project, data, steps, look)
    if found is None:
        return ONE
    remember(project, found)
    return found


def _measured(project: ProjectSpec, data: Prepared, steps: int, look: Look) -> Way | None:
    """The fastest way; None where there is one only, or where a run of so many steps is too short to find out."""
    ways = candidates(min(project.training.batch_size, len(data.train)))
    if len(ways) == 1:
        return None
    total = (1 + ROUNDS) * len(ways)
    with ExitStack() as stack:
        trials: list[Trial] = []
        for way in ways:
            look(len(trials), total)
            with suppress(TrainingError):  # there may be no memory for so many workers, and no helper processes
                trials.append(stack.enter_context(closing(Trial(project, data, way))))
                trials[-1].warm_up()
            if trials and trials[0].way == ONE and trials[0].seconds * steps < WORTH_IT:
                return None
        for number in range(ROUNDS * len(trials)):
            look(len(ways) + number, total)
            trials[number % len(trials)].run()
    return _best(trials)


def _best(trials: Sequence[Trial]) -> Way:
    """The simplest of those that are about as fast as the fastest."""
    best: Trial | None = None
    for trial in trials:
        if not trial.lost and (best is None or trial.seconds < GAIN * best.seconds):
            best = trial
    return best.way if best else ONE


def candidates(batch: int) -> list[Way]:
    """The ways to try, the simpler ones first: as many workers as half the processors, or all of them."""
    most = min(processors(), MOST_WORKERS, batch)
    counts = [count for count in dict.fromkeys((most // 2, most)) if count > 1]
    return [ONE, *(Way(kind, count) for kind in TEAMS for count in counts)]


class Trial:
    """One way, tried on real images with weights of its own. Raises TrainingError where it cannot be.

    `seconds` is the time of a step: the median of a slice, in the best of them. `lost` says that helpers died.
    """

    def __init__(self, project: ProjectSpec, data: Prepared, way: Way) -> None:
        images = _some(data.train, MOST_BATCHES * project.training.batch_size)
        refuse_too_large(project, len(images), way)
        task = Task(project.network, project.training, data.scaling, way.workers, project.data.augmentation)
        start = Network(project.network, seed=project.training.seed, dtype=task.dtype)
        place = Workplace(task, start, images, shared=way.kind in SHARING)
        place.begin_epoch(np.arange(len(images)))
        self.way, self.seconds = way, math.inf
        self._crew = place.crew(way)
        self._size = min(project.training.batch_size, len(images))
        self._batches = len(images) // self._size
        self._steps = 0

    def warm_up(self) -> None:
        """The first step makes buffers; the second is a first guess of the time."""
        self._step()
        self.seconds = self._step()

    def run(self) -> None:
        """A slice."""
        end, times = time.perf_counter() + SLICE, [self._step()]
        while len(times) < MOST and (len(times) < FEWEST or time.perf_counter() < end):
            times.append(self._step())
        self.seconds = min(self.seconds, statistics.median(times))

    def _step(self) -> float:
        """One step; returns its seconds."""
        began, batch = time.perf_counter(), self._steps % self._batches
        following = self._size if batch + 1 < self._batches else 0
        self._crew.step(self._steps, batch * self._size, self._size, following)
        self._steps += 1
        return time.perf_counter() - began

    @property
    def lost(self) -> bool:
        """Whether helpers died, so that it is no longer this way that is measured."""
        return bool(self._crew.lost)

    def close(self) -> None:
        """Send the helpers home."""
        self._crew.close()


def _some(images: ImageSet, count: int) -> ImageSet:
    return images if len(images) <= count else ImageSet(images.images[:count], images.labels[:count])
