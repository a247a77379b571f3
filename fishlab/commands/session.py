"""One training on the command line: it runs, shows how far it is, and stops where it is asked to."""

import time
from contextlib import closing

from fishlab.commands.console import Progress
from fishlab.commands.keeping import Keeping
from fishlab.commands.stopping import Stopping
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import EpochDone, Evaluating, Finished, HelperLost, Running, Score, StepDone, TrainEvent
from fishlab.core.training import Trainer


class Session:
    """One training, written to its file by `keeping` while it goes on.

    `ended` says how it ended (done, diverged, batches, interrupted) and `text` in which words; `score` is the last
    validation.
    """

    def __init__(
        self, trainer: Trainer, progress: Progress, stopping: Stopping, batches: int | None, keeping: Keeping
    ) -> None:
        self.trainer = trainer
        self.ended = self.text = ""
        self.score: Score | None = None
        self.seconds = 0.0
        self.images = 0
        self._batches = batches
        self._progress = progress
        self.stopping = stopping
        self._keeping = keeping
        self._trouble = ""
        self._learning_seconds = 0.0
        self._steps = 0

    @property
    def images_per_second(self) -> float:
        """Images learned in a second, validation not counted."""
        return self.images / self._learning_seconds if self._learning_seconds else 0.0

    def run(self) -> None:
        """Train to the end, or to where something asks to stop."""
        began = last = time.perf_counter()
        with closing(self._keeping), closing(self.trainer.events()) as events:
            for event in events:
                now = time.perf_counter()
                self._count(event, now - last)
                last = now
                self._keep(event)
                self.ended = self._end(event)
                if self.ended:
                    break
        self._progress.clear()
        if self.ended == "batches" and self.trainer.position.batch:
            self._validate()
        self.seconds = time.perf_counter() - began

    def _keep(self, event: TrainEvent) -> None:
        self._keeping.look(event, self.trainer)
        if self._keeping.trouble != self._trouble:
            self._trouble = self._keeping.trouble
            self._progress.line(f"{self._trouble} The training goes on." if self._trouble else "Saved again.")

    def _validate(self) -> None:
        """Measure in the middle of an epoch; at its end that has been done."""
        trainer = self.trainer
        if len(trainer.data.validation):
            self.score = evaluate_now(trainer.network, trainer.data.validation, trainer.data.scaling)

    def _count(self, event: TrainEvent, seconds: float) -> None:
        if isinstance(event, StepDone):
            self._steps += 1
            self.images += event.images
            self._learning_seconds += seconds
            self._draw(event)
        elif isinstance(event, Evaluating):
            self._progress.draw(event.done, event.total, "", before="Validating")
        elif isinstance(event, Running):
            self._progress.line(f"Running in {event.way.title}.")
        elif isinstance(event, HelperLost):
            self._progress.line(event.text)
        elif isinstance(event, EpochDone):
            self.score = event.validation
            self._progress.line(_epoch_line(event))
        elif isinstance(event, Finished) and event.reason == "patience":
            self._progress.line(event.text)

    def _draw(self, event: StepDone) -> None:
        trainer = self.trainer
        self._progress.draw(
            event.position.batch,
            trainer.batches,
            f"loss {event.loss:.4f}  {self.images_per_second:,.0f} images/s",
            before=f"Epoch {event.position.epoch + 1}/{trainer.target}",
        )

    def _end(self, event: TrainEvent) -> str:
        """Why the training ends after this event, or nothing."""
        if isinstance(event, Finished):
            self.text = event.text
            return event.reason
        if self.stopping.number:
            return "interrupted"
        whole = self.trainer.position.batch == self.trainer.batches  # the epoch is still to be closed
        return "batches" if self._batches is not None and self._steps >= self._batches and not whole else ""


def _epoch_line(event: EpochDone) -> str:
    line = f"Epoch {event.epoch}: loss {event.train_loss:.4f}, accuracy {event.train_accuracy:.2%}"
    if event.validation:
        line += f"; validation loss {event.validation.loss:.4f}, accuracy {event.validation.accuracy:.2%}"
    return line
