"""Training as a generator of events: no thread, no print, no clock in the maths.

    for event in train(project, prepared):
        if isinstance(event, EpochDone): ...

What a run does is fixed by the project, the images and the seed. A `Checkpoint` holds all of it between two batches:
weights, the optimizer's memory and the place in the epoch (randomness is found by place, see randomness.py), so that
a run that was stopped, saved and resumed gives the same bits as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.batches import epoch_order
from fishlab.core.data.checks import refuse_unfit
from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import computing, evaluate
from fishlab.core.events import (
    EpochDone,
    Evaluating,
    Finished,
    HelperLost,
    Marked,
    Position,
    Running,
    Started,
    StepDone,
    TrainEvent,
)
from fishlab.core.fields import describe
from fishlab.core.history import History, Mark
from fishlab.core.layers.base import Array
from fishlab.core.memory import refuse_too_large
from fishlab.core.network import Network
from fishlab.core.optimizers import OptimizerSpec
from fishlab.core.parallel.crew import Crew, HelperGone
from fishlab.core.parallel.task import Task
from fishlab.core.parallel.way import ONE, SHARING, Way
from fishlab.core.parallel.workplace import Workplace
from fishlab.core.patience import Best, Watch, refuse_unwatched
from fishlab.core.resuming import changed_since, first_position, first_target, restore_memory
from fishlab.core.spec import ProjectSpec
from fishlab.core.step_metrics import NOT_MEASURED, measure, measured_every
from fishlab.core.transfer import refuse_all_frozen


def train(
    project: ProjectSpec,
    data: Prepared,
    *,
    resume: Checkpoint | None = None,
    epochs: int | None = None,
    way: Way = ONE,
) -> Iterator[TrainEvent]:
    """Train a project and yield what happens; `Trainer` is the same with a handle on the network."""
    return Trainer(project, data, resume=resume, epochs=epochs, way=way).events()


class Trainer:
    """One run. `events()` drives it; between two events `checkpoint()`, `set_optimizer` and `set_decay` may be called.

    `network` holds the weights between two events, whatever `way` it computes in; another number of workers gives other
    bits, another kind of workers the same. Helpers live while `events()` does.
    `resume` goes on with a checkpoint of the same structure. `start` gives weights to begin a new run from. The run
    ends after `epochs` more epochs; unless they are given, a run that was stopped before its target goes on to that,
    and any other runs for the project's own number. Raises TrainingError where there is nothing to learn from,
    or less memory than it takes.
    """

    def __init__(
        self,
        project: ProjectSpec,
        data: Prepared,
        *,
        resume: Checkpoint | None = None,
        start: Mapping[str, Array] | None = None,
        epochs: int | None = None,
        way: Way = ONE,
    ) -> None:
        _refuse_other(project, data)
        if len(data.train) == 0:
            raise TrainingError("There are no training images: use fewer for validation, or a larger subset.")
        refuse_unfit(project.network, data.train, "training")
        refuse_unfit(project.network, data.validation, "validation")
        refuse_unwatched(project, data)
        refuse_all_frozen(project.network)
        refuse_too_large(project, len(data.train), way, data.train.images.itemsize)
        self.project, self.data = project, data
        self.way = way
        self.spec = project.training
        weights = resume.weights if resume else start
        network = Network(project.network, seed=self.spec.seed, dtype=self.spec.precision, start=weights)
        self.start = dict(resume.start) if resume else network.arrays()
        task = Task(project.network, self.spec, data.scaling, way.workers, project.data.augmentation)
        self._place = Workplace(task, network, data.train, shared=way.kind in SHARING)
        self.network, self.optimizer = self._place.lead.network, self._place.lead.optimizer
        if resume:
            restore_memory(self.optimizer, self.network, resume)
        self._crew: Crew | None = None
        self._measured_every = measured_every(project, way.workers)
        self.history = resume.history.copy() if resume else History()
        self.test_looks = resume.test_looks if resume else 0
        self.batches = -(-len(data.train) // self.spec.batch_size)  # of an epoch; the last one may be smaller
        self.position = first_position(resume, project, self.batches)
        self.target = first_target(resume, project, self.position, epochs)
        same_run = epochs is None and resume is not None and resume.target == self.target
        self._watch = Watch.going_on(resume, project, data, self.position.epoch, same_run=same_run)
        changed = changed_since(resume, project, data.name) if resume else ()
        self._resumed_with = [self._mark(text) for text in changed]

    # -- between two events --------------------------------------------------------------------------------------
    def set_optimizer(self, spec: OptimizerSpec) -> Mark | None:
        """Take over an optimizer's live settings while it runs; the others, and another kind, wait for the next run."""
        before = self.spec.optimizer
        if spec.kind != before.kind:
            return None
        live = {info.name: getattr(spec, info.name) for info in describe(type(spec)) if info.live}
        spec = before.replace(**live)
        if spec == before:
            return None
        self._keep(replace(self.spec, optimizer=spec))
        return self._mark(f"rate {before.learning_rate:g} → {spec.learning_rate:g}")

    def set_decay(self, weight_decay: float) -> Mark | None:
        """Change the weight decay while it runs."""
        before = self.spec.weight_decay
        if weight_decay == before:
            return None
        self._keep(replace(self.spec, weight_decay=weight_decay))
        return self._mark(f"decay {before:g} → {weight_decay:g}")

    def _keep(self, spec: Any) -> None:
        self.spec = spec
        self.project = self.project.replace(training=spec)
        self._place.set(spec.optimizer, spec.weight_decay)

    def _mark(self, text: str) -> Mark:
        mark = Mark(self.x, text)
        self.history.marks.append(mark)
        return mark

    @property
    def best(self) -> Best | None:
        """The best epoch so far, where the run keeps it."""
        return self._watch.best

    @property
    def whole(self) -> bool:
        """Whether `checkpoint()` is that of the last batch; False only after an error while weights were changed."""
        return self._crew is None or not self._crew.moving

    @property
    def x(self) -> float:
        """The place in epochs."""
        return self.position.epoch + self.position.batch / self.batches

    @property
    def _dealt(self) -> int:
        """How many batches there are in all epochs up to here."""
        return self.position.epoch * self.batches + self.position.batch

    def checkpoint(self) -> Checkpoint:
        """All of the run as it stands now, copied."""
        memory = {
            slot: {key: np.ascontiguousarray(part).copy() for key, part in self.network.split(flat)}
            for slot, flat in self.optimizer.memory.items()
        }
        return Checkpoint(
            project=self.project,
            weights=self.network.arrays(),
            start=self.start,
            memory=memory,
            optimizer_steps=self.optimizer.steps,
            position=self.position,
            target=self.target,
            history=self.history.copy(),
            scaling=self.data.scaling,
            data_name=self.data.name,
            test_looks=self.test_looks,
            way=self.way,
            best=self.best,
            patient_since=self._watch.since,
            class_names=self.data.class_names,
        )

    # -- the run ---------------------------------------------------------------------------------------------------
    def events(self) -> Generator[TrainEvent, None, None]:
        """Train to the target and yield what happens. Whatever ends it, helpers are gone when it ends."""
        with computing():
            yield Started(
                len(self.data.train),
                self.batches,
                self.position,
                self.target,
                self.data.name,
                len(self.data.validation),
                self.data.class_names,
            )
            try:
                yield from self._assemble()
                yield from map(Marked, self._resumed_with)
                with self._place.preparing(self._dealt - self.position.step):
                    yield from self._epochs()
            finally:
                if self._crew is not None:
                    self._crew.close()

    def _assemble(self) -> Iterator[TrainEvent]:
        """Bring a crew together; where helper processes cannot be had, of threads."""
        try:
            self._crew = self._place.crew(self.way)
        except HelperGone as error:
            yield from self._in_threads(str(error))
            self._crew = self._place.crew(self.way)
        else:
            yield Running(self.way)

    def _in_threads(self, why: str) -> Iterator[TrainEvent]:
        """As many threads as there were processes give the same bits."""
        self.way = Way("threads", self.way.workers)
        yield HelperLost(f"{why} The run goes on in {self.way.title}, with the same result.")
        yield Running(self.way)

    def _epochs(self) -> Iterator[TrainEvent]:
        while self.position.epoch < self.target:
            end = yield from self._epoch()
            if end:
                yield end
                return
        yield Finished("done", f"Finished {self.target} {'epoch' if self.target == 1 else 'epochs'}.")

    def _epoch(self) -> Generator[TrainEvent, None, Finished | None]:
        replacement = self.spec.sampling != "permutation"
        self._place.begin_epoch(
            epoch_order(len(self.data.train), self.spec.seed, self.position.epoch, replacement=replacement)
        )
        while self.position.batch < self.batches:
            event = self._step()
            if self._crew is not None and self._crew.lost:
                yield from self._in_threads(self._crew.lost)
                self._crew.lost = ""
            yield event
            if isinstance(event, Finished):
                return event
        done = yield from self._close_epoch()
        yield done
        if done.validation is not None and not math.isfinite(done.validation.loss):
            return self._diverged("The validation loss")
        if not all(math.isfinite(np.add.reduce(memory, dtype=np.float64)) for memory in self.optimizer.memory.values()):
            return self._diverged("The memory of the optimizer")
        return self._waited()

    def _waited(self) -> Finished | None:
        """The end of a run whose patience is used up; it no longer heads for where it was heading."""
        verdict = self._watch.verdict(self.spec, self.position.epoch)
        if not verdict:
            return None
        self.target = self.position.epoch
        return Finished("patience", verdict)

    def _step(self) -> StepDone | Finished:
        """Learn from one batch; where the loss or the new weights are not finite, the last good weights come back."""
        assert self._crew is not None
        position, size = self.position, self.spec.batch_size
        first = position.batch * size
        left = len(self.data.train) - first
        count, following = min(size, left), min(size, max(0, left - size))
        factor = self.spec.schedule.factor(self.x, self.target, 1 / self.batches)
        self._place.set_factor(factor)
        loss, correct, finite = self._crew.step(position.step, first, count, following)
        if not finite:
            return self._diverged()
        self.position = Position(position.epoch, position.batch + 1, position.step + 1)
        due = position.step % self._measured_every == 0
        measured = measure(self._place.lead.update, min(self.way.workers, count)) if due else NOT_MEASURED
        x, accuracy = self.x, correct / count
        rate = self.spec.optimizer.learning_rate * factor
        self.history.steps.append(x, loss, accuracy, count)
        self.history.keep_rate(x, rate)
        self.history.keep_metrics(x, *measured)
        return StepDone(x, loss, accuracy, count, self.position, rate, *measured)

    def _diverged(self, what: str = "The loss") -> Finished:
        self._place.restore()
        for memory in self.optimizer.memory.values():
            memory[~np.isfinite(memory)] = 0
        rate = self.spec.optimizer.learning_rate
        return Finished(
            "diverged",
            f"{what} is no longer finite after step {self.position.step:,}. "
            f"Try a learning rate of {rate / 10:g} or less; it was {rate:g}. The last finite weights are kept.",
        )

    def _close_epoch(self) -> Generator[Evaluating, None, EpochDone]:
        done = self.history.steps.rows[-self.batches :]
        images = done[:, 3]
        loss, accuracy = (float(np.average(done[:, column], weights=images)) for column in (1, 2))
        score = None
        if len(self.data.validation):
            score = yield from evaluate(self.network, self.data.validation, self.data.scaling)
        self.position = Position(self.position.epoch + 1, 0, self.position.step)
        measured = (score.loss, score.accuracy) if score else (math.nan, math.nan)
        self.history.epochs.append(self.position.epoch, loss, accuracy, *measured)
        self._watch.look(self.spec, self.position.epoch, score, self.network)
        return EpochDone(self.position.epoch, loss, accuracy, score)


def _refuse_other(project: ProjectSpec, data: Prepared) -> None:
    """Raise TypeError for what is no project, and for data that are not prepared."""
    if not isinstance(project, ProjectSpec):
        raise TypeError(f"A training is of a ProjectSpec, and this is a {type(project).__name__}.")
    if not isinstance(data, Prepared):
        name = type(data).__name__
        raise TypeError(f"A training is on Prepared data, and this is a {name}: `prepare(dataset, project.data)`.")
