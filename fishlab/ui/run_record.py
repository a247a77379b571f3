"""RunRecord: the numbers of the run in sight, as the window shows them: history, progress, speed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.events import EpochDone, Started, StepDone
from fishlab.core.history import History, Mark
from fishlab.ui.progress import Progress, Speedometer


class RunRecord:
    """`history` grows with the run; `earlier` is the run before it, for comparison."""

    def __init__(self) -> None:
        self.history = History()
        self.earlier: History | None = None
        self.progress = Progress()
        self._speed = Speedometer()

    def begin(self, resume: Checkpoint | None) -> None:
        """A run begins: anew, or where `resume` stood."""
        if resume is None:
            self.earlier = self.history if len(self.history.steps) else self.earlier
            self.history = History()
        else:
            self.history = resume.history.copy()
        self._speed = Speedometer()

    def show(self, model: Checkpoint | None) -> None:
        """Without a run: the history that came with a model, or nothing."""
        self._speed = Speedometer()
        if model is None:
            self.history, self.earlier, self.progress = History(), None, Progress()
            return
        self.history = model.history.copy()
        x = float(self.history.steps.column("x")[-1]) if len(self.history.steps) else 0.0
        self.progress = Progress(x=x, target=model.target)

    def add_start(self, event: Started) -> None:
        """The run is ready."""
        x = event.position.epoch + event.position.batch / event.batches
        self._update(x=x, target=event.target, per_epoch=event.images)

    def add_steps(self, steps: Sequence[StepDone], *, running: bool) -> None:
        """Batches were learned; the time since the last call counts as running time where `running`."""
        for step in steps:
            self.history.steps.append(step.x, step.loss, step.accuracy, step.images)
            self.history.keep_rate(step.x, step.rate)
        if running:
            self._speed.add(sum(step.images for step in steps))
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

    def rest(self) -> None:
        """The run stands still: time and speed wait with it."""
        self._speed.rest()

    def _update(self, **changes: float) -> None:
        speed = self._speed
        self.progress = dataclasses.replace(
            self.progress, images_per_second=speed.images_per_second, elapsed=speed.elapsed, **changes
        )
