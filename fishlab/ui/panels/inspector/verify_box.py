"""Verify: whether the last batches of the run give the same numbers again."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.switched import Switched
from fishlab.ui.session import State, TrainSession
from fishlab.ui.session_words import verdict
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.outcome import Outcome


class VerifyBox(QWidget):
    """In sight where there is a model; its button is on where the batches before it can be learned again."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._switched = Switched(self)
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.verify = Button(self.tr("Verify"), "check")
        self.verify.setObjectName("inspector.verify")
        self.verify.setToolTip(
            self.tr("Learns the batches after the last automatic checkpoint once more, from a file, and compares every "
                    "number.\nNothing of the model changes.")
        )  # fmt: skip
        self.outcome = Outcome()
        self.outcome.setObjectName("inspector.verify_outcome")
        self.words = Label("", "caption", 400, "ink2", wrap=True)
        self.words.setObjectName("inspector.verify_words")
        column = QVBoxLayout(self)
        for part in (self.verify, self.outcome, self.words):
            column.addWidget(part)

    def _connect(self) -> None:
        self.verify.clicked.connect(self._session.verify)
        self._session.state_changed.connect(self._sync)
        self._session.sentence_changed.connect(self._on_sentence_changed)
        self._document.model_changed.connect(self._sync)
        theme().changed.connect(self._sync)

    def _on_sentence_changed(self) -> None:
        if self._session.state is State.VERIFYING:
            self._sync()

    def _sync(self) -> None:
        self.setVisible(self._document.model is not None)
        found = self._session.verification.of(self._document.model)
        lines = verdict(found).replace(": ", ":\n", 1) if found else ""
        self.outcome.tell(lines, "good" if found and found.exact else "bad")
        words = self._words()
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._switched.switch({self.verify: self._session.can_verify})
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))

    def _words(self) -> str:
        """What the result means, or why the button is off."""
        state = self._session.state
        if state is State.VERIFYING:
            return self._session.sentence
        found = self._session.verification.of(self._document.model)
        if found:
            return self._meaning(found.exact)
        if self._session.can_verify:
            return self.tr("Learns the batches since the last automatic checkpoint again and compares every number.")
        if state in (State.IDLE, State.PAUSED):
            return self.tr("The next run can be verified. Of this model no earlier checkpoint is at hand.")
        return self.tr("Pause or wait for the end of the run to verify it.")

    def _meaning(self, exact: bool) -> str:
        if exact:
            return self.tr("Every weight, the optimizer's memory and every loss came out the same.")
        return self.tr(
            "The numbers came out differently. The images, a layer file or the machine may have changed since; if not, "
            "please report it."
        )
