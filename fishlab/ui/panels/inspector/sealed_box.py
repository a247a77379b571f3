"""The sealed test images and the way back to the start: the two commands that are meant to be thought over."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.events import Score
from fishlab.ui.document import Document
from fishlab.ui.numbers import percent_text
from fishlab.ui.panels.inspector.switched import Switched
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label


class SealedBox(QWidget):
    """How often the test images were looked at, with the buttons to look again and to start over."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._scored: tuple[Score, object] | None = None  # with the weights it was measured for
        self._switched = Switched(self)
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.words = Label("", "small", 400, "ink2", wrap=True)
        self.evaluate = Button(self.tr("Evaluate the test set"))
        self.start_over = Button(self.tr("Start over"))
        self.reason = Label("", "caption", 400, "ink2", wrap=True)
        self.words.setObjectName("inspector.test_words")
        self.evaluate.setObjectName("inspector.evaluate_test")
        self.start_over.setObjectName("inspector.start_over")
        self.start_over.setToolTip(self.tr("Forget what was learned. The next run begins with fresh weights."))
        self.evaluate.setToolTip(self.tr("Look at the test set once. The looks are counted."))
        column = QVBoxLayout(self)
        for part in (self.words, self.evaluate, self.start_over, self.reason):
            column.addWidget(part)

    def _connect(self) -> None:
        self.evaluate.clicked.connect(self._session.evaluate_test)
        self.start_over.clicked.connect(self._session.start_over)
        self._session.state_changed.connect(self._sync)
        self._session.test_scored.connect(self._on_test_scored)
        self._document.model_changed.connect(self._sync)
        theme().changed.connect(self._sync)

    def _on_test_scored(self, score: Score) -> None:
        model = self._document.model
        self._scored = (score, model.weights) if model else None
        self._sync()

    def _sync(self) -> None:
        reason = self._reason()
        self.words.setText(self._words())
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self._switched.switch({self.evaluate: not reason, self.start_over: not reason})
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))

    def _reason(self) -> str:
        if self._session.state is State.EVALUATING:
            return self.tr("The test set is being evaluated.")
        if self._session.state is not State.IDLE:
            return self.tr("Both wait until nothing is running.")
        return "" if self._document.model else self.tr("Nothing has been learned yet.")

    def _words(self) -> str:
        model = self._document.model
        if model is None or model.test_looks == 0:
            return self.tr("Sealed: looked at 0 times.")
        looks = model.test_looks
        times = self.tr("Looked at 1 time.") if looks == 1 else self.tr("Looked at {n} times.").format(n=looks)
        if self._scored is None or self._scored[1] is not model.weights:
            return times
        score = self._scored[0]
        right = self.tr("{percent} right, {correct} of {total}.").format(
            percent=percent_text(score.accuracy), correct=f"{score.correct:,}", total=f"{score.total:,}"
        )
        return f"{right} {times}"
