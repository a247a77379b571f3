"""The line at the bottom: the state in a sentence at the left, facts at the right."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label

ICONS = {
    State.RUNNING: "run", State.PREPARING: "data", State.PAUSING: "pause", State.PAUSED: "pause",
    State.STOPPING: "stop", State.EVALUATING: "lock", State.FETCHING: "data",
}  # fmt: skip


class StatusBar(QWidget):
    """Watches document and session; it has no buttons."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self._document, self._session = document, session
        self._saved_at = ""
        self._notice = ""
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self._icon = Label()
        self.sentence = Label("", "small", 400, "ink", elide=True)
        self.batch = Label("", "small", 400, "ink2")
        self.speed = Label("", "small", 400, "ink2")
        self.test = Label("", "small", 400, "ink2")
        self._lock = Label()
        self.saved = Label("", "small", 400, "ink2")
        row = QHBoxLayout(self)
        row.addWidget(self._icon)
        row.addWidget(self.sentence, 1)
        for part in (self.batch, self.speed, self._lock, self.test, self.saved):
            row.addWidget(part)

    def _connect(self) -> None:
        session, document = self._session, self._document
        for signal in (session.state_changed, session.sentence_changed, session.progress_changed, session.data_changed):
            signal.connect(self._sync)
        for signal in (document.file_changed, document.model_changed):
            signal.connect(self._sync)
        document.changed.connect(self._on_document_changed)
        theme().changed.connect(self._sync)

    def _on_document_changed(self, _old: object) -> None:
        self._notice = ""
        self._sync()

    def notice(self, text: str) -> None:
        """Say something once; the next change of the document takes it away."""
        self._notice = text
        self._sync()

    def set_saved(self, when: datetime) -> None:
        """Remember when the project was saved."""
        self._saved_at = when.strftime("%H:%M")
        self._sync()

    def _sync(self) -> None:
        problem = self._document.report.problem and self._session.state is State.IDLE
        self.sentence.setText(self._sentence())
        self.sentence.set_ink("ink")
        self._show_icon("warning" if problem else ICONS.get(self._session.state, ""), "bad" if problem else "accent")
        self.batch.setText(self.tr("batch {n}").format(n=self._document.spec.training.batch_size))
        speed = self._session.progress.images_per_second
        running = self._session.state is State.RUNNING and speed
        self.speed.setText(self.tr("{n} images/s").format(n=f"{round(speed, -2):,.0f}") if running else "")
        self.speed.setVisible(bool(running))
        self.test.setText(self._test_words())
        self.saved.setText(self._saved_words())
        self._sync_size()

    def _sentence(self) -> str:
        session = self._session
        if self._notice:
            return self._notice
        if session.outdated:
            return self.tr("This run goes on with the network as it was when it started. Run again to use the new one.")
        if session.state is State.IDLE and session.obstacle:
            return self.tr("1 problem: {problem} Run is off until it does.").format(problem=session.obstacle)
        words = {
            State.RUNNING: self.tr("Training {what}"), State.PAUSED: self.tr("Paused: {what}"),
            State.PAUSING: self.tr("Pausing: {what}"), State.STOPPING: self.tr("Stopping: {what}"),
        }.get(session.state, "{what}")  # fmt: skip
        return words.format(what=session.sentence) if session.sentence else self.tr("Ready.")

    def _test_words(self) -> str:
        model = self._document.model
        looks = model.test_looks if model else 0
        times = self.tr("1 time") if looks == 1 else self.tr("{n} times").format(n=looks)
        score = self._session.test_score
        if looks and score:
            return self.tr("test {percent}, looked at {times}").format(percent=f"{score.accuracy:.2%}", times=times)
        return self.tr("test set sealed, looked at {times}").format(times=times)

    def _saved_words(self) -> str:
        if self._document.unsaved or not self._document.path:
            return self.tr("unsaved")
        return self.tr("saved {time}").format(time=self._saved_at) if self._saved_at else self.tr("saved")

    def _show_icon(self, name: str, colour: str) -> None:
        self._icon.setVisible(bool(name))
        dpr = self.devicePixelRatioF()
        if name:
            self._icon.setPixmap(icon_pixmap(name, colour, theme().u(14), dpr))
        self._lock.setPixmap(icon_pixmap("lock", "ink2", theme().u(14), dpr))

    def _sync_size(self) -> None:
        self.layout().setContentsMargins(theme().px(16), 0, theme().px(16), 0)
        self.layout().setSpacing(theme().px(8))
        for part in (self.speed, self.batch, self.test):
            part.setContentsMargins(0, 0, theme().px(12), 0)
        self.setFixedHeight(theme().px(28))

    def sizeHint(self) -> QSize:
        """28 u high."""
        return QSize(theme().px(400), theme().px(28))
