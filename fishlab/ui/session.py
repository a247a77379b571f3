"""TrainSession: owns the Runner of the moment; a timer pumps its Mailbox into signals, 5 to 30 times a second.

Panels say what they want to see (`looks`, `show_digit`) and listen; they never meet the worker.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from fishlab.core.checkpoint import Checkpoint, continues, same_structure
from fishlab.core.data.dataset import DATASETS, DIGITS, Dataset, class_words, resolve_source
from fishlab.core.data.mnist import download_mnist, read_mnist
from fishlab.core.errors import FishLabError
from fishlab.core.events import EpochDone, Evaluating, Finished, HelperLost, Marked, Running, Score, Started
from fishlab.core.history import History
from fishlab.core.layers.base import Array
from fishlab.core.mailbox import Failed, Mail, Paused, Preparing, Resumed, RunEvent, Stopped, TestScored
from fishlab.core.moment import Moment
from fishlab.core.parallel.way import Way
from fishlab.core.probes import Question
from fishlab.core.runner import Load, Runner, load_by_spec
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.last_look import LastLook
from fishlab.ui.looks import Looks
from fishlab.ui.pace import Pace
from fishlab.ui.progress import Progress
from fishlab.ui.run_record import RunRecord
from fishlab.ui.run_state import State
from fishlab.ui.session_words import look_words, start_words, work_words
from fishlab.ui.verification import Verification

PROGRESS_SECONDS = 0.25  # words that change faster are not read
log = logging.getLogger(__name__)


class TrainSession(QObject):
    """Runs the document's project.

    Signals: `state_changed()`; `run_started()` when `history` begins anew or goes on; `metrics_added()` after steps,
    epochs or marks were added to `history`; `progress_changed()`; `digit_changed(probabilities or None)`;
    `sentence_changed()`;
    `failed(text)`; `test_scored(Score)`; `data_changed()` when another data set is at hand; `way_changed()` when
    another way of running was chosen or is in use; `helper_lost(text)` when a run has to go on without its helpers.
    """

    state_changed = Signal()
    run_started = Signal()
    metrics_added = Signal()
    progress_changed = Signal()
    digit_changed = Signal(object)
    sentence_changed = Signal()
    failed = Signal(str)
    test_scored = Signal(object)
    data_changed = Signal()
    model_arrived = Signal()
    way_changed = Signal()
    helper_lost = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None, *, load: Load = load_by_spec) -> None:
        super().__init__(parent)
        self.document = document
        self._record = RunRecord()
        self.sentence = ""
        self.reason = ""  # why the last run ended by itself
        self._look = LastLook()
        self.data_name = ""
        self._class_names = DIGITS
        self._load = load
        self.looks = Looks(self.load, self)
        self.looks.set_project(document.spec)
        self.verification = Verification(load)
        self._way: Way | None = None
        self._way_in_use: Way | None = None
        self._state = State.IDLE
        self._runner: Runner | None = None
        self._drawn: Array | None = None
        self._kept: dict[str, Array] = {}
        self._running_project: ProjectSpec | None = None
        self._progress_told = 0.0
        self._timer = Pace(self)
        self._connect()

    def _connect(self) -> None:
        self._timer.timeout.connect(self.pump)
        self.document.changed.connect(self._on_document_changed)
        self.document.replaced.connect(self._record.forget)
        self.document.replaced.connect(self.looks.forget)
        self.document.model_changed.connect(self._on_model_changed)
        self.looks.answered.connect(self._on_looks_answered)

    # -- what the buttons ask ------------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """What the session is doing."""
        return self._state

    @property
    def record(self) -> RunRecord:
        """The run in sight, and those before it."""
        return self._record

    @property
    def history(self) -> History:
        """What the run in sight has measured."""
        return self._record.history

    @property
    def earlier(self) -> History | None:
        """The run before it, for comparison."""
        return self._record.earlier

    @property
    def progress(self) -> Progress:
        """Where the run stands and how fast it goes."""
        return self._record.progress

    @property
    def training(self) -> bool:
        """Whether a run is under way, standing still or not."""
        return self._running_project is not None

    @property
    def way(self) -> Way | None:
        """How the next run is to compute; None has the fastest way found. This computer's affair, not the project's."""
        return self._way

    @property
    def way_in_use(self) -> Way | None:
        """How the run in sight computes, or did; None before it is known."""
        if self.training:
            return self._way_in_use
        model = self.document.model
        return model.way if model else None

    def set_way(self, way: Way | None) -> None:
        """Choose how the next run computes; one under way goes on as it is."""
        if way != self._way:
            self._way = way
            self.way_changed.emit()

    @property
    def test_score(self) -> Score | None:
        """What the test images gave, as long as the model is the one that was tried."""
        return self._look.of(self.document.model)

    @property
    def obstacle(self) -> str:
        """Why Run is off, as a sentence; empty where it is on."""
        problem = self.document.report.problem
        return f"{problem.sentence}." if problem else ""

    def data_in_use(self) -> str:
        """The name of the set that Run would train on, or trains on now."""
        return self.data_name if self.training else DATASETS[resolve_source(self.document.spec.data)].title

    def class_names(self) -> tuple[str, ...]:
        """What the classes are called that the network in the document tells apart, one name for each."""
        return class_words(self._class_names, self.document.network.classes)

    @property
    def continues(self) -> bool:
        """Whether Run goes on with the model that is there, rather than starting a new run."""
        return continues(self.document.spec, self.document.model)

    def run(self) -> None:
        """Start, or go on."""
        if self._runner and self._state in (State.PAUSED, State.PAUSING):
            self._runner.control.resume()
        elif self._state is State.IDLE and not self.obstacle:
            self._start()

    def pause(self) -> None:
        """Stand still after the batch at hand."""
        if self._runner and self._state is State.RUNNING:
            self._runner.control.pause()
            self._set_state(State.PAUSING)

    def step(self) -> None:
        """Learn one batch."""
        if self._runner and self._state is State.PAUSED:
            self._runner.control.step()
        elif self._state is State.IDLE and not self.obstacle:
            self._start(one_step=True)

    def stop(self) -> None:
        """End whatever is under way; a run that stands still while it is verified goes on standing."""
        if self._state is State.VERIFYING:
            self.verification.stop()
        elif self._runner and self._state is not State.IDLE:
            self._runner.control.stop()
            self._set_state(State.STOPPING)

    def one_more_epoch(self) -> None:
        """Train for one epoch beyond where the model stands."""
        if self._state is State.IDLE and not self.obstacle:
            self._start(epochs=1)

    def start_over(self) -> None:
        """Forget what was learned; the next run begins with fresh weights."""
        if self._state is State.IDLE:
            self._kept.clear()
            self.document.set_model(None)

    def evaluate_test(self) -> None:
        """Look at the test images once; the number of looks is kept with the model."""
        if self._state is State.IDLE and self.document.model:
            runner = self._new_runner(self._load)
            runner.evaluate_test(self.document.model)
            self._begin(State.EVALUATING)

    @property
    def can_verify(self) -> bool:
        """Whether the batches that led to the model can be learned again now."""
        resting = self._state in (State.IDLE, State.PAUSED)
        return resting and self.verification.earlier(self.document.model) is not None

    def verify(self) -> None:
        """Learn the batches after the last automatic checkpoint again and compare; nothing of the model changes."""
        model = self.document.model
        if self.can_verify and model and self.verification.start(model):
            self._say("")
            self._begin(State.VERIFYING)

    def fetch_mnist(self) -> None:
        """Download MNIST in the background."""
        if self._state is State.IDLE:
            self._new_runner(_download).load(self.document.spec.data)
            self._begin(State.FETCHING)

    # -- what the views ask --------------------------------------------------------------------------------------
    def load(self, spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
        """The data set a spec names, as runs read it; views read theirs here too."""
        return self._load(spec, progress)

    def show_digit(self, image: Array | None) -> None:
        """Recognise this image (1, H, W), grey levels 0..255, now and as the network learns; None for none."""
        self._drawn = image
        self._ask_digit()

    def _ask_digit(self) -> None:
        """Have the drawing recognised, as long as what has learned is the network in sight."""
        model = self.document.model
        fits = self.training or (model and same_structure(model.project.network, self.document.network))
        if self._drawn is None or not fits:
            self.looks.ask("digit", None)
            self.digit_changed.emit(None)
        else:
            image = np.ascontiguousarray(self._drawn, np.float32).tobytes()
            self.looks.ask("digit", Question("digit", image=image))

    def _on_looks_answered(self, question: Question, data: Array | None) -> None:
        if question.probe == "digit":
            self.digit_changed.emit(data)

    def ask_model(self) -> None:
        """Have the document's model brought up to the batch at hand; `model_arrived` says when it is."""
        if self._runner and self.training and self._state is not State.PREPARING:
            self._runner.control.ask_model()
        else:
            self.model_arrived.emit()

    # -- the run ---------------------------------------------------------------------------------------------------
    def _start(self, *, one_step: bool = False, epochs: int | None = None) -> None:
        project, model = self.document.spec, self.document.model
        resume = model if continues(project, model) else None
        runner = self._new_runner(self._load)
        if one_step:
            runner.control.step()
        self._running_project = project
        self._way_in_use = None
        self.verification.watch(runner.automatic)
        self._record.begin(resume, project)
        self.looks.go_to(None)
        self.reason = ""
        self.run_started.emit()
        self._ask_digit()
        start = self._weights_to_keep(project, model)
        runner.train(project, resume=resume, start=start, epochs=epochs, way=self._way)
        self._begin(State.PREPARING)
        self.way_changed.emit()

    def _weights_to_keep(self, project: ProjectSpec, model: Checkpoint | None) -> dict[str, Array]:
        """After a structural edit the layers that stayed begin where they were; another seed begins afresh."""
        if model is None or model.project.training.seed != project.training.seed:
            return {}
        return self._kept

    def _new_runner(self, load: Load) -> Runner:
        self._runner = Runner(load)
        return self._runner

    def _begin(self, state: State) -> None:
        self._timer.start()
        self._set_state(state)

    def _set_state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self._timer.set_running(state is State.RUNNING)
            self.looks.set_running(state is State.RUNNING)
            self.state_changed.emit()

    # -- the pump --------------------------------------------------------------------------------------------------
    def pump(self) -> None:
        """Turn the worker's mail into signals; the timer calls it while something is under way."""
        self._timer.look()
        if self._state is State.VERIFYING:
            self._pump_verification()
        if self._runner is None:
            return
        ended = not self._runner.alive
        mail = self._runner.mailbox.drain()
        for event in mail.events:
            if isinstance(event, Started):
                self._on_started(event)
        self._take_metrics(mail)
        self._take_snapshots(mail)
        for event in mail.events:
            self._take_event(event)
        if ended:
            self._end()

    def _pump_verification(self) -> None:
        at_work = self.verification.look()
        self._say(self.verification.sentence)
        if not at_work:
            self._set_state(State.PAUSED if self.training else State.IDLE)
            if not self.training:
                self._timer.stop()

    def _take_metrics(self, mail: Mail) -> None:
        self._record.add_steps(mail.metrics, running=self._state is State.RUNNING)
        if mail.metrics:
            self.metrics_added.emit()
            if time.monotonic() - self._progress_told >= PROGRESS_SECONDS:
                self._tell_progress()

    def _tell_progress(self) -> None:
        self._progress_told = time.monotonic()
        self.progress_changed.emit()

    def _take_snapshots(self, mail: Mail) -> None:
        if mail.moments:
            self.looks.take(*mail.moments)
        for name, snapshot in mail.snapshots.items():
            if name == "model":
                self._take_model(snapshot.data)
            elif name == "data" and self._running_project:
                self.looks.give_data(self._running_project, snapshot.data)

    def _take_model(self, model: Checkpoint) -> None:
        self._kept.update(model.weights)
        self.document.set_model(model)
        self.model_arrived.emit()

    def _take_event(self, event: RunEvent) -> None:
        match event:
            case Preparing(what, done, total):
                self._say(work_words(what, done, total))
            case Running(way):
                self._way_in_use = way
                self.way_changed.emit()
            case HelperLost(text):
                log.warning("%s", text)
                self.helper_lost.emit(text)
            case EpochDone():
                self._record.add_epoch(event)
                self.metrics_added.emit()
            case Marked(mark):
                self._record.add_mark(mark)
                self.metrics_added.emit()
            case Paused():
                self._record.rest()
                self._tell_progress()
                self._set_state(State.PAUSED)
            case Resumed():
                self._set_state(State.RUNNING)
            case Evaluating(done, total) if self._state is State.EVALUATING:
                self._say(work_words(self.tr("Evaluating the test images"), done, total))
            case TestScored(score, _):
                self._on_test_scored(score)
            case Finished(reason, text):
                self.reason = reason
                self._say_end(text)
                if reason == "diverged":
                    self.failed.emit(text)
            case Stopped():
                self._say_end(self.tr("Stopped."))
            case Failed(text, error):
                expected = isinstance(error, FishLabError)  # it says all there is to say
                log.error("%s", text, exc_info=None if expected else error)
                self._say_end(text)
                self.failed.emit(text)

    def _on_started(self, event: Started) -> None:
        self.data_name, self._class_names = event.data_name, event.class_names
        self._say(start_words(self.document.network.name, event))
        self._record.add_start(event)
        self.progress_changed.emit()
        if self._state is State.PREPARING:
            self._set_state(State.RUNNING)
        self.data_changed.emit()

    def _on_test_scored(self, score: Score) -> None:
        model = self.document.model
        if model:
            self.document.set_model(self._look.take(model, score))
        self._say(look_words(score))
        self.test_scored.emit(score)

    def _say(self, text: str) -> None:
        self.sentence = text
        self.sentence_changed.emit()

    def _say_end(self, text: str) -> None:
        if self.training:
            self._record.end(text)
        self._say(text)

    def _end(self) -> None:
        fetched = self._state is State.FETCHING
        self._runner = None
        self._running_project = None
        self._timer.stop()
        self._record.rest()
        self._tell_progress()
        self._set_state(State.IDLE)
        self.way_changed.emit()
        self._look_at_model()
        if fetched:
            self.data_changed.emit()

    def end(self, seconds: float) -> None:
        """The window goes: end whatever is under way, and look at nothing any more, all within so many seconds."""
        until = time.monotonic() + seconds
        self.looks.shut_down(0.0)  # both end meanwhile
        self.shut_down(seconds)
        self.looks.shut_down(max(0.0, until - time.monotonic()))

    def shut_down(self, seconds: float = 3.0) -> bool:
        """End whatever is under way and wait for it; what was learned reaches the document. False if it took longer."""
        ended = self.verification.join(seconds)
        if self._state is State.VERIFYING:
            self._pump_verification()
        if self._runner is None:
            return ended
        self._runner.control.stop()
        ended = self._runner.join(seconds) and ended
        self.pump()
        if not ended:  # what it still says belongs to nobody
            self._end()
        return ended

    # -- the document ----------------------------------------------------------------------------------------------
    def _on_document_changed(self, old: ProjectSpec) -> None:
        spec = self.document.spec
        if self._runner and self.training and spec.training != old.training:
            self._runner.control.set_live(spec.training.optimizer, spec.training.weight_decay)
        if spec.data != old.data:
            self.data_changed.emit()
        self.looks.set_project(spec)
        if spec.network != old.network:
            self._ask_digit()

    @property
    def outdated(self) -> bool:
        """Whether a run goes on with a network that has been edited since."""
        project = self._running_project
        return project is not None and not same_structure(project.network, self.document.network)

    def _on_model_changed(self) -> None:
        if self.training:
            return
        model = self.document.model
        self._record.show(model)
        self.verification.show(model)
        if model is None:
            self._kept.clear()
        else:
            self._kept.update(model.weights)
            self.data_name, self._class_names = model.data_name, model.class_names
        if self._state is State.IDLE:  # another project, or none: what was said was about the last one
            self._say("")
        self.run_started.emit()
        self.way_changed.emit()
        self.progress_changed.emit()
        self._look_at_model()

    def _look_at_model(self) -> None:
        """Nothing runs: whoever looks sees the document's model."""
        model = self.document.model
        self.looks.rest(Moment.of(model) if model else None)
        self._ask_digit()


def _download(spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
    """MNIST from a public mirror into the cache, then read."""
    return read_mnist(download_mnist(progress))
