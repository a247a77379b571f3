"""Runner: a run in a worker thread. Control goes down, events come up; neither side touches the other's arrays.

The owner (a window, a test) calls Control and drains the Mailbox from its own thread. The worker looks at Control
between two batches, takes automatic checkpoints (see automatic.py), copies its weights as a Moment for whoever looks
(at most 20 times a second, and for at most 1.5 % of its time) and posts what happened. Views never meet the network
that learns: an Observer answers them from moments (see observer.py), so nothing they want changes a number of the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any, TypeVar

from fishlab.core.automatic import Automatic
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.control import Control
from fishlab.core.data.dataset import Dataset, Load, Progress, load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.evaluation import computing, evaluate
from fishlab.core.events import EpochDone, Finished, Marked, Started, StepDone, TrainEvent
from fishlab.core.history import Mark
from fishlab.core.layers.base import Array
from fishlab.core.mailbox import Failed, Mailbox, Paused, Preparing, Resumed, RunEvent, Snapshot, Stopped, TestScored
from fishlab.core.moment import Moment
from fishlab.core.own_layers import fault
from fishlab.core.parallel.calibration import choose_way
from fishlab.core.parallel.way import Way
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.training import Trainer
from fishlab.core.verify import verify

MOMENT_INTERVAL = 0.05
MOMENT_SHARE = 0.015

Found = TypeVar("Found")


def load_by_spec(spec: DataSpec, progress: Progress) -> Dataset:
    """The data set a spec names; how the Runner loads unless told otherwise."""
    return load_dataset(spec, progress=progress)


class Runner:
    """Owns the worker thread of one run, one evaluation of the test images, or one verification.

    A Runner starts once. Its end is the last lifecycle event in the mailbox: Finished, Stopped, Failed, TestScored or
    Verified. Before that of a run comes a snapshot 'model' with the final checkpoint, and while it goes on with those
    of every epoch, every two minutes and every live change. `automatic` has the last two of these, and the first of
    all is where the run began. Moments come all the time, and a snapshot 'data' once: the images it learns from.
    """

    def __init__(self, load: Load = load_by_spec) -> None:
        self.control = Control()
        self.mailbox = Mailbox()
        self.automatic = Automatic()
        self._load = load
        self._thread: threading.Thread | None = None
        self._last_moment = self._moment_cost = self._usual_cost = 0.0

    # -- the owner's side ----------------------------------------------------------------------------------------
    def train(
        self,
        project: ProjectSpec,
        *,
        resume: Checkpoint | None = None,
        start: Mapping[str, Array] | None = None,
        epochs: int | None = None,
        way: Way | None = None,
    ) -> None:
        """Start training in the worker thread; unless `way` says how it is to compute, the fastest way is found."""
        self._begin("training", lambda: self._train(project, resume, start, epochs, way))

    def evaluate_test(self, model: Checkpoint, *, best: bool = False) -> None:
        """Start evaluating the test images in the worker thread, with the last weights or those of the best epoch."""
        self._begin("evaluation", lambda: self._evaluate(model, best))

    def verify(self, earlier: Checkpoint, later: Checkpoint) -> None:
        """Start learning the batches between two checkpoints of one run again; ends with Verified."""
        self._begin("verification", lambda: self._verify(earlier, later))

    def load(self, spec: DataSpec) -> None:
        """Only read, draw or fetch a data set in the worker thread; ends with Finished."""
        self._begin("loading", lambda: self._only_load(spec))

    @property
    def alive(self) -> bool:
        """Whether the worker thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the worker's end; whether it has ended."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.alive

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        if self._thread is not None:
            raise RuntimeError("A Runner starts once.")
        self._thread = threading.Thread(target=self._guarded, args=(work,), name=f"fishlab-{name}")
        self._thread.start()

    # -- the worker's side ---------------------------------------------------------------------------------------
    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Cancelled:
            self.mailbox.post(Stopped())
        except FishLabError as error:
            self.mailbox.post(Failed(str(error), error))
        except MemoryError as error:
            self.mailbox.post(Failed("The memory is not enough. Use fewer images, smaller layers or batches.", error))
        except Exception as error:  # the worker's end of the error funnel: reported, logged, survived
            text = fault(error) or f"The run ended in an error that it should not: {error!r}."
            self.mailbox.post(Failed(text, error))

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.control.stopping:
            raise Cancelled(what)
        self.mailbox.post(Preparing(what, done, total))

    def _look_for_way(self, tried: int, total: int) -> None:
        self._progress("Finding the fastest way to run", tried, total)

    def _prepared(self, spec: DataSpec, seed: int) -> Prepared:
        return prepare(self._load(spec, self._progress), spec, seed=seed)

    def _only_load(self, spec: DataSpec) -> None:
        dataset = self._load(spec, self._progress)
        self.mailbox.post(Finished("loaded", f"{dataset.name} is here: {len(dataset.train):,} training images."))

    def _evaluate(self, model: Checkpoint, best: bool) -> None:
        network = model.network(best=best)
        data = self._prepared(model.project.data, model.project.training.seed)
        with computing():
            score = self._unless_stopped(evaluate(network, data.test, model.scaling))
        self.mailbox.post(TestScored(score, data.name) if score else Stopped())

    def _verify(self, earlier: Checkpoint, later: Checkpoint) -> None:
        data = self._prepared(later.project.data, later.project.training.seed)
        self.mailbox.post(self._unless_stopped(verify(earlier, later, data)) or Stopped())

    def _unless_stopped(self, steps: Generator[RunEvent, None, Found]) -> Found | None:
        """What comes of work that tells its progress; None where it was stopped on the way."""
        with closing(steps):
            while not self.control.stopping:
                try:
                    self.mailbox.post(next(steps))
                except StopIteration as end:
                    found: Found = end.value
                    return found
        return None

    def _train(
        self,
        project: ProjectSpec,
        resume: Checkpoint | None,
        start: Mapping[str, Array] | None,
        epochs: int | None,
        way: Way | None,
    ) -> None:
        data = self._prepared(project.data, project.training.seed)
        way = way or choose_way(project, data, resume=resume, epochs=epochs, look=self._look_for_way)
        trainer = Trainer(project, data, resume=resume, start=start, epochs=epochs, way=way)
        self._post(trainer, "data", data)
        self._post_moment(trainer)
        try:
            with closing(trainer.events()) as events:
                last = self._drive(trainer, events)
        except Exception:
            if trainer.whole and trainer.position.step:  # what was learned until then is kept
                self._post(trainer, "model", trainer.checkpoint())
            raise
        self._post_moment(trainer)
        self._post(trainer, "model", trainer.checkpoint())
        self.mailbox.post(last)

    def _drive(self, trainer: Trainer, events: Iterator[TrainEvent]) -> Finished | Stopped:
        """Run to the end, looking at Control after every event."""
        for event in events:
            if isinstance(event, Finished):
                return event
            self.mailbox.post(event)
            if isinstance(event, StepDone):
                self.control.count_step()
            elif isinstance(event, Started):
                self.automatic.keep(trainer)
            elif isinstance(event, EpochDone):
                self._keep(trainer)
            self._serve(trainer)
            if self.control.standing:
                self._stand(trainer)
            if self.control.stopping:
                break
        return Stopped()

    def _stand(self, trainer: Trainer) -> None:
        """Paused: nothing is learned, but what is asked is still answered."""
        self._post_moment(trainer)
        self._post(trainer, "model", trainer.checkpoint())
        self.mailbox.post(Paused())
        while self.control.standing and not self.control.stopping:
            self.control.wait()
            self._apply_live(trainer)
            if self.control.take_ask():
                self._post(trainer, "model", trainer.checkpoint())
        if not self.control.stopping:
            self.mailbox.post(Resumed())

    def _serve(self, trainer: Trainer) -> None:
        self._apply_live(trainer)
        if self.automatic.due.now:
            self._keep(trainer)
        if self.control.take_ask():
            self._post(trainer, "model", trainer.checkpoint())
        began = time.monotonic()
        due = began >= self._last_moment + max(MOMENT_INTERVAL, self._usual_cost / MOMENT_SHARE)
        if due and self.mailbox.has_room_for_one_more:  # of large networks one that nobody has fetched is enough
            self._post_moment(trainer)
            cost = time.monotonic() - began
            self._usual_cost = min(cost, self._moment_cost)  # the first is always dear, and one may be so by chance
            self._moment_cost = cost

    def _apply_live(self, trainer: Trainer) -> None:
        live = self.control.take_live()
        if live:
            marks = (trainer.set_optimizer(live["optimizer"]), trainer.set_decay(live["weight_decay"]))
            for mark in marks:
                if isinstance(mark, Mark):
                    self.mailbox.post(Marked(mark))
                    self.automatic.due.hurry()

    def _keep(self, trainer: Trainer) -> None:
        self._post(trainer, "model", self.automatic.keep(trainer))

    def _post(self, trainer: Trainer, name: str, data: Any) -> None:
        self.mailbox.post(Snapshot(name, trainer.position.step, data))

    def _post_moment(self, trainer: Trainer) -> None:
        self._last_moment = time.monotonic()
        with suppress(MemoryError):  # to be looked at is not worth a run
            self.mailbox.post(Moment.now(trainer))
