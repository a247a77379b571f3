"""Points of the plane in the colours of their classes: what a data set of two numbers looks like."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

_SIDE, _MARGIN, _RADIUS = 208, 14, 2.4
_LEGEND = 6  # classes that fit under the picture


class PointSheet(QWidget):
    """A square plot; every class has a colour and a shape of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: NDArray[np.floating] = np.empty((0, 2))
        self._labels: NDArray[np.intp] = np.empty(0, np.intp)
        self._names: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set_points(
        self, points: NDArray[np.floating] | None, labels: NDArray[np.intp] | None, names: Sequence[str]
    ) -> None:
        """Show points (n, 2) with their labels (n,), or nothing."""
        self.setVisible(points is not None and len(points) > 0)
        if points is None or labels is None:
            return
        self._points, self._labels, self._names = points, labels, tuple(names)
        words = self.tr("{n} points in {k} classes").format(n=len(points), k=len(self._names))
        self.setAccessibleName(words)
        self.update()

    def count(self) -> int:
        """Return how many points are shown."""
        return len(self._points)

    def sizeHint(self) -> QSize:
        """A square with a line for the names."""
        return QSize(theme().px(_SIDE), theme().px(_SIDE))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface, the axes through zero, the points, and what their colours mean."""
        t, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.colour("line"), 1))
        painter.setBrush(t.colour("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), t.u(6), t.u(6))
        if not len(self._points):
            return
        line = t.u(22)
        side = min(self.width(), self.height() - line) - t.u(2 * _MARGIN)
        area = QRectF((self.width() - side) / 2, t.u(_MARGIN), side, side)
        middle, reach = self._frame()
        scale = side / (2 * reach)
        origin = QPointF(area.center().x() - middle[0] * scale, area.center().y() + middle[1] * scale)
        self._paint_axes(painter, area, origin)
        for point, label in zip(self._points, self._labels, strict=True):
            _paint_mark(painter, origin + QPointF(point[0] * scale, -point[1] * scale), int(label))
        self._paint_names(painter, QRectF(t.u(8), self.height() - line, self.width() - t.u(16), line))

    def _frame(self) -> tuple[NDArray[np.floating], float]:
        """The middle of what is shown and how far it reaches: equal scales both ways, without the wildest points."""
        low, high = np.percentile(self._points, (0.5, 99.5), axis=0)
        return (low + high) / 2, float(max(high - low)) * 0.54 or 1.0

    def _paint_axes(self, painter: QPainter, area: QRectF, origin: QPointF) -> None:
        painter.setPen(QPen(theme().colour("grid"), 1))
        if area.left() <= origin.x() <= area.right():
            painter.drawLine(QPointF(origin.x(), area.top()), QPointF(origin.x(), area.bottom()))
        if area.top() <= origin.y() <= area.bottom():
            painter.drawLine(QPointF(area.left(), origin.y()), QPointF(area.right(), origin.y()))

    def _paint_names(self, painter: QPainter, room: QRectF) -> None:
        t = theme()
        painter.setFont(t.font("caption"))
        metrics = painter.fontMetrics()
        widths = [t.u(22) + metrics.horizontalAdvance(name) for name in self._names[:_LEGEND]]
        x = room.left() + max(0.0, (room.width() - sum(widths)) / 2)
        for number, (name, width) in enumerate(zip(self._names, widths, strict=False)):
            if x + width > room.right() + 1:
                return
            _paint_mark(painter, QPointF(x + t.u(5), room.center().y()), number)
            painter.setPen(t.colour("ink2"))
            painter.drawText(room.adjusted(x - room.left() + t.u(11), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
            x += width

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _paint_mark(painter: QPainter, at: QPointF, label: int) -> None:
    """A dot, a square, a triangle, a cross: colour is never the only sign."""
    t, r = theme(), theme().u(_RADIUS)
    colour = t.curve(label)
    form = label % 4
    painter.setPen(Qt.PenStyle.NoPen if form != 3 else QPen(colour, t.u(1.4)))
    painter.setBrush(colour)
    if form == 0:
        painter.drawEllipse(at, r, r)
    elif form == 1:
        painter.drawRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r))
    elif form == 2:
        path = QPainterPath(at + QPointF(0, -1.3 * r))
        path.lineTo(at + QPointF(1.2 * r, r))
        path.lineTo(at + QPointF(-1.2 * r, r))
        painter.drawPath(path)
    else:
        painter.drawLine(at + QPointF(-r, -r), at + QPointF(r, r))
        painter.drawLine(at + QPointF(-r, r), at + QPointF(r, -r))
