"""How far a training is: one segment per epoch, the current one filling, and a line of words above.

strip.set_progress(12.4, 20)                                         epochs done, of how many
strip.set_words("Epoch 13 of 20", "running", "0:53 left")
strip.set_progress(0, 20); strip.set_words("Cannot run", "layer 1 does not fit")
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

JOINED_FROM = 41  # so many epochs no longer have segments of their own
_WIDTH, _BAR, _GAP = 268, 6, 2
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ProgressStrip(QWidget):
    """Words over a segmented bar. Nothing in it moves but what has been trained."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done = 0.0
        self._epochs = 1
        self._words = ("", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set_progress(self, done: float, epochs: int) -> None:
        """Show `done` of `epochs` epochs; `done` may be a fraction."""
        epochs = max(1, epochs)
        shown = (min(max(0.0, done), float(epochs)), epochs)
        if shown != (self._done, self._epochs):
            self._done, self._epochs = shown
            self.update()

    def set_words(self, strong: str, note: str = "", right: str = "") -> None:
        """Show `strong` in 600, `note` after it, `right` at the far end."""
        words = (strong, note, right)
        if words != self._words:
            self._words = words
            self.setAccessibleName(" ".join(word for word in words if word))
            self.update()

    def segments(self, width: float) -> list[tuple[float, float, float]]:
        """Return (left, width, filled 0..1) of each segment for a bar `width` wide."""
        count = self._epochs if self._epochs < JOINED_FROM else 1
        gap = min(theme().u(_GAP), 0.25 * width / count)
        each = (width - gap * (count - 1)) / count
        done = self._done * count / self._epochs
        return [(i * (each + gap), each, min(1.0, max(0.0, done - i))) for i in range(count)]

    def sizeHint(self) -> QSize:
        """Return room for the words and the bar."""
        return QSize(theme().px(_WIDTH), theme().px(30))

    def minimumSizeHint(self) -> QSize:
        """Return the least width at which the words can still be read."""
        return QSize(theme().px(150), theme().px(30))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words and the segments."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_words(painter, QRectF(0, 0, self.width(), self.height() - theme().u(_BAR + 4)))
        self._paint_bar(painter, self.height() - theme().u(_BAR + 1))

    def _paint_words(self, painter: QPainter, line: QRectF) -> None:
        strong, note, right = self._words
        painter.setFont(theme().font("small", 600))
        painter.setPen(theme().colour("ink"))
        painter.drawText(line, _LEFT, strong)
        used = theme().text_width(strong, "small", 600) + theme().u(9) if strong else 0.0
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("ink2"))
        painter.drawText(line, _RIGHT, right)
        room = line.width() - used - (theme().text_width(right, "small") + theme().u(9) if right else 0.0)
        shown = theme().metrics("small").elidedText(note, Qt.TextElideMode.ElideRight, max(0.0, room))
        painter.drawText(line.adjusted(used, 0, 0, 0), _LEFT, shown)

    def _paint_bar(self, painter: QPainter, top: float) -> None:
        height, radius = theme().u(_BAR), theme().u(2.5)
        painter.setPen(Qt.PenStyle.NoPen)
        for left, width, filled in self.segments(self.width()):
            rect = QRectF(left, top, width, height)
            painter.setBrush(theme().colour("line"))
            painter.drawRoundedRect(rect, radius, radius)
            if filled:
                painter.setClipRect(QRectF(left, top, width * filled, height))
                painter.setBrush(theme().colour("accent"))
                painter.drawRoundedRect(rect, radius, radius)
                painter.setClipping(False)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
