"""The hairline under what scrolls while it goes on below."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from fishlab.ui.theme import theme


class MoreBelow(QWidget):
    """One pixel high, drawn only while `bar` is not at its end."""

    def __init__(self, bar: QScrollBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self.setFixedHeight(1)
        bar.valueChanged.connect(self._on_bar_changed)
        bar.rangeChanged.connect(self._on_bar_changed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        if self._bar.value() < self._bar.maximum():
            QPainter(self).fillRect(self.rect(), theme().colour("line"))

    def _on_bar_changed(self) -> None:
        self.update()
