"""HintWatch: looks at the run in sight from time to time, and has at most one hint about it."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from fishlab.core.checkpoint import continues
from fishlab.core.hints import RISE, SETTLED, Evidence, Hint, find_hint
from fishlab.core.probes import Question
from fishlab.core.probes.activations import Activations
from fishlab.core.remedies import Remedy
from fishlab.core.shapes import layer_type
from fishlab.ui.document import Document
from fishlab.ui.plots.things import things
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings

LOOK_SECONDS, UNITS_SECONDS = 1.0, 10.0
UNITS = Question("activations", count=100)
SETTING = "view/hints"


class HintWatch(QObject):
    """`hint` is what is wrong, or None; `changed()` says that it is another; `said(words)` what a remedy has done.

    Nothing is looked at while it is off.

    What was dismissed is not said again of the same run; what a remedy was taken for, only after the run has changed.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, document: Document, session: TrainSession, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._session, self._settings = document, session, settings
        self.on = settings.flag(SETTING, True)
        self.hint: Hint | None = None
        self._units: Activations | None = None
        self._quiet: set[tuple[object, ...]] = set()
        self._looked = self._asked = 0.0
        self._waits = self._again = False
        self._connect()

    def _connect(self) -> None:
        session = self._session
        session.metrics_added.connect(self._on_metrics_added)
        session.run_started.connect(self._on_run_started)
        session.state_changed.connect(self._on_state_changed)
        for signal in (session.failed, self._document.changed, self._document.model_changed):
            signal.connect(self._look)
        self._document.replaced.connect(self._quiet.clear)
        session.looks.answered.connect(self._on_answered)
        session.looks.failed.connect(self._on_failed)

    # -- what a person does ----------------------------------------------------------------------------------------
    def set_on(self, on: bool) -> None:
        """Look, or leave the person in peace; remembered."""
        self.on = on
        self._settings.set(SETTING, on)
        self._look()

    def dismiss(self) -> None:
        """Not again of this run."""
        if self.hint is not None:
            self._quiet.add((*self._run(), self.hint.kind))
            self._look()

    def apply(self, remedy: Remedy) -> None:
        """Take the remedy, as one undo step."""
        if self.hint is None:
            return
        session, afresh = self._session, remedy.project.training.seed != self._document.spec.training.seed
        self._quiet.add((*self._run(), self._changes(), self.hint.kind))
        self._document.edit(remedy.title, remedy.project)
        self._again = afresh and session.training
        self.said.emit(remedy.words if session.training else self.tr("{words} Press Run.").format(words=remedy.words))
        if self._again:  # what was learned so far is past mending
            session.stop()
        self._look()

    @property
    def looking(self) -> bool:
        """Whether it waits for an answer about the units: as long as nothing hints at them, nobody computes one."""
        return self._waits

    # -- looking ---------------------------------------------------------------------------------------------------
    def _on_metrics_added(self) -> None:
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()

    def _on_run_started(self) -> None:
        self._session.looks.ask(self, None)
        self._units, self._asked, self._waits = None, 0.0, False
        self._look()

    def _on_state_changed(self) -> None:
        self._look()
        if self._again and self._session.state is State.IDLE:
            self._again = False
            self._session.run()

    def _look(self, _what: object = None) -> None:
        self._looked = time.monotonic()
        hint = self._found() if self.on and self._matters() else None
        if hint != self.hint:
            self.hint = hint
            self.changed.emit()

    def _matters(self) -> bool:
        """Whether the document is still what the run in sight learns: a network that was edited is another one.

        A run that ends for a remedy has been given up.
        """
        session, spec = self._session, self._document.spec
        if self._again or not len(session.history.steps) or session.obstacle:
            return False
        return not session.outdated if session.training else continues(spec, self._document.model)

    def _found(self) -> Hint | None:
        session = self._session
        ended = session.reason if session.state is State.IDLE else ""
        evidence = Evidence(session.history, self._document.spec, ended, self._units)
        self._look_at_units(evidence)
        hint = find_hint(evidence)
        if hint is None:
            return None
        told = (*self._run(), hint.kind), (*self._run(), self._changes(), hint.kind)
        return None if self._quiet.intersection(told) else self._called(hint)

    def _called(self, hint: Hint) -> Hint:
        """The hint, with what is learned from called what it is: images, points or rows."""
        called = things(self._document.network.in_shape).called
        remedies = [replace(one, title=called(one.title), words=called(one.words)) for one in hint.remedies]
        return replace(hint, text=called(hint.text), remedies=tuple(remedies))

    def _look_at_units(self, evidence: Evidence) -> None:
        """Of a run that has not learned much yet: whether units have fallen silent."""
        session = self._session
        if session.state is not State.RUNNING or session.looks.in_the_past or self._waits:
            return
        if time.monotonic() - self._asked < UNITS_SECONDS:
            return
        silent = any(layer_type(layer).silent_at is not None for layer in self._document.network.walk())
        if silent and len(evidence.losses) >= SETTLED and evidence.recent() > RISE * evidence.chance:
            self._asked, self._waits = time.monotonic(), True
            self._session.looks.ask(self, UNITS)

    def _on_answered(self, question: Question, data: Activations | None) -> None:
        if question == UNITS and self._waits:
            self._waits = False
            self._session.looks.ask(self, None)
            self._units = data
            self._look()

    def _on_failed(self, question: Question, _sentence: str) -> None:
        """Without an answer it is asked again after a while."""
        self._on_answered(question, None)

    def _run(self) -> tuple[object, ...]:
        """What tells this run from others: which it is, and how it began, for an earlier one may go on."""
        return self._session.record.number, *self._session.history.steps.rows[0].tolist()

    def _changes(self) -> int:
        """How often it was changed by hand."""
        return len(self._session.history.marks)
