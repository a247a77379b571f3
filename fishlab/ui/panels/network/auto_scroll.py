"""Scrolls a list while something is dragged near its upper or lower edge."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QScrollArea

from fishlab.ui.theme import theme

_EDGE, _STEP, _TICK = 36, 9, 16  # u, u, milliseconds


class AutoScroll(QObject):
    """`hover(y)` with the pointer's y in the viewport; `scrolled(dy)` after each step, until `stop` or the end."""

    scrolled = Signal(int)

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area
        self._speed = 0
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._on_timer_timeout)

    def hover(self, y: float) -> None:
        """Scroll the faster the nearer `y` is to an edge."""
        edge = theme().u(_EDGE)
        depth = max(0.0, edge - y) - max(0.0, y - (self._area.viewport().height() - edge))
        self._speed = -round(theme().u(_STEP) * min(1.0, max(-1.0, depth / edge)))
        if self._speed and not self._timer.isActive():
            self._timer.start()
        elif not self._speed:
            self._timer.stop()

    def stop(self) -> None:
        """Scroll no further."""
        self._timer.stop()

    def _on_timer_timeout(self) -> None:
        bar = self._area.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + self._speed)
        if bar.value() == before:
            self._timer.stop()
        else:
            self.scrolled.emit(bar.value() - before)
