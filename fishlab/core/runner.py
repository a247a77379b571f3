"""Runner: a run in a worker thread. Control goes down, events come up; neither side touches the other's arrays.

The owner (a window, a test) calls Control and drains the Mailbox from its own thread. The worker looks at Control
between two batches, computes the probes that visible views want (at most 20 times a second, and for at most a
twentieth of its time) and posts what happened.
Nothing that a view wants changes a number of the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fishlab.core.data.dataset import Dataset, load_dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import Cancelled, FishLabError
from fishlab.core.history import Mark
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.optimizers import OptimizerSpec
from fishlab.core.probes import PROBES
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.training import (
    Checkpoint,
    EpochDone,
    Finished,
    Marked,
    Score,
    StepDone,
    Trainer,
    TrainEvent,
    computing,
    evaluate,
)

PROBE_INTERVAL = 0.05
PROBE_SHARE = 0.05
NO_LIMIT = 1 << 62

Load = Callable[[DataSpec, Callable[[str, int, int], None]], Dataset]


@dataclass(frozen=True)
class Preparing:
    """Data is being read, drawn or fetched."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class Paused:
    """The run stands still between two batches."""


@dataclass(frozen=True)
class Resumed:
    """The run goes on."""


@dataclass(frozen=True)
class Stopped:
    """The run was stopped on request."""


@dataclass(frozen=True)
class Failed:
    """The run ended in an error; `text` may be shown, `error` is for the log."""

    text: str
    error: BaseException


@dataclass(frozen=True)
class TestScored:
    """The test images were evaluated."""

    score: Score
    data_name: str


@dataclass(frozen=True)
class Snapshot:
    """What a probe found at a step; `data` shares no memory with the run."""

    name: str
    step: int
    data: Any


RunEvent = TrainEvent | Preparing | Paused | Resumed | Stopped | Failed | TestScored


@dataclass
class Mail:
    """What came since the last look: metrics in order, the newest snapshot of each name, lifecycle in order."""

    metrics: list[StepDone] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    events: list[RunEvent] = field(default_factory=list)


class Mailbox:
    """From the worker to its owner: metrics append, snapshots replace, lifecycle queues."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mail = Mail()

    def post(self, event: RunEvent | Snapshot) -> None:
        """Called by the worker."""
        with self._lock:
            if isinstance(event, StepDone):
                self._mail.metrics.append(event)
            elif isinstance(event, Snapshot):
                self._mail.snapshots[event.name] = event
            else:
                self._mail.events.append(event)

    def drain(self) -> Mail:
        """Called by the owner: everything since the last call."""
        with self._lock:
            mail, self._mail = self._mail, Mail()
            return mail


class Control:
    """From the owner to the worker: pause, step, stop, live values, and what the visible views want to see."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._allowed = NO_LIMIT
        self._stopping = False
        self._live: dict[str, Any] = {}
        self._wanted: frozenset[str] = frozenset()
        self._digit: Array | None = None
        self._asked_model = False
        self._news = False

    def _tell(self, **changes: Any) -> None:
        with self._condition:
            for name, value in changes.items():
                setattr(self, name, value)
            self._news = True
            self._condition.notify_all()

    def pause(self) -> None:
        """Stand still after the batch at hand."""
        self._tell(_allowed=0)

    def resume(self) -> None:
        """Go on."""
        self._tell(_allowed=NO_LIMIT)

    def step(self) -> None:
        """Learn one batch, then stand still."""
        self._tell(_allowed=1)

    def stop(self) -> None:
        """End the run after the batch at hand; it cannot be taken back."""
        self._tell(_stopping=True)

    def set_live(self, optimizer: OptimizerSpec, weight_decay: float) -> None:
        """Settings that take effect at the next batch."""
        self._tell(_live={"optimizer": optimizer, "weight_decay": weight_decay})

    def want(self, names: frozenset[str]) -> None:
        """The probes that somebody looks at now; all others cost nothing."""
        self._tell(_wanted=names)

    def show_digit(self, image: Array | None) -> None:
        """An image (1, H, W), scaled 0..255, to be recognised again and again as the network learns; None for none."""
        self._tell(_digit=image)

    def ask_model(self) -> None:
        """Post a checkpoint as the snapshot 'model' at the next chance."""
        self._tell(_asked_model=True)

    # -- the worker's side ---------------------------------------------------------------------------------------
    @property
    def stopping(self) -> bool:
        """Whether the run shall end."""
        return self._stopping

    @property
    def standing(self) -> bool:
        """Whether the run shall stand still now."""
        return self._allowed <= 0

    @property
    def wanted(self) -> frozenset[str]:
        """The wanted probes."""
        return self._wanted

    @property
    def digit(self) -> Array | None:
        """The image to recognise."""
        return self._digit

    def count_step(self) -> None:
        """One of the allowed batches is done."""
        with self._condition:
            if self._allowed < NO_LIMIT:
                self._allowed = max(0, self._allowed - 1)

    def take_live(self) -> dict[str, Any]:
        """The live values since the last call."""
        with self._condition:
            live, self._live = self._live, {}
            return live

    def take_ask(self) -> bool:
        """Whether a checkpoint was asked for since the last call."""
        with self._condition:
            asked, self._asked_model = self._asked_model, False
            return asked

    def wait(self) -> None:
        """Sleep until the owner says something."""
        with self._condition:
            self._condition.wait_for(lambda: self._news)
            self._news = False


def load_by_spec(spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
    """The data set a spec names; how the Runner loads unless told otherwise."""
    return load_dataset(spec, progress=progress)


class Runner:
    """Owns the worker thread of one run, or of one evaluation of the test images.

    A Runner starts once. Its end is the last lifecycle event in the mailbox: Finished, Stopped, Failed or TestScored;
    before it comes a snapshot 'model' with the final checkpoint.
    """

    def __init__(self, load: Load = load_by_spec) -> None:
        self.control = Control()
        self.mailbox = Mailbox()
        self._load = load
        self._thread: threading.Thread | None = None
        self._next_probe = 0.0

    # -- the owner's side ----------------------------------------------------------------------------------------
    def train(
        self,
        project: ProjectSpec,
        *,
        resume: Checkpoint | None = None,
        start: Mapping[str, Array] | None = None,
        epochs: int | None = None,
    ) -> None:
        """Start training in the worker thread."""
        self._begin("training", lambda: self._train(project, resume, start, epochs))

    def evaluate_test(self, model: Checkpoint) -> None:
        """Start evaluating the test images in the worker thread."""
        self._begin("evaluation", lambda: self._evaluate(model))

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
            self.mailbox.post(Failed(f"The run ended in an error that it should not: {error!r}.", error))

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.control.stopping:
            raise Cancelled(what)
        self.mailbox.post(Preparing(what, done, total))

    def _prepared(self, spec: DataSpec, seed: int) -> Prepared:
        return prepare(self._load(spec, self._progress), spec, seed=seed)

    def _only_load(self, spec: DataSpec) -> None:
        dataset = self._load(spec, self._progress)
        self.mailbox.post(Finished("loaded", f"{dataset.name} is here: {len(dataset.train):,} training images."))

    def _evaluate(self, model: Checkpoint) -> None:
        data = self._prepared(model.project.data, model.project.training.seed)
        steps = evaluate(model.network(), data.test, model.scaling)
        with computing():
            while not self.control.stopping:
                try:
                    self.mailbox.post(next(steps))
                except StopIteration as end:
                    self.mailbox.post(TestScored(end.value, data.name))
                    return
        self.mailbox.post(Stopped())

    def _train(
        self,
        project: ProjectSpec,
        resume: Checkpoint | None,
        start: Mapping[str, Array] | None,
        epochs: int | None,
    ) -> None:
        data = self._prepared(project.data, project.training.seed)
        trainer = Trainer(project, data, resume=resume, start=start, epochs=epochs)
        last = self._drive(trainer)
        self._post_probes(trainer)
        self._post(trainer, "model", trainer.checkpoint())
        self.mailbox.post(last)

    def _drive(self, trainer: Trainer) -> Finished | Stopped:
        """Run to the end, looking at Control after every event."""
        for event in trainer.events():
            if isinstance(event, Finished):
                return event
            self.mailbox.post(event)
            if isinstance(event, StepDone):
                self.control.count_step()
            elif isinstance(event, EpochDone):
                self._post(trainer, "model", trainer.checkpoint())
            self._serve(trainer)
            if self.control.standing:
                self._stand(trainer)
            if self.control.stopping:
                break
        return Stopped()

    def _stand(self, trainer: Trainer) -> None:
        """Paused: nothing is learned, but what views want and ask is still answered."""
        self._post(trainer, "model", trainer.checkpoint())
        self.mailbox.post(Paused())
        while self.control.standing and not self.control.stopping:
            self._post_probes(trainer)
            self.control.wait()
            self._apply_live(trainer)
            if self.control.take_ask():
                self._post(trainer, "model", trainer.checkpoint())
        if not self.control.stopping:
            self.mailbox.post(Resumed())

    def _serve(self, trainer: Trainer) -> None:
        self._apply_live(trainer)
        if self.control.take_ask():
            self._post(trainer, "model", trainer.checkpoint())
        began = time.monotonic()
        if began >= self._next_probe:
            self._post_probes(trainer)
            cost = time.monotonic() - began
            self._next_probe = began + max(PROBE_INTERVAL, cost / PROBE_SHARE)

    def _apply_live(self, trainer: Trainer) -> None:
        live = self.control.take_live()
        if live:
            marks = (trainer.set_optimizer(live["optimizer"]), trainer.set_decay(live["weight_decay"]))
            for mark in marks:
                if isinstance(mark, Mark):
                    self.mailbox.post(Marked(mark))

    def _post(self, trainer: Trainer, name: str, data: Any) -> None:
        self.mailbox.post(Snapshot(name, trainer.position.step, data))

    def _post_probes(self, trainer: Trainer) -> None:
        network = trainer.network
        now = {key: parameter.value for key, parameter in network.parameters.items()}
        for name in sorted(self.control.wanted):
            self._post(trainer, name, PROBES[name].item(network.spec, now, trainer.start))
        digit = self.control.digit
        if digit is not None:
            self._post(trainer, "digit", recognise(network, digit, trainer.data.scaling))


def recognise(network: Network, image: Array, scaling: Any) -> Array:
    """The network's answer (K,) to one image (C, H, W) of grey levels 0..255."""
    answer: Array = network.predict(scaling.apply(image[None]))[0]
    return answer
