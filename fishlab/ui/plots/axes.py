"""Bands, grid and numbers around the curves, painted by hand in the widget's pixels."""

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from fishlab.ui.plots.drawing import Drawing
from fishlab.ui.theme import theme

_MOST_BANDS = 80
_CENTRED_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Axes:
    """Where the values of a drawing stand: `area` is the rectangle of its curves, `width` that of the widget."""

    drawing: Drawing
    area: QRectF
    width: float

    @property
    def scale(self) -> tuple[object, ...]:
        """What `paint` shows besides its colours."""
        drawing = self.drawing
        return drawing.x_range, drawing.log_x, drawing.y_range, drawing.y_ticks, drawing.x_ticks

    def x(self, epoch: float) -> float:
        """The pixel of a place in the run."""
        return self.area.left() + self.area.width() * self.drawing.share(epoch)

    def epoch(self, x: float) -> float:
        """The place in the run at a pixel."""
        return self.drawing.epoch((x - self.area.left()) / self.area.width())

    def y(self, value: float) -> float:
        """The pixel of a value."""
        bottom, top = self.drawing.y_range
        return self.area.bottom() - self.area.height() * (value - bottom) / (top - bottom)

    def paint(self, painter: QPainter) -> None:
        """Paint all that lies behind the curves."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_bands(painter)
        painter.setFont(theme().font("caption"))
        self._paint_values(painter)
        self._paint_epochs(painter)

    def _paint_bands(self, painter: QPainter) -> None:
        if self.drawing.epochs > _MOST_BANDS:
            return
        band = theme().colour("band")
        for epoch in range(1, self.drawing.epochs, 2):
            left, right = self.x(epoch), self.x(epoch + 1)
            painter.fillRect(QRectF(left, self.area.top(), right - left, self.area.height()), band)

    def _paint_values(self, painter: QPainter) -> None:
        grid, ink = QPen(theme().colour("grid"), 1), theme().colour("ink3")
        half = theme().metrics("caption").height() / 2
        for value, text in self.drawing.y_ticks:
            y = self.y(value)
            painter.setPen(grid)
            painter.drawLine(QLineF(self.area.left(), round(y), self.area.right(), round(y)))
            painter.setPen(ink)
            painter.drawText(QRectF(0, y - half, self.area.left() - theme().u(6), 2 * half), _CENTRED_RIGHT, text)

    def _paint_epochs(self, painter: QPainter) -> None:
        area = self.area
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawLine(QLineF(area.left(), round(area.bottom()), area.right(), round(area.bottom())))
        painter.setPen(theme().colour("ink3"))
        metrics = theme().metrics("caption")
        for value, text in self.drawing.x_ticks:
            width = metrics.horizontalAdvance(text) + 2
            left = min(self.x(value) - width / 2, self.width - width)
            box = QRectF(left, area.bottom() + theme().u(4), width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
