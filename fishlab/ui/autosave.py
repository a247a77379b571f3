"""Autosave: what is edited or learned is in the session's folder within two seconds, without the window waiting for it.

A thread that lives as long as it writes gets frozen values. The model, which may be large, is written where it is
another one, and then at most a tenth of the time; edits go into a small file beside it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.spec import ProjectSpec
from fishlab.ui.document import Document
from fishlab.ui.kept_work import KeptWork, Place

TICK = 500  # milliseconds
REST = 10  # the model is written for one part of the time, and for this many it is not
_WAIT = 5.0  # seconds that the end waits for a disk
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What there is to keep, of the `number`th document that was open here."""

    number: int
    spec: ProjectSpec
    model: Checkpoint | None
    place: Place


@dataclass
class Writing:
    """One piece of work for a thread, and what became of it; not `whole` leaves the model out."""

    state: State
    kept: KeptWork
    whole: bool = True
    seconds: float = 0.0  # that it took; when somebody looks has no part in it
    error: Exception | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self.thread = threading.Thread(target=self.work, name="fishlab-autosave", daemon=True)
        self.thread.start()

    def work(self) -> None:
        """Write; whatever goes wrong is kept for whoever asks."""
        began = time.monotonic()
        try:
            if self.whole:
                self.kept.write(self.state.spec, self.state.model, self.state.place)
            else:
                self.kept.write_edits(self.state.spec, self.state.place)
        except Exception as error:
            self.error = error
        self.seconds = time.monotonic() - began

    @property
    def goes_on(self) -> bool:
        """Whether the thread is at it."""
        return self.thread is not None and self.thread.is_alive()


class Autosave(QObject):
    """Begins with `begin`. `settled()` when all is kept or nothing is unsaved; `failed(text)` once, until it works."""

    settled = Signal()
    failed = Signal(str)

    def __init__(self, document: Document, place: Callable[[], Place], parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._place = document, place
        self._number = 0
        self._kept: KeptWork | None = None
        self._writing: Writing | None = None
        self._written: State | None = None
        self._model_again = 0.0  # when the model may be written next
        self._failing = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_tick)

    def begin(self, kept: KeptWork) -> None:
        """Keep what is unsaved there from now on."""
        self._kept = kept
        document = self._document
        document.replaced.connect(self._on_document_replaced)
        for signal in (document.changed, document.model_changed, document.file_changed):
            signal.connect(self._on_document_changed)
        self._on_document_changed()

    # -- while it runs ---------------------------------------------------------------------------------------------
    def _on_document_replaced(self) -> None:
        self._number += 1

    def _on_document_changed(self, *_: object) -> None:
        if self._kept is not None and not self._timer.isActive():
            self._timer.start()

    def _on_tick(self) -> None:
        """Look after what is being written; write what has changed; rest when there is nothing to do."""
        if self._writing is not None:
            if self._writing.goes_on:
                return
            self._take_outcome(self._writing)
        if self._timer.isActive():
            self._look(self._state())

    def _state(self) -> State:
        return State(self._number, self._document.spec, self._document.model, self._place())

    def _look(self, state: State) -> None:
        before = self._written
        if not self._document.unsaved:
            self._forget()
        elif before is None or self._is_time_for_all(state, before):
            self._write(state, whole=True)
        elif state.spec is not before.spec:
            self._write(replace(state, model=before.model), whole=False)
        elif state.model is before.model:
            self._settle()

    def _is_time_for_all(self, state: State, before: State) -> bool:
        """Another document, another place for it, or another model whose turn has come."""
        if state.number != before.number or not state.place.is_same_as(before.place):
            return True
        return state.model is not before.model and time.monotonic() >= self._model_again

    def _write(self, state: State, *, whole: bool) -> None:
        assert self._kept is not None
        self._writing = Writing(state, self._kept, whole)
        self._writing.start()

    def _take_outcome(self, writing: Writing) -> None:
        self._writing = None
        if writing.error is not None:
            self._fail(writing.error)
            return
        self._failing = False
        self._written = writing.state
        if writing.whole:
            self._model_again = time.monotonic() + REST * writing.seconds

    def _fail(self, error: Exception) -> None:
        """Say it once and rest; the next change tries again."""
        self._written = None
        self._timer.stop()
        log.error("unsaved work is not kept: %s", error)
        if not self._failing:
            self._failing = True
            self.failed.emit(str(error))

    def _settle(self) -> None:
        self._timer.stop()
        self.settled.emit()

    def _forget(self) -> None:
        self._written = None
        if self._kept is not None:
            self._kept.forget()
        self._settle()

    # -- at the end ------------------------------------------------------------------------------------------------
    def keep_now(self, place: Place) -> bool:
        """Keep what there is at once; False, and a line in the log, where that cannot be."""
        if self._kept is None or not self._wait():
            return False
        self._timer.stop()
        writing = Writing(replace(self._state(), place=place), self._kept)
        writing.work()
        if writing.error is not None:
            log.error("unsaved work was not kept: %s", writing.error)
            return False
        self._written = writing.state
        return True

    @property
    def holds_all(self) -> bool:
        """Whether what `keep_now` kept last is still all there is."""
        kept, document = self._written, self._document
        return kept is not None and kept.place.asked and kept.spec is document.spec and kept.model is document.model

    def end(self) -> None:
        """Write no more; what is being written is waited for."""
        self._timer.stop()
        self._wait()
        self._kept = None

    def _wait(self) -> bool:
        writing, self._writing = self._writing, None
        if writing is None or writing.thread is None:
            return True
        writing.thread.join(_WAIT)
        return not writing.thread.is_alive()
