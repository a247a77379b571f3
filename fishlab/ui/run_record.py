"""RunRecord: the numbers of the run in sight, as the window shows them, and of the runs before it."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QCoreApplication

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.events import EpochDone, Started, StepDone
from fishlab.core.history import History, Mark, Table
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import ProjectSpec
from fishlab.ui.progress import Progress, Speedometer

SPEED_COLUMNS = ("x", "images_per_second")
SPEED_SECONDS = 0.5  # what one row of the speeds is a mean over
MOST_EARLIER = 4  # as many as there are colours that mean nothing else


def _speeds() -> Table:
    return Table(SPEED_COLUMNS)


@dataclass
class Run:
    """What is known of one run: what it measured, how fast it was, what it was, and why it ended (while it goes on
    nothing). `speeds` has a row for each half second of running that was watched: a history itself has no clock.
    `shown`: as an earlier one it is laid over the run in sight.
    """

    history: History = field(default_factory=History)
    speeds: Table = field(default_factory=_speeds)
    number: int = 1
    title: str = ""
    ended: str = ""
    shown: bool = True


class RunRecord(Run):
    """The run in sight, which grows, and in `past` the last ones before it, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Run] = []
        self.progress = Progress()
        self._speed = Speedometer()
        self._rest_speed()

    @property
    def earlier(self) -> History | None:
        """What the run before this one measured."""
        return self.past[-1].history if self.past else None

    def copy(self) -> RunRecord:
        """A copy that stands still."""
        other = copy.copy(self)
        other.history, other.speeds = self.history.copy(), Table(SPEED_COLUMNS, self.speeds.rows)
        return other

    # -- runs come and go ------------------------------------------------------------------------------------------
    def begin(self, resume: Checkpoint | None, project: ProjectSpec | None = None) -> None:
        """A run of `project` begins: anew, or where `resume` stood."""
        if resume is None:
            self._keep_past()
        else:
            self._show(resume.history)
        self.title = run_title(project) if project else ""
        self.ended = ""
        self._speed = Speedometer()
        self._rest_speed()

    def show(self, model: Checkpoint | None) -> None:
        """Without a run: the history that came with a model, or nothing."""
        self._speed = Speedometer()
        if model is None:
            self._keep_past()
            self.progress = Progress()
            return
        known = _same_run(self.history, model.history)
        if not known:
            self._keep_past()
        if not known or len(self.history.steps) != len(model.history.steps):
            self.title, self.ended = run_title(model.project), where_it_stands(model)
        self._show(model.history)
        x = float(self.history.steps.column("x")[-1]) if len(self.history.steps) else 0.0
        self.progress = Progress(x=x, target=model.target)

    def forget(self) -> None:
        """Another project: its runs have nothing to do with those until now."""
        self.past, self.progress, self.number = [], Progress(), 1
        self.title = self.ended = ""
        self._show(History())

    def _keep_past(self) -> None:
        """The run in sight becomes one of the past, and another one begins with nothing."""
        if len(self.history.steps):
            old = Run(self.history, self.speeds, self.number, self.title, self.ended)
            self.past = [*self.past, old][-MOST_EARLIER:]
            self.number += 1
        self.title = self.ended = ""
        self._show(History())

    def _show(self, history: History) -> None:
        """Show this in place of what is shown; how fast the same run was is still known."""
        known = _same_run(self.history, history)
        speeds = self.speeds.rows[self.speeds.column("x") <= history.steps.column("x")[-1]] if known else None
        self.history, self.speeds = history.copy(), Table(SPEED_COLUMNS, speeds)

    # -- what a run says -------------------------------------------------------------------------------------------
    def add_start(self, event: Started) -> None:
        """The run is ready."""
        x = event.position.epoch + event.position.batch / event.batches
        self._update(x=x, target=event.target, per_epoch=event.images)

    def add_steps(self, steps: Sequence[StepDone], *, running: bool) -> None:
        """Batches were learned; the time since the last call counts as running time where `running`."""
        for step in steps:
            self.history.steps.append(step.x, step.loss, step.accuracy, step.images)
            self.history.keep_rate(step.x, step.rate)
            self.history.keep_metrics(step.x, step.gradient_norm, step.update_ratio)
        images = sum(step.images for step in steps)
        if running:
            self._speed.add(images)
            self._add_speed(images)
        if steps:
            self._update(x=steps[-1].x)

    def add_epoch(self, event: EpochDone) -> None:
        """An epoch was learned and validated."""
        score = event.validation
        measured = (score.loss, score.accuracy) if score else (math.nan, math.nan)
        self.history.epochs.append(event.epoch, event.train_loss, event.train_accuracy, *measured)

    def add_mark(self, mark: Mark) -> None:
        """Something was changed on the way."""
        self.history.marks.append(mark)

    def end(self, text: str) -> None:
        """The run is over; `text` says why."""
        self.ended = text

    def rest(self) -> None:
        """The run stands still: time and speed wait with it."""
        self._speed.rest()
        self._rest_speed()

    def _rest_speed(self) -> None:
        self._since: float | None = None
        self._images = 0

    def _add_speed(self, images: int) -> None:
        """Count images until there are enough of them for a row."""
        now = time.monotonic()
        if self._since is None:  # the images that came first were learned nobody knows when
            self._since = now
            return
        self._images += images
        if self._images and now - self._since >= SPEED_SECONDS:
            self.speeds.append(self.history.steps.rows[-1, 0], self._images / (now - self._since))
            self._since, self._images = now, 0

    def _update(self, **changes: float) -> None:
        speed = self._speed
        self.progress = dataclasses.replace(
            self.progress, images_per_second=speed.images_per_second, elapsed=speed.elapsed, **changes
        )


def run_title(project: ProjectSpec) -> str:
    """What tells a run from others: 'SimpleConvNet, Adam 0.001, batch 100'."""
    training = project.training
    optimizer = OPTIMIZERS[training.optimizer.kind].title
    words = QCoreApplication.translate("RunRecord", "{network}, {optimizer} {rate}, batch {batch}")
    rate = f"{training.optimizer.learning_rate:g}"
    return words.format(network=project.network.name, optimizer=optimizer, rate=rate, batch=training.batch_size)


def where_it_stands(model: Checkpoint) -> str:
    """How the run of a model that came from elsewhere ended, as far as the model says."""
    if not len(model.history.steps):
        return ""
    if model.position.batch == 0 and model.position.epoch == model.target:
        return QCoreApplication.translate("RunRecord", "Ended after epoch {epoch}.").format(epoch=model.target)
    x = f"{model.history.steps.column('x')[-1]:.1f}"
    return QCoreApplication.translate("RunRecord", "Stopped at epoch {x}.").format(x=x)


def _same_run(one: History, other: History) -> bool:
    """Whether one history is as far as it goes a part of the other: the first and the last step they share tell."""
    count = min(len(one.steps), len(other.steps))
    ends = [0, count - 1]
    return count > 0 and np.array_equal(one.steps.rows[ends], other.steps.rows[ends], equal_nan=True)
