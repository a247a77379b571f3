"""Points of the plane in the colours and shapes of their classes; one of them can be pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from fishlab.ui.numbers import plain
from fishlab.ui.theme import theme

MOST = 3_000  # that are painted
_RADIUS, _LEAST, _MARGIN, _REACH = 3.0, 1.5, 16, 10
_CUT = (0.5, 99.5)  # percentiles: the wildest points lie outside the frame

Floats = NDArray[np.float64]


class PointPlot(QWidget):
    """Shows points (n, 2) with labels (n,). Arrows go from point to point; `moved(place)` says which, or −1."""

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: NDArray[Any] = np.empty((0, 2))
        self._labels: NDArray[np.intp] = np.empty(0, np.intp)
        self._centres: NDArray[Any] | None = None
        self._painted: tuple[object, QPixmap] | None = None
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._on_theme_changed)

    def show_points(
        self, points: NDArray[Any], labels: NDArray[np.intp], centres: NDArray[Any] | None = None
    ) -> None:
        """Show these points, or the first MOST of them, and a ring at each of the `centres` (K, 2) of the classes."""
        self._points, self._labels, self._centres = points[:MOST], labels[:MOST], centres
        self._current = min(self._current, len(self._points) - 1)
        self._painted = None
        self.update()

    def count(self) -> int:
        """How many points are painted."""
        return len(self._points)

    def current(self) -> int:
        """The place of the point that is pointed at, or −1."""
        return self._current

    def go_to(self, place: int) -> None:
        """Point at another one."""
        place = max(-1, min(place, len(self._points) - 1))
        if place != self._current:
            self._current = place
            self.moved.emit(place)
            self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(200), theme().px(160))

    # -- where things are --------------------------------------------------------------------------------------------
    def spots(self) -> Floats:
        """Where the points are in the widget, (n, 2): equal scales both ways."""
        return self._place(self._points)

    def _place(self, points: NDArray[Any]) -> Floats:
        low, high = np.percentile(self._points, _CUT, axis=0)
        middle, reach = (low + high) / 2, float(max(high - low)) * 0.54 or 1.0
        side = min(self.width(), self.height()) - 2 * theme().u(_MARGIN)
        scale = max(1.0, side) / (2 * reach)
        centre = np.array([self.width() / 2, self.height() / 2])
        spots: Floats = centre + (points - middle) * (scale, -scale)
        return spots

    # -- paint -------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is kept of the points, and the one that is pointed at."""
        painter = QPainter(self)
        if not len(self._points):
            painter.fillRect(self.rect(), theme().colour("card"))
            return
        painter.drawPixmap(0, 0, self._picture())
        if self._current >= 0:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(*self.spots()[self._current]), theme().u(7), theme().u(7))

    def _picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (self.size(), ratio, theme().tokens, theme().u(1))
        if self._painted is None or self._painted[0] != key:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(theme().colour("card"))
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_axes(painter)
            self._paint_points(painter, ratio)
            self._paint_centres(painter)
            painter.end()
            self._painted = (key, pixmap)
        return self._painted[1]

    def _paint_axes(self, painter: QPainter) -> None:
        (x, y), t = self._place(np.zeros((1, 2)))[0], theme()
        painter.setPen(QPen(t.colour("grid"), 1))
        painter.drawLine(QPointF(x, t.u(4)), QPointF(x, self.height() - t.u(4)))
        painter.drawLine(QPointF(t.u(4), y), QPointF(self.width() - t.u(4), y))

    def _paint_points(self, painter: QPainter, ratio: float) -> None:
        r = self._radius()
        stamps = {int(label): _stamp(int(label), r, ratio) for label in np.unique(self._labels)}
        half = 1.5 * r
        spots = (self.spots() - half).tolist()
        for (x, y), label in zip(spots, self._labels.tolist(), strict=True):
            painter.drawPixmap(QPointF(x, y), stamps[label])

    def _radius(self) -> float:
        """Of a mark; smaller where many have little room."""
        room = min(self.width(), self.height()) / np.sqrt(len(self._points)) / 2
        return min(theme().u(_RADIUS), max(theme().u(_LEAST), room))

    def _paint_centres(self, painter: QPainter) -> None:
        if self._centres is None:
            return
        t = theme()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for label, (x, y) in enumerate(self._place(self._centres).tolist()):
            for colour, width in ((t.colour("card"), 4.5), (t.curve(label), 2.5)):
                painter.setPen(QPen(colour, t.u(width)))
                painter.drawEllipse(QPointF(x, y), t.u(6), t.u(6))

    def _on_theme_changed(self) -> None:
        self._painted = None
        self.updateGeometry()
        self.update()

    # -- keys and pointer --------------------------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the nearest point within reach."""
        if len(self._points):
            away = np.abs(self.spots() - (event.position().x(), event.position().y())).max(axis=1)
            nearest = int(away.argmin())
            self.go_to(nearest if away[nearest] <= theme().u(_REACH) else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next point, or the one before."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if event.key() == Qt.Key.Key_Home:
            self.go_to(0)
        elif event.key() == Qt.Key.Key_End:
            self.go_to(len(self._points) - 1)
        elif event.key() in moves:
            self.go_to(max(0, self._current + moves[Qt.Key(event.key())]))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the first point."""
        super().focusInEvent(event)
        if self._current < 0:
            self.go_to(0)


def point_words(point: Sequence[float]) -> str:
    """'(0.51, −0.2)'."""
    return "(" + ", ".join(plain(float(f"{value:.3g}")) for value in point) + ")"


def _stamp(label: int, r: float, ratio: float) -> QPixmap:
    """A dot, a square, a triangle, a cross: colour is never the only sign."""
    stamp = QPixmap(round(3 * r * ratio) + 1, round(3 * r * ratio) + 1)
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_mark(painter, QPointF(1.5 * r, 1.5 * r), r, label)
    painter.end()
    return stamp


def paint_mark(painter: QPainter, at: QPointF, r: float, label: int) -> None:
    """The mark of a class, of radius `r`."""
    colour = theme().curve(label)
    cross = label % 4 == 3
    painter.setPen(QPen(colour, r / 2) if cross else QPen(theme().colour("card"), r / 5))
    painter.setBrush(colour)
    if label % 4 == 0:
        painter.drawEllipse(at, r, r)
    elif label % 4 == 1:
        painter.drawRect(QRectF(at.x() - 0.9 * r, at.y() - 0.9 * r, 1.8 * r, 1.8 * r))
    elif cross:
        painter.drawLine(at + QPointF(-r, -r), at + QPointF(r, r))
        painter.drawLine(at + QPointF(-r, r), at + QPointF(r, -r))
    else:
        path = QPainterPath(at + QPointF(0, -1.3 * r))
        path.lineTo(at + QPointF(1.2 * r, r))
        path.lineTo(at + QPointF(-1.2 * r, r))
        path.closeSubpath()
        painter.drawPath(path)
