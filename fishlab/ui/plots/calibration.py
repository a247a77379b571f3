"""A reliability diagram: how often answers of some confidence are right, against the line where both are equal."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.core.metrics import Calibration
from fishlab.ui.numbers import percent_text
from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import DASHES

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LEFT, _BOTTOM, _TOP = 44, 18, 6  # u
_COUNTS, _MOST_COUNTS = 0.22, 60  # of the height, but at most so many u: for how many answers there are
_GAP_ALPHA = 70
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CalibrationPlot(QWidget):
    """Bars: the share that is right in each bin of confidence; what is missing to the line, or beyond it, is tinted.

    Above them small bars say how many answers each bin has.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Calibration | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    def show_calibration(self, found: Calibration | None) -> None:
        """Show this; None shows nothing."""
        self._found = found
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(280), theme().px(170))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, bars and the line of trust."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._found is None:
            return
        u = theme().u
        area = QRectF(self.rect()).adjusted(u(_LEFT), u(_TOP), -u(14), -u(_BOTTOM) - u(2))
        high = min(area.height() * _COUNTS, u(_MOST_COUNTS))
        counts = QRectF(area.left(), area.top(), area.width(), high)
        plot = area.adjusted(0, counts.height() + u(6), 0, 0)
        self._paint_axes(painter, plot)
        for number in range(len(self._found.counts)):
            self._paint_bin(painter, plot, counts, number)
        self._paint_words(painter, plot, counts)
        line = QPen(theme().colour("ink"), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        line.setDashPattern(DASHES["dash"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(line)
        painter.drawLine(plot.bottomLeft(), plot.topRight())

    def _paint_axes(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(theme().font("caption"))
        line = theme().metrics("caption").height()
        half = theme().u(24)
        ticks = _TICKS[1:] if plot.height() > 4 * line else _TICKS[2::2]
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for value in ticks:
            y = round(plot.bottom() - value * plot.height())
            painter.setPen(QPen(theme().colour("grid"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme().colour("ink3"))
            box = QRectF(0, y - line / 2, plot.left() - theme().u(6), line)
            painter.drawText(box, _RIGHT, _percent(value))
        for value in _TICKS:
            x = plot.left() + value * plot.width()
            below = QRectF(x - half, plot.bottom() + 1, 2 * half, line)
            below.moveRight(min(below.right(), self.width() - 1.0))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _percent(value))

    def _paint_words(self, painter: QPainter, plot: QRectF, counts: QRectF) -> None:
        """What is counted above, what goes up and what goes across, where the numbers leave room."""
        line = theme().metrics("caption").height()
        painter.setPen(theme().colour("ink3"))
        margin = plot.left() - theme().u(6)
        for words, top in ((self.tr("answers"), counts.bottom() - line), (self.tr("right"), plot.top() + line)):
            if theme().text_width(words, "caption") <= margin and top + line < plot.bottom() - line:
                painter.drawText(QRectF(0, top, margin, line), _RIGHT, words)
        across, step = self.tr("confidence"), plot.width() / 4
        if theme().text_width(across, "caption") < step - theme().text_width("25 %", "caption") - theme().u(8):
            room = QRectF(plot.left() + 1.5 * step - step / 2, plot.bottom() + 1, step, line)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, across)

    def _paint_bin(self, painter: QPainter, plot: QRectF, counts: QRectF, number: int) -> None:
        found = self._found
        assert found is not None
        if not found.counts[number]:
            return
        left = plot.left() + found.edges[number] * plot.width()
        width = (found.edges[number + 1] - found.edges[number]) * plot.width()
        bar = QRectF(round(left) + 1, 0, max(1, round(width) - 2), 0)
        right, sure = found.accuracy[number] * plot.height(), found.confidence[number] * plot.height()
        painter.fillRect(_standing(bar, plot.bottom(), right), theme().curve(0))
        gap = theme().curve(1)
        gap.setAlpha(_GAP_ALPHA)
        painter.fillRect(_standing(bar, plot.bottom() - min(right, sure), abs(right - sure)), gap)
        share = float(found.counts[number] / found.counts.max())
        painter.fillRect(_standing(bar, counts.bottom(), max(1.0, share * counts.height())), theme().colour("edge"))


def _standing(bar: QRectF, foot: float, height: float) -> QRectF:
    """A bar of this height on its foot."""
    return QRectF(bar.left(), round(foot) - round(height), bar.width(), round(height))


def _percent(value: float) -> str:
    return percent_text(value, 0)
