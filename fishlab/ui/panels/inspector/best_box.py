"""The best epoch of the run in sight, and the button that makes its weights the model."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.checkpoint import Checkpoint
from fishlab.ui.document import Document
from fishlab.ui.numbers import significant
from fishlab.ui.panels.inspector.switched import Switched
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label


class BestBox(QWidget):
    """In sight where the run kept a best epoch."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._switched = Switched(self)
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.words = Label("", "small", 400, "ink2", wrap=True)
        self.take = Button("", "flag")
        self.words.setObjectName("inspector.best_words")
        self.take.setObjectName("inspector.take_best")
        self.take.setToolTip(
            self.tr("Puts the weights of the best epoch in place of the last ones. Undo brings those back.\n"
                    "Chapter 6.4")
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.addWidget(self.words)
        column.addWidget(self.take)

    def _connect(self) -> None:
        self.take.clicked.connect(self._on_take_clicked)
        self._session.state_changed.connect(self._sync)
        self._document.model_changed.connect(self._sync)
        theme().changed.connect(self._sync)

    def _on_take_clicked(self) -> None:
        model = self._document.model
        if model is not None and model.best is not None:
            words = self.tr("Take the weights of epoch {n}").format(n=model.best.epoch)
            self._document.exchange_model(words, model.at_best())

    def _sync(self) -> None:
        model = self._document.model
        self.setVisible(model is not None and model.best is not None)
        if model is not None and model.best is not None:
            self._sync_words(model, model.best.epoch, model.best.loss)
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))

    def _sync_words(self, model: Checkpoint, epoch: int, loss: float) -> None:
        last = model.position.batch == 0 and model.position.epoch == epoch
        taken = model.best is not None and model.weights is model.best.weights
        words = self.tr("Best weights: epoch {n}, validation loss {loss}.").format(n=epoch, loss=significant(loss))
        after = self.tr("They are the model now.") if taken else self.tr("The model is there now.") if last else ""
        self.words.setText(f"{words} {after}".strip())
        self.take.setText(self.tr("Take epoch {n}").format(n=epoch))
        self._switched.switch({self.take: not (taken or last) and self._session.state is State.IDLE})
