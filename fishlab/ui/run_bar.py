"""The bar at the top: Run, Pause, Step, Stop, what they are doing, undo, layouts, and the command search."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontMetrics, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from fishlab.ui.actions import Actions
from fishlab.ui.document import Document
from fishlab.ui.run_words import strip_words, time_left
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.segmented import Segmented

COMPACT, NARROW, TIGHT = 1360, 1080, 880  # u: below, the search loses its key, then its words, then layouts go
_BUTTON, _BESIDE_WORD, _STRIP = 84, 58, 420


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
        self._sync_size()
        self._sync_edit_buttons()
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
        row.addWidget(self.strip, 1000)  # takes what is free up to its own limit, the stretch has the rest
        row.addStretch(1)
        for part in (self.undo, self.redo, self.layouts, self.find):
            row.addWidget(part)
        self.strip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name_parts()
        self._explain_parts()

    def _name_parts(self) -> None:
        names = {
            "training.run": self.run, "training.pause": self.pause, "training.step": self.step,
            "training.stop": self.stop, "edit.undo_button": self.undo, "edit.redo_button": self.redo,
            "view.layouts": self.layouts, "help.find": self.find, "training.progress": self.strip,
        }  # fmt: skip
        for name, part in names.items():
            part.setObjectName(name)

    def _explain_parts(self) -> None:
        for button, name in (*self._buttons(), *self._edit_buttons()):
            button.setWhatsThis(self._actions[name].whatsThis())
        self.find.setWhatsThis(self._actions["help.commands"].whatsThis())
        self.find.setToolTip(self._actions.tip("help.commands"))
        self.strip.setWhatsThis(
            self.tr("How far the run is, one segment an epoch: all there is to learn was seen once. Chapter 4.5")
        )
        self.layouts.setWhatsThis(
            self.tr("Three arrangements of the window: Build to put layers together, Watch to see them learn, "
                    "Explain to read what everything is.")
        )  # fmt: skip

    def _connect(self) -> None:
        for button, name in (*self._buttons(), *self._edit_buttons()):
            button.clicked.connect(self._actions[name].trigger)
        for _, name in self._edit_buttons():
            self._actions[name].changed.connect(self._sync_edit_buttons)
        self.layouts.edited.connect(self.layout_chosen)
        self.find.clicked.connect(self._actions["help.commands"].trigger)
        self._session.state_changed.connect(self._sync)
        self._session.sentence_changed.connect(self._sync_strip)
        self._session.progress_changed.connect(self._sync_strip)
        self._document.changed.connect(self._on_document_changed)
        self._document.model_changed.connect(self._sync)
        theme().changed.connect(self._sync_size)

    def _buttons(self) -> tuple[tuple[Button, str], ...]:
        return (
            (self.run, "train.run"), (self.pause, "train.pause"), (self.step, "train.step"), (self.stop, "train.stop"),
        )  # fmt: skip

    def _edit_buttons(self) -> tuple[tuple[IconButton, str], ...]:
        return (self.undo, "edit.undo"), (self.redo, "edit.redo")

    def _on_document_changed(self, _old: object) -> None:
        self._sync()

    def _sync_edit_buttons(self) -> None:
        for button, name in self._edit_buttons():
            button.setEnabled(self._actions[name].isEnabled())
            button.setToolTip(self._actions.tip(name))

    # -- what it shows -------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        state = self._session.state
        self.run.setText(self.tr("Resume") if self._can_resume() else self.tr("Run"))
        self.pause.setText(self.tr("Pausing…") if state is State.PAUSING else self.tr("Pause"))
        can = self._possible()
        for button, name in self._buttons():
            self._actions[name].setEnabled(can[name])
            button.setEnabled(can[name])
            button.setToolTip(self._actions.tip(name) if can[name] else self._why_not(name))
        self.run.set_primary(can["train.run"])
        self.pause.set_primary(can["train.pause"])
        self._sync_strip()

    def _possible(self) -> dict[str, bool]:
        state = self._session.state
        go = state is State.PAUSED or (state is State.IDLE and not self._session.obstacle)
        return {
            "train.run": go,
            "train.pause": state is State.RUNNING,
            "train.step": go,
            "train.stop": state not in (State.IDLE, State.STOPPING),
        }

    def _why_not(self, name: str) -> str:
        reason = self._session.obstacle if self._session.state is State.IDLE and name != "train.stop" else ""
        return f"{self._actions.tip(name)}\n{reason}".strip()

    def _can_resume(self) -> bool:
        if self._session.state is State.PAUSED:
            return True
        progress = self._session.progress
        halfway = 0 < progress.x < progress.target
        return self._session.state is State.IDLE and self._session.continues and halfway

    def _sync_strip(self) -> None:
        self.strip.set_words(*strip_words(self._session), time_left(self._session))
        progress = self._session.progress
        if self._session.training or self._session.continues:
            self.strip.set_progress(progress.x, progress.target)
        else:
            self.strip.set_progress(0, self._document.spec.training.epochs)

    # -- room ------------------------------------------------------------------------------------------------------
    def _sync_size(self) -> None:
        """Each button is as wide as the longest word it ever says: no other button moves when a state changes."""
        row = self.layout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(6))
        self.strip.setMaximumWidth(theme().px(_STRIP))
        words = {
            self.run: (self.tr("Run"), self.tr("Resume")), self.pause: (self.tr("Pause"), self.tr("Pausing…")),
            self.step: (self.tr("Step"),), self.stop: (self.tr("Stop"),),
        }  # fmt: skip
        bold = QFontMetrics(theme().font("body", 600))
        for button, texts in words.items():
            widest = max(bold.horizontalAdvance(text) for text in texts)
            button.setFixedWidth(max(theme().px(_BUTTON), widest + theme().px(_BESIDE_WORD)))
        self._sync_room()

    def _sync_room(self) -> None:
        keys = self._actions["help.commands"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        text = self.tr("Find a command")
        if self.width() >= theme().px(COMPACT):
            text = f"{text}   {keys}"
        self.find.setText(text if self.width() >= theme().px(NARROW) else "")
        self.find.setAccessibleName(self.tr("Find a command"))
        self.layouts.setVisible(self.width() >= max(theme().px(TIGHT), self._least_with_layouts()))

    def _least_with_layouts(self) -> int:
        """What everything needs side by side; letters may be wider than the unit says."""
        row = self.layout()
        hidden = self.layouts.isHidden()
        return row.minimumSize().width() + (self.layouts.sizeHint().width() + row.spacing() if hidden else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words to the width."""
        self._sync_room()

    def sizeHint(self) -> QSize:
        """30 u high; the tool bar pads it to 44."""
        return QSize(super().sizeHint().width(), theme().px(30))

    def minimumSizeHint(self) -> QSize:
        """Never what keeps a window wide: parts go out of sight before it."""
        return QSize(theme().px(600), theme().px(30))
