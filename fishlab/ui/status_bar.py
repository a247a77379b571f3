"""The line at the bottom: the state in a sentence at the left, facts at the right."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.document import Document
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.things import things
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label

ICONS = {
    State.RUNNING: "run", State.PREPARING: "data", State.PAUSING: "pause", State.PAUSED: "pause",
    State.STOPPING: "stop", State.EVALUATING: "lock", State.FETCHING: "data",
    State.VERIFYING: "check",
}  # fmt: skip


class StatusBar(QWidget):
    """Watches document and session; it has no buttons."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self._document, self._session = document, session
        self._saved_at = ""
        self._saving = False
        self._notice, self._is_warning = "", False
        self._build()
        self._connect()
        self._sync_size()
        self._sync()

    def _build(self) -> None:
        self._icon = Label()
        self.sentence = Label("", "small", 400, "ink", elide=True)
        self.sentence.setObjectName("status.sentence")
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
        self._explain()

    def _explain(self) -> None:
        self.batch.setWhatsThis(self.tr("How many are in one batch; the weights change once a batch. Chapter 3.6"))
        self.speed.setWhatsThis(self.tr("How many are learned in a second, over the last three seconds."))
        self.test.setWhatsThis(
            self.tr("The test set is for the end: it says how well the network does on what it was not tuned on. "
                    "Each look at it is counted. Chapter 6.5")
        )  # fmt: skip
        self.saved.setWhatsThis(self.tr("When the project was last written to its file."))
        self.sentence.setWhatsThis(self.tr("What FishLab is doing, or what keeps it from running."))

    def _connect(self) -> None:
        session, document = self._session, self._document
        session.progress_changed.connect(self._sync_speed)
        session.state_changed.connect(self._on_state_changed)
        for signal in (session.sentence_changed, session.data_changed, document.file_changed, document.model_changed):
            signal.connect(self._sync)
        document.changed.connect(self._on_document_changed)
        theme().changed.connect(self._on_theme_changed)

    # -- what it is told -------------------------------------------------------------------------------------------
    def notice(self, text: str) -> None:
        """Say something once; the next change of the document or of the run takes it away."""
        self._notice, self._is_warning = text, False
        self._sync()

    def warn(self, text: str) -> None:
        """Say once what went wrong."""
        self._notice, self._is_warning = text, True
        self._sync()

    def set_saved(self, when: datetime) -> None:
        """Remember when the project was saved."""
        self._saved_at = when.strftime("%H:%M")
        self._sync()

    def set_saving(self, saving: bool) -> None:
        """Say while the project is being written."""
        self._saving = saving
        self._sync()

    def forget_saved(self) -> None:
        """Another project has come."""
        self._saved_at = ""
        self._sync()

    def _on_document_changed(self, _old: object) -> None:
        self._forget_notice()

    def _on_state_changed(self) -> None:
        if self._session.state is State.IDLE:  # the reason a run ended is said just before
            self._sync()
        else:
            self._forget_notice()

    def _forget_notice(self) -> None:
        self._notice, self._is_warning = "", False
        self._sync()

    def _on_theme_changed(self) -> None:
        self._sync_size()
        self._sync()

    # -- what it shows ---------------------------------------------------------------------------------------------
    def _sync(self) -> None:
        sentence = self._sentence()
        self.sentence.setText(sentence)
        self.setAccessibleDescription(sentence)
        if self._is_warning or (self._problem and not self._notice):
            self._show_icon("warning", "bad")
        else:
            self._show_icon(ICONS.get(self._session.state, ""), "accent")
        self.batch.setText(self.tr("batch {n}").format(n=f"{self._document.spec.training.batch_size:,}"))
        self.test.setText(self._test_words())
        self.saved.setText(self._saved_words())
        self._sync_speed()

    def _sync_speed(self) -> None:
        speed = self._session.progress.images_per_second
        many = things(self._document.network.in_shape).many
        running = bool(speed) and self._session.state is State.RUNNING
        words = self.tr("{n} {things}/s").format(n=_rounded(speed or 0), things=many)
        self.speed.setText(words if running else "")
        self._sync_room()

    def _sync_room(self) -> None:
        """What goes first where it is narrow: the batch, then the speed; the test set is always named."""
        width = self.width()
        self.speed.setVisible(bool(self.speed.text()) and width >= theme().px(760))
        self.batch.setVisible(width >= theme().px(940))

    @property
    def _problem(self) -> bool:
        return bool(self._session.obstacle) and self._session.state is State.IDLE

    def _sentence(self) -> str:
        session = self._session
        if self._notice:
            return self._notice
        if session.outdated:
            return self.tr("This run goes on with the network as it was when it started. Run again to use the new one.")
        if self._problem:
            return self.tr("1 problem: {problem} Run is off until that is mended.").format(problem=session.obstacle)
        words = {
            State.RUNNING: self.tr("Training: {what}"), State.PAUSED: self.tr("Paused: {what}"),
            State.PAUSING: self.tr("Pausing: {what}"), State.STOPPING: self.tr("Stopping: {what}"),
            State.VERIFYING: self.tr("Verifying: {what}"),
        }.get(session.state, "{what}")  # fmt: skip
        return words.format(what=session.sentence) if session.sentence else self.tr("Ready.")

    def _test_words(self) -> str:
        model = self._document.model
        looks = model.test_looks if model else 0
        times = self.tr("1 time") if looks == 1 else self.tr("{n} times").format(n=looks)
        score = self._session.test_score
        if looks and score:
            share = percent_text(score.accuracy)
            return self.tr("test {percent}, looked at {times}").format(percent=share, times=times)
        words = self.tr("test set looked at {times}") if looks else self.tr("test set sealed, looked at {times}")
        return words.format(times=times)

    def _saved_words(self) -> str:
        if self._saving:
            return self.tr("saving…")
        if self._document.unsaved or not self._document.path:
            return self.tr("unsaved")
        return self.tr("saved {time}").format(time=self._saved_at) if self._saved_at else self.tr("saved")

    def _show_icon(self, name: str, colour: str) -> None:
        self._icon.setVisible(bool(name))
        if name:
            self._icon.setPixmap(icon_pixmap(name, colour, theme().u(14), self.devicePixelRatioF()))

    def _sync_size(self) -> None:
        self.layout().setContentsMargins(theme().px(16), 0, theme().px(16), 0)
        self.layout().setSpacing(theme().px(8))
        for part in (self.speed, self.batch, self.test):
            part.setContentsMargins(0, 0, theme().px(12), 0)
        self._lock.setPixmap(icon_pixmap("lock", "ink2", theme().u(14), self.devicePixelRatioF()))
        self.setFixedHeight(theme().px(28))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave facts out where there is no room."""
        self._sync_room()

    def sizeHint(self) -> QSize:
        """28 u high."""
        return QSize(theme().px(400), theme().px(28))

    def minimumSizeHint(self) -> QSize:
        """Never what keeps a window wide."""
        return QSize(theme().px(300), theme().px(28))


def _rounded(speed: float) -> str:
    """Two digits are all that stays still: 5,100."""
    size = 100 if speed >= 1000 else 10 if speed >= 100 else 1
    return f"{size * round(speed / size):,}"
