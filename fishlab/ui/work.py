"""Work: what is done in the background at the moment, if anything. It holds the worker and looks at what it sends."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fishlab.core.control import Control
from fishlab.core.data.dataset import Load
from fishlab.core.runner import Runner
from fishlab.core.spec import ProjectSpec
from fishlab.ui.pace import Pace
from fishlab.ui.run_state import State
from fishlab.ui.verification import Verification


class Work(QObject):
    """One thing at a time; but a run that stands still may be verified meanwhile, by a worker of its own.

    Signals: `state_changed()`; `mail_came(Mail)`, 5 to 30 times a second; `said(sentence)` how far the verification
    is; `ended(state)` with what was being done until now.
    """

    state_changed = Signal()
    mail_came = Signal(object)
    said = Signal(str)
    ended = Signal(State)

    def __init__(self, verification: Verification, parent: QObject) -> None:
        super().__init__(parent)
        self.project: ProjectSpec | None = None
        self._verification = verification
        self._state = State.IDLE
        self._runner: Runner | None = None
        self._timer = Pace(self)
        self._timer.timeout.connect(self.pump)

    @property
    def state(self) -> State:
        """What is being done."""
        return self._state

    def set_state(self, state: State) -> None:
        """What is being done from now on."""
        if state is not self._state:
            self._state = state
            self._timer.set_running(state is State.RUNNING)
            self.state_changed.emit()

    @property
    def training(self) -> bool:
        """Whether a run is under way, standing still or not."""
        return self.project is not None

    @property
    def control(self) -> Control | None:
        """What the worker obeys; None without one."""
        return self._runner.control if self._runner else None

    # -- it begins and ends ----------------------------------------------------------------------------------------
    def new_worker(self, load: Load, project: ProjectSpec | None = None) -> Runner:
        """The worker of what begins now: a run of `project`, or something else."""
        self._runner, self.project = Runner(load), project
        return self._runner

    def begin(self, state: State) -> None:
        """A worker has been told what to do."""
        self._timer.start()
        self.set_state(state)

    def stop(self) -> None:
        """End whatever is under way; a run that stands still while it is verified goes on standing."""
        if self._state is State.VERIFYING:
            self._verification.stop()
        elif self._runner and self._state is not State.IDLE:
            self._runner.control.stop()
            self.set_state(State.STOPPING)

    def join(self, seconds: float) -> bool:
        """End whatever is under way and wait for it; False if it took longer."""
        ended = self._verification.join(seconds)
        if self._state is State.VERIFYING:
            self._look_at_verification()
        if self._runner is None:
            return ended
        self._runner.control.stop()
        ended = self._runner.join(seconds) and ended
        self.pump()
        if not ended:  # what it still says belongs to nobody
            self._end()
        return ended

    def _end(self) -> None:
        before = self._state
        self._runner = self.project = None
        self._timer.stop()
        self.set_state(State.IDLE)
        self.ended.emit(before)

    # -- what comes from the workers -------------------------------------------------------------------------------
    def pump(self) -> None:
        """Take what has come; the timer calls it while something is under way."""
        self._timer.look()
        if self._state is State.VERIFYING:
            self._look_at_verification()
        if self._runner is None:
            return
        ended = not self._runner.alive  # before looking: what it says last is not missed
        self.mail_came.emit(self._runner.mailbox.drain())
        if ended:
            self._end()

    def _look_at_verification(self) -> None:
        at_work = self._verification.look()
        self.said.emit(self._verification.sentence)
        if not at_work:
            self.set_state(State.PAUSED if self.training else State.IDLE)
            if not self.training:
                self._timer.stop()
