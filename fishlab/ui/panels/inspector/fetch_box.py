"""Getting MNIST from the network: a button, how far it is, a way to stop, and what went wrong."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.data.dataset import DATASETS, resolve_source
from fishlab.core.data.mnist import find_mnist
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.switched import Switched
from fishlab.ui.panels.inspector.words import soft_breaks
from fishlab.ui.session import State, TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label


class FetchBox(QWidget):
    """In sight while MNIST is not at hand, or is being fetched."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._fetching = session.state is State.FETCHING
        self._error = ""
        self._switched = Switched(self)
        self._build()
        self._connect()
        self._sync_space()
        self._sync()

    def _build(self) -> None:
        self.get = Button(self.tr("Get MNIST (11 MB)"), "data")
        self.cancel = Button(self.tr("Cancel"), "close")
        self.words = Label("", "small", 400, "ink2", wrap=True)
        self.get.setObjectName("inspector.get_mnist")
        self.cancel.setObjectName("inspector.cancel_fetch")
        self.words.setObjectName("inspector.fetch_words")
        column = QVBoxLayout(self)
        for part in (self.get, self.words, self.cancel):
            column.addWidget(part)

    def _connect(self) -> None:
        self.get.clicked.connect(self._on_get_clicked)
        self.cancel.clicked.connect(self._session.stop)
        self._session.state_changed.connect(self._on_state_changed)
        self._session.sentence_changed.connect(self._sync)
        self._session.failed.connect(self._on_failed)
        self._session.data_changed.connect(self._sync)
        self._document.changed.connect(self._on_document_changed)
        theme().changed.connect(self._sync_space)

    def _sync(self) -> None:
        state = self._session.state
        words = self._words(state)
        data = self._document.spec.data
        another = DATASETS[resolve_source(data)].item.by_name  # a set that MNIST is no stand-in for
        missing = not another and find_mnist(data.folder) is None and find_mnist() is None
        self._sync_shown(missing or self._fetching or bool(self._error))
        now, other = (self.cancel, self.get) if self._fetching else (self.get, self.cancel)
        now.show()  # before the other goes, so that it can take the focus over
        self._switched.switch({now: state is (State.FETCHING if self._fetching else State.IDLE), other: False})
        other.hide()
        self.words.setText(soft_breaks(words))
        self.words.set_ink("bad" if self._error else "ink2")
        self.words.setVisible(bool(words))

    def _sync_space(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))

    def _sync_shown(self, shown: bool) -> None:
        focus = self.focusWidget() or self
        if not shown and focus.hasFocus():
            self.parentWidget().setFocus()  # hidden with the focus, it would hand it to the next field
        self.setVisible(shown)

    def _words(self, state: State) -> str:
        if self._fetching:
            return self.tr("Stopping…") if state is State.STOPPING else self._session.sentence
        if self._error:
            return self._error
        return "" if state is State.IDLE else self.tr("It can be fetched when nothing is running.")

    def _on_document_changed(self, old: object) -> None:
        self._sync()

    def _on_get_clicked(self) -> None:
        self._error = ""
        self._session.fetch_mnist()

    def _on_state_changed(self) -> None:
        state = self._session.state
        if state is State.IDLE:
            self._fetching = False
        elif state is not State.STOPPING:
            self._fetching, self._error = state is State.FETCHING, ""
        self._sync()

    def _on_failed(self, text: str) -> None:
        if self._fetching:
            self._error = text
            self._sync()
