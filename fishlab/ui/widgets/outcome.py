"""How something ended, in a sign and a few lines that can be copied."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.label import Label

_SIGNS = {"good": "check", "bad": "warning"}


class Outcome(QWidget):
    """outcome.tell("Wrote “a.onnx”.", "good")     colours are good, bad, or none for no sign"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = ""
        self._sign = Label()
        self._words = Label("", "small", 400, "ink", wrap=True)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        theme().changed.connect(self._sync)
        self.tell("", "")

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def tell(self, text: str, colour: str) -> None:
        """Say it; nothing to say takes no room."""
        self._words.setText(text)
        self._words.setAccessibleName(text)
        self._colour = colour
        self.setVisible(bool(text))
        self._sync()

    def _sync(self) -> None:
        self._sign.setVisible(bool(self._colour))
        if self._colour:
            sign = icon_pixmap(_SIGNS[self._colour], self._colour, theme().u(14), self.devicePixelRatioF())
            self._sign.setPixmap(sign)
