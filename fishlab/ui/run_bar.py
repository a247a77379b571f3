"""The bar at the top: Run, Pause, Step, Stop, what they are doing, undo, layouts, and the command search."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.actions import Actions
from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.segmented import Segmented

COMPACT = 1360


class RunBar(QWidget):
    """Shows the session's true state and offers what can be done next; `layout_chosen(name)` for the named layouts."""

    layout_chosen = Signal(object)

    def __init__(
        self, document: Document, session: TrainSession, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("run_bar")
        self._document, self._session, self._actions = document, session, actions
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.run = Button(self.tr("Run"), "run")
        self.pause = Button(self.tr("Pause"), "pause")
        self.step = Button(self.tr("Step"), "step")
        self.stop = Button(self.tr("Stop"), "stop")
        self.strip = ProgressStrip()
        self.undo = IconButton("undo", self.tr("Undo"))
        self.redo = IconButton("redo", self.tr("Redo"))
        self.layouts = Segmented(
            self.tr("Layout"),
            [("build", self.tr("Build")), ("watch", self.tr("Watch")), ("explain", self.tr("Explain"))],
        )
        self.find = Button(self.tr("Find a command"), "search")
        row = QHBoxLayout(self)
        for button in (self.run, self.pause, self.step, self.stop):
            row.addWidget(button)
        row.addSpacing(theme().px(12))
        row.addWidget(self.strip)
        row.addStretch(1)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        row.addSpacing(theme().px(12))
        row.addWidget(self.layouts)
        row.addSpacing(theme().px(8))
        row.addWidget(self.find)
        self._name_parts()

    def _name_parts(self) -> None:
        names = {
            "training.run": self.run, "training.pause": self.pause, "training.step": self.step,
            "training.stop": self.stop, "edit.undo_button": self.undo, "edit.redo_button": self.redo,
            "view.layouts": self.layouts, "help.find": self.find, "training.progress": self.strip,
        }  # fmt: skip
        for name, part in names.items():
            part.setObjectName(name)

    def _connect(self) -> None:
        for button, name in self._buttons():
            button.clicked.connect(self._actions[name].trigger)
        self.layouts.edited.connect(self.layout_chosen)
        self.find.clicked.connect(self._actions["help.commands"].trigger)
        for button, action in ((self.undo, self._actions["edit.undo"]), (self.redo, self._actions["edit.redo"])):
            button.clicked.connect(action.trigger)
            action.enabledChanged.connect(button.setEnabled)
            button.setEnabled(action.isEnabled())
        self._document.undo_stack.indexChanged.connect(self._on_undo_index_changed)
        self._session.state_changed.connect(self._sync)
        self._session.progress_changed.connect(self._sync_strip)
        self._document.changed.connect(self._on_document_changed)
        self._document.model_changed.connect(self._sync)
        theme().changed.connect(self._sync)

    def _buttons(self) -> tuple[tuple[Button, str], ...]:
        return (
            (self.run, "train.run"), (self.pause, "train.pause"), (self.step, "train.step"), (self.stop, "train.stop"),
        )  # fmt: skip

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    def _on_undo_index_changed(self, _index: int) -> None:
        for button, name in ((self.undo, "edit.undo"), (self.redo, "edit.redo")):
            action: QAction = self._actions[name]
            button.setToolTip(f"{action.text()} ({action.shortcut().toString()})")

    # -- what it shows -------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        state = self._session.state
        ready = state is State.IDLE and not self._session.obstacle
        self.run.setText(self.tr("Resume") if self._can_resume() else self.tr("Run"))
        self.pause.setText(self.tr("Pausing…") if state is State.PAUSING else self.tr("Pause"))
        self.stop.setText(self.tr("Stopping…") if state is State.STOPPING else self.tr("Stop"))
        enabled = {
            "train.run": ready or state is State.PAUSED,
            "train.pause": state is State.RUNNING,
            "train.step": ready or state is State.PAUSED,
            "train.stop": state not in (State.IDLE, State.STOPPING),
        }
        for button, name in self._buttons():
            self._actions[name].setEnabled(enabled[name])
            button.setEnabled(enabled[name])
            button.setToolTip(self._session.obstacle or self._tip(name))
        self.run.set_primary(enabled["train.run"])
        self.pause.set_primary(enabled["train.pause"] and not enabled["train.run"])
        self._sync_strip()
        self._sync_size()

    def _can_resume(self) -> bool:
        if self._session.state is State.PAUSED:
            return True
        progress = self._session.progress
        halfway = 0 < progress.x < progress.target
        return self._session.state is State.IDLE and self._session.continues and halfway

    def _tip(self, name: str) -> str:
        action = self._actions[name]
        return f"{action.text()} ({action.shortcut().toString()})"

    def _sync_strip(self) -> None:
        strong, note = self._words()
        self.strip.set_words(strong, note, self._time_left())
        progress = self._session.progress
        fresh = not (self._session.training or self._session.continues)
        if fresh:
            self.strip.set_progress(0, self._document.spec.training.epochs)
        else:
            self.strip.set_progress(progress.x, progress.target)

    def _words(self) -> tuple[str, str]:
        session, progress = self._session, self._session.progress
        epoch = self.tr("Epoch {now} of {all}").format(now=progress.epoch, all=progress.target)
        notes = {
            State.RUNNING: self.tr("running"), State.PAUSING: self.tr("pausing"), State.PAUSED: self.tr("paused"),
            State.STOPPING: self.tr("stopping"),
        }  # fmt: skip
        if session.state in notes:
            return epoch, notes[session.state]
        if session.state is not State.IDLE:
            return self.tr("Preparing"), session.sentence
        problem = self._document.report.problem
        if problem:
            return self.tr("Cannot run"), problem.sentence
        return self._idle_words()

    def _idle_words(self) -> tuple[str, str]:
        epochs = self._document.spec.training.epochs
        one = self.tr("1 epoch") if epochs == 1 else self.tr("{n} epochs").format(n=epochs)
        progress = self._session.progress
        if not self._session.continues:
            changed = self._document.model is not None
            return self.tr("Ready"), self.tr("network changed: a new run, {n}").format(n=one) if changed else one
        if progress.x < progress.target:
            return self.tr("Epoch {now} of {all}").format(now=progress.epoch, all=progress.target), self.tr("stopped")
        return self.tr("Epoch {n} done").format(n=progress.target), self.tr("Run adds {n}").format(n=one)

    def _time_left(self) -> str:
        seconds = self._session.progress.seconds_left
        if seconds is None or self._session.state not in (State.RUNNING, State.PAUSING, State.PAUSED):
            return ""
        return self.tr("{time} left").format(time=clock(seconds))

    def _sync_size(self) -> None:
        row = self.layout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(6))
        for button in (self.run, self.pause, self.step, self.stop):
            button.setMinimumWidth(theme().px(84))
        self._sync_find()

    def _sync_find(self) -> None:
        """Narrow windows lose the shortcut from the search button's words."""
        keys = self._actions["help.commands"].shortcut().toString()
        wide = self.width() >= theme().px(COMPACT)
        text = self.tr("Find a command")
        self.find.setText(f"{text}   {keys}" if wide else text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words to the width."""
        self._sync_find()

    def sizeHint(self) -> QSize:
        """30 u high; the tool bar pads it to 44."""
        hint = super().sizeHint()
        hint.setHeight(theme().px(30))
        return hint


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
