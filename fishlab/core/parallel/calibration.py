"""Finding the fastest way to run: a few steps in each, with copies of the weights that are thrown away.

A run of so many seconds allows so much time to look; a race that is settled before (`race.py`) ends it.
"""

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
from fishlab.core.parallel.race import ROUNDS, Race
from fishlab.core.parallel.remembered import remember, remembered
from fishlab.core.parallel.task import Task
from fishlab.core.parallel.way import ONE, SHARING, TEAMS, Way
from fishlab.core.parallel.workplace import Workplace
from fishlab.core.processors import processors
from fishlab.core.spec import ProjectSpec

WORTH_IT = 5.0  # seconds: a run that takes less in one thread is over before anything is gained
ALLOWED = 0.02  # of the time that the run takes in one thread, to find out how it is the fastest
LEAST_TIME, MOST_TIME = 1.0, 4.0  # seconds allowed, however short or long the run is
SLICE = 0.04  # seconds for each way in a round
FEWEST, MOST = 3, 200  # steps in a slice; a single one where steps are long beside the time allowed
PATIENCE = 2.0  # times the time allowed, after which even the least rounds are given up
STARTING = 20  # percent of the progress that is told: helpers start
MOST_WORKERS = 8
MOST_BATCHES = 50

clock = time.perf_counter

Look = Callable[[int, int], None]
"""Told how much of 100 has been done; may raise Cancelled."""


def choose_way(
    project: ProjectSpec,
    data: Prepared,
    *,
    resume: Checkpoint | None = None,
    epochs: int | None = None,
    look: Look = lambda done, total: None,
) -> Way:
    """How to run where nobody has said it.

    A run that goes on keeps its number of workers, and with it its bits. For a new one the fastest way is looked up,
    or else measured, in a fiftieth of the time that the run takes (a second at least, four at most), and remembered.
    What other programs may have had a part in is measured again by the next run, and remembered where both agree in
    calm; what was measured beside them is used, and forgotten.
    Raises TrainingError for images that the network cannot take, and what `look` raises.
    """
    refuse_unfit(project.network, data.train, "training")
    known = remembered(project)
    if resume is not None:
        return known if known and known.workers == resume.way.workers else resume.way
    if known is not None:
        return known
    steps = (epochs or project.training.epochs) * -(-len(data.train) // project.training.batch_size)
    with computing():
        race = _measured(project, data, steps, look)
    if race is None:
        return ONE
    if race.settled() or race.calm():
        remember(project, race.best(), sure=race.settled())
    return race.best()


def _measured(project: ProjectSpec, data: Prepared, steps: int, look: Look) -> Race | None:
    """What came of trying all ways; None where there is one only, or where a run of so many steps is too short."""
    ways = candidates(min(project.training.batch_size, len(data.train)))
    if len(ways) == 1:
        return None
    with ExitStack() as stack:
        trials: list[Trial] = []
        for number, way in enumerate(ways):
            look(STARTING * number // len(ways), 100)
            with suppress(TrainingError, MemoryError):  # too little memory for it, or no helper processes
                trial = stack.enter_context(closing(Trial(project, data, way)))
                trial.warm_up()
                trials.append(trial)
            if trials and trials[0].way == ONE and trials[0].seconds * steps < WORTH_IT:
                return None
        if not trials:
            return None
        return _raced(trials, min(max(ALLOWED * steps * trials[0].seconds, LEAST_TIME), MOST_TIME), look)


def _raced(trials: Sequence[Trial], allowed: float, look: Look) -> Race:
    """Let the ways race for so many seconds, or until that is settled."""
    race, begin, rounds = Race([trial.way for trial in trials]), clock(), 0
    fewest = FEWEST if FEWEST * ROUNDS * sum(trial.seconds for trial in trials) < allowed else 1
    while not (race.settled() or clock() - begin >= (allowed if rounds >= ROUNDS else PATIENCE * allowed)):
        first = rounds % len(trials)
        for trial in (*trials[first:], *trials[:first]):
            look(STARTING + int(min(0.99, (clock() - begin) / allowed) * (100 - STARTING)), 100)
            race.add(trial.way, trial.run(fewest))
        rounds += 1
    for trial in trials:
        if trial.lost:
            race.leave(trial.way)
    return race


def candidates(batch: int) -> list[Way]:
    """The ways to try, the simpler ones first: as many workers as half the processors, or all of them."""
    most = min(processors(), MOST_WORKERS, batch)
    counts = [count for count in dict.fromkeys((most // 2, most)) if count > 1]
    return [ONE, *(Way(kind, count) for kind in TEAMS for count in counts)]


class Trial:
    """One way, tried on real images with weights of its own. Raises TrainingError where it cannot be.

    `seconds` is a first guess of the time of a step. `lost` says that helpers died.
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

    def run(self, fewest: int) -> float:
        """A slice of so many steps at least; returns its median step in seconds."""
        end, times = clock() + SLICE, [self._step()]
        while len(times) < MOST and (len(times) < fewest or clock() < end):
            times.append(self._step())
        return statistics.median(times)

    def _step(self) -> float:
        """One step; returns its seconds."""
        began, batch = clock(), self._steps % self._batches
        following = self._size if batch + 1 < self._batches else 0
        self._crew.step(self._steps, batch * self._size, self._size, following)
        self._steps += 1
        return clock() - began

    @property
    def lost(self) -> bool:
        """Whether helpers died, so that it is no longer this way that is measured."""
        return bool(self._crew.lost)

    def close(self) -> None:
        """Send the helpers home."""
        self._crew.close()


def _some(images: ImageSet, count: int) -> ImageSet:
    return images if len(images) <= count else ImageSet(images.images[:count], images.labels[:count])
