"""RunMail: takes what a worker sends to where it belongs, and turns it into signals."""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, Signal

from fishlab.core.errors import FishLabError
from fishlab.core.events import EpochDone, Evaluating, Finished, HelperLost, Marked, Running, Started
from fishlab.core.mailbox import Failed, Mail, Paused, Preparing, Resumed, RunEvent, Stopped, TestScored
from fishlab.ui.looks import Looks
from fishlab.ui.run_record import RunRecord
from fishlab.ui.run_state import State
from fishlab.ui.session_words import work_words
from fishlab.ui.work import Work

PROGRESS_SECONDS = 0.25  # words that change faster are not read
log = logging.getLogger(__name__)


class RunMail(QObject):
    """Numbers go to the record, moments and images to the looks, pauses to the work.

    Signals: `started(Started)`; `metrics_added()`; `progress_changed()`; `model_came(Checkpoint)`; `way_told(Way)`;
    `helper_lost(text)`; `scored(Score)`; `said(sentence)`; `finished(reason)` where it ended by itself;
    `ended(sentence)` however it ended; `failed(text)` where that needs somebody.
    """

    started = Signal(object)
    metrics_added = Signal()
    progress_changed = Signal()
    model_came = Signal(object)
    way_told = Signal(object)
    helper_lost = Signal(str)
    scored = Signal(object)
    said = Signal(str)
    finished = Signal(str)
    ended = Signal(str)
    failed = Signal(str)

    def __init__(self, work: Work, record: RunRecord, looks: Looks, parent: QObject) -> None:
        super().__init__(parent)
        self._work, self._record, self._looks = work, record, looks
        self._progress_told = 0.0
        work.mail_came.connect(self._on_mail_came)

    def _on_mail_came(self, mail: Mail) -> None:
        for event in mail.events:
            if isinstance(event, Started):
                self._take_start(event)
        self._take_metrics(mail)
        self._take_snapshots(mail)
        for event in mail.events:
            self._take_event(event)

    def _take_start(self, event: Started) -> None:
        """It comes before everything else in the same mail."""
        self._record.add_start(event)
        self.started.emit(event)

    def _take_metrics(self, mail: Mail) -> None:
        self._record.add_steps(mail.metrics, running=self._work.state is State.RUNNING)
        if mail.metrics:
            self.metrics_added.emit()
            if time.monotonic() - self._progress_told >= PROGRESS_SECONDS:
                self._progress_told = time.monotonic()
                self.progress_changed.emit()

    def _take_snapshots(self, mail: Mail) -> None:
        if mail.moments:
            self._looks.take(*mail.moments)
        for name, snapshot in mail.snapshots.items():
            if name == "model":
                self.model_came.emit(snapshot.data)
            elif name == "data" and self._work.project:
                self._looks.give_data(self._work.project, snapshot.data)

    def _take_event(self, event: RunEvent) -> None:
        match event:
            case Preparing(what, done, total):
                self.said.emit(work_words(what, done, total))
            case Running(way):
                self.way_told.emit(way)
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
                self._work.set_state(State.PAUSED)
            case Resumed():
                self._work.set_state(State.RUNNING)
            case Evaluating(done, total) if self._work.state is State.EVALUATING:
                self.said.emit(work_words(self.tr("Evaluating the test set"), done, total))
            case TestScored(score, _):
                self.scored.emit(score)
            case Finished() | Stopped() | Failed():
                self._take_end(event)

    def _take_end(self, event: Finished | Stopped | Failed) -> None:
        match event:
            case Finished(reason, text):
                self.finished.emit(reason)
                self.ended.emit(text)
                if reason == "diverged":
                    self.failed.emit(text)
            case Stopped():
                self.ended.emit(self.tr("Stopped."))
            case Failed(text, error):
                expected = isinstance(error, FishLabError)  # it says all there is to say
                log.error("%s", text, exc_info=None if expected else error)
                self.ended.emit(text)
                self.failed.emit(text)
