"""The log: what happened in this window's runs, with the time of day."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QAction, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from fishlab.core.events import Score
from fishlab.ui.document import Document
from fishlab.ui.numbers import loss_text, percent_text
from fishlab.ui.plots import export
from fishlab.ui.plots.freeze import FreezeAction
from fishlab.ui.plots.save_menu import SaveMenu
from fishlab.ui.run_words import way_words
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.empty_state import EmptyState
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.label import Label

MOST = 1000
_HIGHEST = 4000  # pixels of a saved picture that are not on the screen


@dataclass(frozen=True)
class Entry:
    """One line: when, what, and whether it is an error."""

    clock: str
    text: str
    bad: bool = False


class Log(QWidget):
    """Listens to the session, seen or not. Frozen, it stays where it is and counts the lines that come."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._before = session.state
        self._way = session.ways.in_use
        self._epochs = len(session.history.epochs)
        self._marks = len(session.history.marks)
        self.entries: list[Entry] = []
        self._kept: list[Entry] = []  # what is seen while it is frozen
        self._waiting = 0
        self._build()
        self._connect(session)
        self._sync()
        self.setAccessibleDescription(self.spoken())

    def _build(self) -> None:
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setObjectName("log.text")
        self._text.setAccessibleName(self.tr("Log"))
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setMaximumBlockCount(MOST)
        # The log lies on its card like the other instruments; its focus shows as a ring, not as a field's border.
        self._text.setStyleSheet("QPlainTextEdit, QPlainTextEdit:focus { border: 0; background: transparent; }")
        self._text.setProperty("focus_ring", True)
        self._empty = EmptyState(
            self.tr("Nothing has happened yet."), self.tr("Runs write here what they do, and when.")
        )
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._text)
        self.news = Label("", "small", 500, "ink2")
        self.news.setObjectName("log.news")
        self.news.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self.news)
        self._build_actions()

    def _build_actions(self) -> None:
        self.freeze_action = FreezeAction(self, "log")
        self.copy_action = QAction(icon("copy"), self.tr("Copy the log"), self)
        self.copy_action.setObjectName("log.copy")
        self.setAccessibleName(self.tr("Log"))
        self.menu = SaveMenu(self, self, "log")
        self.save_action = QAction(icon("save"), self.tr("Save the picture or its lines…"), self)
        self.save_action.setObjectName("log.save")
        self.save_action.setMenu(self.menu)
        self.addActions([self.freeze_action, self.copy_action, self.save_action])

    def _connect(self, session: TrainSession) -> None:
        self.freeze_action.toggled.connect(self._on_freeze_toggled)
        self.copy_action.triggered.connect(self._on_copy_triggered)
        session.run_started.connect(self._on_session_run_started)
        session.state_changed.connect(self._on_session_state_changed)
        session.metrics_added.connect(self._on_session_metrics_added)
        session.ways.changed.connect(self._on_ways_changed)
        session.helper_lost.connect(self.add)
        session.failed.connect(self._on_session_failed)
        session.test_scored.connect(self._on_session_test_scored)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        """Write everything that is seen again, in the inks of the theme."""
        bar = self._text.verticalScrollBar()
        place = bar.value() if bar.value() < bar.maximum() else None
        self._text.setFont(theme().font("small"))
        self._text.document().setDocumentMargin(theme().px(12))
        self._text.clear()
        for entry in self.shown():
            self._write(entry)
        if place is not None:
            bar.setValue(place)
        margin = theme().px(12)
        self.news.setContentsMargins(margin, theme().px(4), margin, theme().px(6))

    # -- frozen ------------------------------------------------------------------------------------------------------
    @property
    def frozen(self) -> bool:
        """Whether lines that come wait."""
        return self.freeze_action.isChecked()

    def shown(self) -> list[Entry]:
        """The lines that are seen: frozen, those of then."""
        return self._kept if self.frozen else self.entries

    def _on_freeze_toggled(self, frozen: bool) -> None:
        if frozen:
            self._kept = self.entries
        else:
            for entry in self.entries[len(self.entries) - min(self._waiting, len(self.entries)) :]:
                self._write(entry)
            self._kept = []
        self._waiting = 0
        self.news.setVisible(frozen)
        self._sync_news()
        self.setAccessibleDescription(self.spoken())

    def _sync_news(self) -> None:
        words = self.tr("Frozen. {n} new lines wait.") if self._waiting else self.tr("Frozen.")
        if self._waiting == 1:
            words = self.tr("Frozen. 1 new line waits.")
        self.news.setText(words.format(n=f"{self._waiting:,}"))

    # -- lines -------------------------------------------------------------------------------------------------------
    def add(self, text: str, *, bad: bool = False) -> None:
        """Append a line."""
        entry = Entry(time.strftime("%H:%M:%S"), text, bad)
        if self.entries and (self.entries[-1].text, self.entries[-1].bad) == (text, bad):
            return
        self.entries = [*self.entries[1 - MOST :], entry]
        if self.frozen:
            self._waiting += 1
            self._sync_news()
        else:
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        self._stack.setCurrentWidget(self._text)
        bar = self._text.verticalScrollBar()
        follow = bar.value() == bar.maximum()
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text.document().isEmpty():
            cursor.insertBlock()
        cursor.insertText(f"{entry.clock}   ", _ink("ink3"))
        cursor.insertText(entry.text.replace(" %", "\N{NO-BREAK SPACE}%"), _ink("bad" if entry.bad else "ink"))
        if follow:
            bar.setValue(bar.maximum())
        self.setAccessibleDescription(self.spoken())

    # -- what is written down ----------------------------------------------------------------------------------------
    def _on_session_run_started(self) -> None:
        history = self._session.history
        self._epochs, self._marks = len(history.epochs), len(history.marks)

    def _on_session_state_changed(self) -> None:
        before, self._before = self._before, self._session.state
        place = f"{self._session.progress.x:.2f}"
        if self._before is State.RUNNING and before is State.PREPARING:
            self.add(self.tr("Run: {what}.").format(what=self._session.sentence))
        elif self._before is State.RUNNING:
            self.add(self.tr("Resumed at epoch {x}.").format(x=place))
        elif before is State.VERIFYING:
            self.add(self._session.sentence)
        elif self._before is State.PAUSED:
            self.add(self.tr("Paused at epoch {x}.").format(x=place))
        elif self._before is State.IDLE and self._session.sentence and not self._has(self._session.sentence):
            self.add(self._session.sentence)

    def _on_ways_changed(self) -> None:
        before, self._way = self._way, self._session.ways.in_use
        if self._session.training and self._way is not None and self._way != before:
            self.add(way_words(self._session))

    def _has(self, text: str) -> bool:
        return bool(self.entries) and self.entries[-1].text == text

    def _on_session_metrics_added(self) -> None:
        history = self._session.history
        for row in history.epochs.rows[self._epochs :]:
            self.add(self._epoch_words(*row))
        for mark in history.marks[self._marks :]:
            self.add(self.tr("{change} at epoch {x}").format(change=mark.text, x=f"{mark.x:.2f}"))
        self._epochs, self._marks = len(history.epochs), len(history.marks)

    def _epoch_words(self, epoch: float, loss: float, accuracy: float, val_loss: float, val_accuracy: float) -> str:
        words = self.tr("Epoch {n}: train {loss}, {accuracy}").format(
            n=f"{epoch:.0f}", loss=loss_text(loss), accuracy=percent_text(accuracy)
        )
        if np.isfinite(val_loss):
            tail = self.tr("; validation {loss}, {accuracy}")
            words += tail.format(loss=loss_text(val_loss), accuracy=percent_text(val_accuracy))
        return words

    def _on_session_failed(self, text: str) -> None:
        self.add(text, bad=True)

    def _on_session_test_scored(self, score: Score) -> None:
        self.add(self._session.sentence)

    def _on_copy_triggered(self) -> None:
        lines = (f"{entry.clock}\t{entry.text}" for entry in self.shown())
        QApplication.clipboard().setText("\n".join(lines))

    # -- saving ------------------------------------------------------------------------------------------------------
    def saved_name(self) -> str:
        """What a saved file is called, without its ending."""
        words = self.tr("log frozen") if self.frozen else self.tr("log")
        return export.suggested_name(self._session.document.network.name, words)

    def spoken(self) -> str:
        """The newest line that is shown, and whether others wait."""
        shown, waits = self.shown(), f"{self.news.text()} " if self.frozen else ""
        if not shown:
            return waits + self._empty.words()
        return waits + self.tr("The newest line: {text}").format(text=shown[-1].text)

    def save_png(self, path: Path) -> None:
        """Write the lines as a picture; raises SaveError."""
        with self._unrolled():
            export.save_png(self, path, ground=theme().colour("card"))

    def save_svg(self, path: Path) -> None:
        """Write the lines as a drawing; raises SaveError."""
        with self._unrolled():
            export.save_svg(self, path, ground=theme().colour("card"))

    @contextmanager
    def _unrolled(self) -> Iterator[None]:
        """As high as all lines, of very many the newest; nothing of it is seen, since the screen is painted later."""
        size, bar = self.size(), self._text.verticalScrollBar()
        place, below = bar.value(), bar.maximum() * self._text.fontMetrics().lineSpacing()
        self.resize(size.width(), size.height() + min(below, _HIGHEST))
        bar.setValue(bar.maximum())
        try:
            yield
        finally:
            self.resize(size)
            bar.setValue(place)

    def csv(self) -> str:
        """Each line: when, what, and whether it is an error."""
        rows = [(entry.clock, entry.text, int(entry.bad)) for entry in self.shown()]
        return export.csv_text(("time", "text", "error"), rows)


def _ink(token: str) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setForeground(theme().colour(token))
    return style
