"""A small drawing of the learning rate over the epochs of a run, with the place where the run stands."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.core.schedules import ScheduleSpec
from fishlab.ui.theme import theme

POINTS = 240
_HEIGHT, _TOP, _BOTTOM = 86, 6, 18


class RateCurve(QWidget):
    """Reads a schedule as a run does; it draws nothing that was measured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: tuple[float, ...] = ()
        self._epochs = 1.0
        self._at: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def show_schedule(self, schedule: ScheduleSpec, rate: float, epochs: float, at: float | None = None) -> None:
        """Draw `rate` as `schedule` changes it over `epochs`, with a dot `at` so many."""
        step = epochs / POINTS
        factors = (schedule.factor(index * step, epochs, step) for index in range(POINTS))
        rates = tuple(rate * factor for factor in factors)
        if (rates, epochs, at) == (self._rates, self._epochs, self._at):
            return
        self._rates, self._epochs, self._at = rates, epochs, at
        words = self.tr("The rate begins at {first}, is {most} at most and ends at {last}.")
        self.setAccessibleName(
            words.format(first=f"{rates[0]:.3g}", most=f"{max(rates):.3g}", last=f"{rates[-1]:.3g}")
        )
        self.setToolTip(self.accessibleName())
        self.update()

    def rates(self) -> tuple[float, ...]:
        """What is drawn, POINTS rates at even distances."""
        return self._rates

    def sizeHint(self) -> QSize:
        """A strip as wide as the page."""
        return QSize(theme().px(200), theme().px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface, the bottom line with its numbers, then the rate."""
        t, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.colour("line"), 1))
        painter.setBrush(t.colour("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), t.u(6), t.u(6))
        if not self._rates:
            return
        painter.setFont(t.font("caption"))
        most = f"{max(self._rates):.3g}"
        left = t.u(16) + t.text_width(most, "caption")
        area = QRectF(left, t.u(_TOP + 6), self.width() - left - t.u(12), self.height() - t.u(_TOP + _BOTTOM + 8))
        self._paint_axes(painter, area, most)
        self._paint_rate(painter, area)

    def _paint_axes(self, painter: QPainter, area: QRectF, most: str) -> None:
        t, flags = theme(), Qt.AlignmentFlag
        painter.setPen(QPen(t.colour("edge"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(t.colour("ink3"))
        line = painter.fontMetrics().height()
        beside = QRectF(t.u(6), 0, area.left() - t.u(12), line)
        for text, y in ((most, area.top()), ("0", area.bottom())):
            beside.moveTop(y - line / 2)
            painter.drawText(beside, flags.AlignRight | flags.AlignVCenter, text)
        below = QRectF(area.left(), area.bottom() + t.u(3), area.width(), line)
        painter.drawText(below, flags.AlignLeft, "0")
        painter.drawText(below, flags.AlignRight, self.tr("{n} epochs").format(n=f"{self._epochs:g}"))

    def _paint_rate(self, painter: QPainter, area: QRectF) -> None:
        wide, high = area.width() / (len(self._rates) - 1), area.height() / (max(self._rates) or 1.0)
        points = [
            QPointF(area.left() + wide * index, area.bottom() - high * rate) for index, rate in enumerate(self._rates)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().curve(0), 1.6))
        painter.drawPolyline(QPolygonF(points))
        if self._at is not None:
            there = points[min(len(points) - 1, max(0, int(self._at / self._epochs * len(points))))]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("accent"))
            painter.drawEllipse(there, theme().u(3.5), theme().u(3.5))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
