"""What a view says while it has nothing to show: what it is for, then the one thing to do."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label


class EmptyState(QWidget):
    """A title in 600 and a sentence in ink2, centred: `EmptyState("No mistakes yet.", "Train for one epoch ...")`."""

    def __init__(self, title: str, sentence: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = Label("", "body", 600, wrap=True)
        self._sentence = Label("", "small", 400, "ink2", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.addStretch(1)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._column.addWidget(label)
        self._column.addStretch(1)
        self.set_words(title, sentence)
        self._sync()
        theme().changed.connect(self._sync)

    def set_words(self, title: str, sentence: str = "") -> None:
        """Say something else."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)  # a low place with large letters may not hold all of it
        self._sentence.setVisible(bool(sentence))

    def words(self) -> str:
        """Return both, one behind the other."""
        return f"{self._title.text()} {self._sentence.text()}".strip()

    def _sync(self) -> None:
        margin = theme().px(16)
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.setSpacing(theme().px(6))
