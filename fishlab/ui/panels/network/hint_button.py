"""The quiet line under the last card that says how to add a layer, and does it when pressed."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from fishlab.ui.theme import theme

_PAD, _HIGH = 8, 28


class HintButton(QAbstractButton):
    """Words in ink3 without a frame; hover fill under the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ""

    def set_words(self, words: str) -> None:
        """Say `words`."""
        self._words = words
        self.setAccessibleName(" ".join(words.split()))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the words need."""
        wide = QFontMetricsF(theme().font("small")).horizontalAdvance(self._words)
        return QSize(round(wide) + 2 * theme().px(_PAD), theme().px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words."""
        t = theme()
        painter = QPainter(self)
        if self.underMouse():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), t.u(5), t.u(5))
        painter.setPen(t.colour("ink2" if self.underMouse() else "ink3"))
        painter.setFont(t.font("small"))
        painter.drawText(self.rect().adjusted(t.px(_PAD), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._words)
