"""Where the numbers under histograms stand, and the strip that shows them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.numbers import plain
from fishlab.ui.plots import axis
from fishlab.ui.plots.axis import Tick
from fishlab.ui.theme import theme

AXIS = 22  # u, the height of the numbers
_MOST = 7


class Numbered(Protocol):
    """What has numbers under it: their places in pixels."""

    def ticks(self) -> list[Tick]: ...


class HistogramAxis(QWidget):
    """The numbers under `rows`, which stay while those scroll; gone where each row has its own."""

    def __init__(self, rows: Numbered, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._shown: list[Tick] = []
        theme().changed.connect(self._on_theme_changed)

    def refresh(self) -> None:
        """Show the numbers as they are now."""
        ticks = self._rows.ticks()
        self.setVisible(bool(ticks))
        if ticks != self._shown:
            self._shown = ticks
            self.update()

    def sizeHint(self) -> QSize:
        """Return the height of the numbers."""
        return QSize(theme().px(160), theme().px(AXIS))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers where the grid lines end."""
        painter = QPainter(self)
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        half = theme().u(30)
        for x, text in self._rows.ticks():
            left = min(x - half, self.width() - 2 * half)
            side = Qt.AlignmentFlag.AlignHCenter if left == x - half else Qt.AlignmentFlag.AlignRight
            right = min(left + 2 * half, self.width() - theme().u(2))
            painter.drawText(QRectF(left, 0, right - left, self.height()), side | Qt.AlignmentFlag.AlignVCenter, text)


def ticks_of(edges: NDArray[np.float64], width: float, *, log: bool = False) -> list[Tick]:
    """Numbers for bins between `edges`, fewer where they would touch; with `log` the edges are powers of ten."""
    low, high = float(edges[0]), float(edges[-1])
    if log:
        return _fewer([(float(power), plain(10.0**power)) for power in range(round(low), round(high) + 1)], width)
    if low != -high:
        return _fewer(axis.linear_ticks(low, high), width)
    five = axis.symmetric_ticks(high)
    fits = _widest(five) * len(five) <= width
    return five if fits else [five[0], five[len(five) // 2], five[-1]]


def _fewer(ticks: list[Tick], width: float) -> list[Tick]:
    room = max(2, min(_MOST, int(width / _widest(ticks))))
    return ticks[:: -(-(len(ticks) - 1) // (room - 1)) or 1]


def _widest(ticks: list[Tick]) -> float:
    return max(theme().text_width(text, "caption") for _, text in ticks) + theme().u(8)
