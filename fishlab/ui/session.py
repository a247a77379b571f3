"""TrainSession: runs what is in the document. Panels say here what shall be done, and listen; they never meet a worker.

The work itself is in `work.py`, what comes from it is read in `run_mail.py`, how it computes is in `ways.py`, and what
views want to see in `looks.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from fishlab.core.checkpoint import Checkpoint, continues, same_structure
from fishlab.core.data.dataset import DATASETS, DIGITS, Dataset, Load, class_words, resolve_source
from fishlab.core.data.mnist import download_mnist, read_mnist
from fishlab.core.events import Score, Started
from fishlab.core.history import History
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.runner import load_by_spec
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.drawn_digit import DrawnDigit
from fishlab.ui.last_look import LastLook, counted
from fishlab.ui.looks import Looks
from fishlab.ui.progress import Progress
from fishlab.ui.run_mail import RunMail
from fishlab.ui.run_record import RunRecord
from fishlab.ui.run_state import State
from fishlab.ui.session_words import look_words, start_words
from fishlab.ui.verification import Verification
from fishlab.ui.ways import Ways
from fishlab.ui.work import Work


class TrainSession(QObject):
    """Runs the document's project.

    Signals: `state_changed()`; `run_started()` when `history` begins anew or goes on; `metrics_added()` after steps,
    epochs or marks were added to `history`; `progress_changed()`; `sentence_changed()`; `failed(text)`;
    `test_scored(Score)`; `data_changed()` when another data set is at hand; `model_arrived()` after `ask_model`;
    `helper_lost(text)` when a run has to go on without its helpers.
    """

    state_changed = Signal()
    run_started = Signal()
    metrics_added = Signal()
    progress_changed = Signal()
    sentence_changed = Signal()
    failed = Signal(str)
    test_scored = Signal(object)
    data_changed = Signal()
    model_arrived = Signal()
    helper_lost = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None, *, load: Load = load_by_spec) -> None:
        super().__init__(parent)
        self.document = document
        self.sentence = self._start_words = ""
        self.reason = ""  # why the last run ended by itself
        self.data_name = ""
        self._class_names = DIGITS
        self._load = load
        self._look = LastLook()
        self._kept: dict[str, Array] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        self._record = RunRecord()
        self.looks = Looks(self.load, self)
        self.looks.set_project(self.document.spec)
        self.verification = Verification(self._load)
        self._work = Work(self.verification, self)
        self._mail = RunMail(self._work, self._record, self.looks, self)
        self.ways = Ways(self.document, self._work, self._mail, self)
        self.digit = DrawnDigit(self.document, self._work, self.looks, self)

    def _connect(self) -> None:
        self.document.changed.connect(self._on_document_changed)
        self.document.replaced.connect(self._record.forget)
        self.document.replaced.connect(self.looks.forget)
        self.document.model_changed.connect(self._on_model_changed)
        self._work.state_changed.connect(self._on_work_state_changed)
        self._work.said.connect(self._say)
        self._work.ended.connect(self._on_work_ended)
        self._mail.started.connect(self._on_mail_started)
        self._mail.metrics_added.connect(self.metrics_added)
        self._mail.progress_changed.connect(self.progress_changed)
        self._mail.model_came.connect(self._on_mail_model_came)
        self._mail.helper_lost.connect(self.helper_lost)
        self._mail.scored.connect(self._on_mail_scored)
        self._mail.said.connect(self._say)
        self._mail.way_told.connect(self._on_mail_way_told)
        self._mail.finished.connect(self._on_mail_finished)
        self._mail.ended.connect(self._on_mail_ended)
        self._mail.failed.connect(self.failed)

    # -- what the buttons ask ------------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """What the session is doing."""
        return self._work.state

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
        return self._work.training

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
        control = self._work.control
        if control and self.state in (State.PAUSED, State.PAUSING):
            control.resume()
        elif self.state is State.IDLE and not self.obstacle:
            self._start()

    def pause(self) -> None:
        """Stand still after the batch at hand."""
        control = self._work.control
        if control and self.state is State.RUNNING:
            control.pause()
            self._work.set_state(State.PAUSING)

    def step(self) -> None:
        """Learn one batch."""
        control = self._work.control
        if control and self.state is State.PAUSED:
            control.step()
        elif self.state is State.IDLE and not self.obstacle:
            self._start(one_step=True)

    def stop(self) -> None:
        """End whatever is under way; a run that stands still while it is verified goes on standing."""
        self._work.stop()

    def one_more_epoch(self) -> None:
        """Train for one epoch beyond where the model stands."""
        if self.state is State.IDLE and not self.obstacle:
            self._start(epochs=1)

    def start_over(self) -> None:
        """Forget what was learned; the next run begins with fresh weights."""
        if self.state is State.IDLE:
            self._kept.clear()
            self.document.set_model(None)

    def evaluate_test(self) -> None:
        """Look at the test images once; the number of looks is kept with the model."""
        if self.state is State.IDLE and self.document.model:
            self._work.new_worker(self._load).evaluate_test(self.document.model)
            self._work.begin(State.EVALUATING)

    def count_look(self) -> bool:
        """Somebody looks at the test images themselves: count it; False where nothing can keep the count now."""
        model = self.document.model
        if model is None or self.state is not State.IDLE:
            return False
        self.document.set_model(counted(model))
        return True

    @property
    def can_verify(self) -> bool:
        """Whether the batches that led to the model can be learned again now."""
        resting = self.state in (State.IDLE, State.PAUSED)
        return resting and self.verification.earlier(self.document.model) is not None

    def verify(self) -> None:
        """Learn the batches after the last automatic checkpoint again and compare; nothing of the model changes."""
        model = self.document.model
        if self.can_verify and model and self.verification.start(model):
            self._say("")
            self._work.begin(State.VERIFYING)

    def fetch_mnist(self) -> None:
        """Download MNIST in the background."""
        if self.state is State.IDLE:
            self._work.new_worker(_download).load(self.document.spec.data)
            self._work.begin(State.FETCHING)

    # -- what the views ask --------------------------------------------------------------------------------------
    def load(self, spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
        """The data set a spec names, as runs read it; views read theirs here too."""
        return self._load(spec, progress)

    def ask_model(self) -> None:
        """Have the document's model brought up to the batch at hand; `model_arrived` says when it is."""
        control = self._work.control
        if control and self.training and self.state is not State.PREPARING:
            control.ask_model()
        else:
            self.model_arrived.emit()

    # -- the run ---------------------------------------------------------------------------------------------------
    def _start(self, *, one_step: bool = False, epochs: int | None = None) -> None:
        project, model = self.document.spec, self.document.model
        resume = model if continues(project, model) else None
        runner = self._work.new_worker(self._load, project)
        if one_step:
            runner.control.step()
        self.verification.watch(runner.automatic)
        self._record.begin(resume, project)
        self.looks.go_to(None)
        self.reason = ""
        self.run_started.emit()
        self.digit.ask()
        start = self._weights_to_keep(project, model)
        runner.train(project, resume=resume, start=start, epochs=epochs, way=self.ways.chosen)
        self._work.begin(State.PREPARING)

    def _weights_to_keep(self, project: ProjectSpec, model: Checkpoint | None) -> dict[str, Array]:
        """After a structural edit the layers that stayed begin where they were; another seed begins afresh."""
        if model is None or model.project.training.seed != project.training.seed:
            return {}
        return self._kept

    # -- what comes from the worker --------------------------------------------------------------------------------
    def _on_mail_started(self, event: Started) -> None:
        self.data_name, self._class_names = event.data_name, event.class_names
        self._start_words = start_words(self.document.network.name, event)
        self._say(self._start_words)
        self.progress_changed.emit()
        if self.state is State.PREPARING:
            self._work.set_state(State.RUNNING)
        self.data_changed.emit()

    def _on_mail_way_told(self, _way: object) -> None:
        """The fastest way is found, and no longer being looked for."""
        self._say(self._start_words)

    def _on_mail_model_came(self, model: Checkpoint) -> None:
        self._kept.update(model.weights)
        self.document.set_model(model)
        self.model_arrived.emit()

    def _on_mail_scored(self, score: Score) -> None:
        model = self.document.model
        if model:
            self.document.set_model(self._look.take(model, score))
        self._say(look_words(score))
        self.test_scored.emit(score)

    def _on_mail_finished(self, reason: str) -> None:
        self.reason = reason

    def _on_mail_ended(self, text: str) -> None:
        if self.training:
            self._record.end(text)
        self._say(text)

    def _say(self, text: str) -> None:
        self.sentence = text
        self.sentence_changed.emit()

    def _on_work_state_changed(self) -> None:
        if self.state in (State.PAUSED, State.IDLE):
            self._record.rest()
            self.progress_changed.emit()
        self.looks.set_running(self.state is State.RUNNING)
        self.state_changed.emit()

    def _on_work_ended(self, before: State) -> None:
        self._look_at_model()
        if before is State.FETCHING:
            self.data_changed.emit()

    def end(self, seconds: float) -> None:
        """The window goes: end whatever is under way, and look at nothing any more, all within so many seconds."""
        until = time.monotonic() + seconds
        self.looks.shut_down(0.0)  # both end meanwhile
        self.shut_down(seconds)
        self.looks.shut_down(max(0.0, until - time.monotonic()))

    def shut_down(self, seconds: float = 3.0) -> bool:
        """End whatever is under way and wait for it; what was learned reaches the document. False if it took longer."""
        return self._work.join(seconds)

    def pump(self) -> None:
        """Take what has come from the worker by now, which happens a moment later anyway."""
        self._work.pump()

    # -- the document ----------------------------------------------------------------------------------------------
    def _on_document_changed(self, old: ProjectSpec) -> None:
        spec = self.document.spec
        control = self._work.control
        if control and self.training and spec.training != old.training:
            control.set_live(spec.training.optimizer, spec.training.weight_decay)
        if spec.data != old.data:
            self.data_changed.emit()
        self.looks.set_project(spec)
        if spec.network != old.network:
            self.digit.ask()

    @property
    def outdated(self) -> bool:
        """Whether a run goes on with a network that has been edited since."""
        project = self._work.project
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
        if self.state is State.IDLE:  # another project, or none: what was said was about the last one
            self._say("")
        self.run_started.emit()
        self.progress_changed.emit()
        self._look_at_model()

    def _look_at_model(self) -> None:
        """Nothing runs: whoever looks sees the document's model."""
        model = self.document.model
        self.looks.rest(Moment.of(model) if model else None)
        self.digit.ask()


def _download(spec: DataSpec, progress: Callable[[str, int, int], None]) -> Dataset:
    """MNIST from a public mirror into the cache, then read."""
    return read_mnist(download_mnist(progress))
