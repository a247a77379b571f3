"""The time line: a slider over the moments of the run; moved back, every view shows that moment."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from fishlab.ui.looks import Looks
from fishlab.ui.plots.decimate import Floats
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme

_KNOB, _PAGE = 6.5, 10


class TimeLineBar(QSlider):
    """Its value is the place in the line; at the right end it follows the run."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._session = session
        self._looks: Looks = session.looks
        self.setObjectName("live.time_line")
        self.setAccessibleName(self.tr("Time line"))
        self.setToolTip(self.tr("Move it back, and every view shows that moment of the run"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setPageStep(_PAGE)
        self.valueChanged.connect(self._on_value_changed)
        self._looks.line_changed.connect(self._sync)
        self._looks.moment_changed.connect(self._sync)
        self._sync()

    def sizeHint(self) -> QSize:
        """As high as a field."""
        return QSize(theme().px(160), theme().px(26))

    def minimumSizeHint(self) -> QSize:
        """Short enough for a narrow window."""
        return QSize(theme().px(60), theme().px(26))

    def _sync(self) -> None:
        count = len(self._looks.line.moments)
        with QSignalBlocker(self):
            self.setRange(0, max(0, count - 1))
            if not self.isSliderDown():
                self.setValue(self._looks.index)
        self.setEnabled(count > 1)
        self.update()

    def _on_value_changed(self, value: int) -> None:
        self._looks.go_to(value if value < self.maximum() else None)

    # -- the mouse -------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it is pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self.isSliderDown():
            self._go(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay."""
        self.setSliderDown(False)
        self._sync()

    def _go(self, x: float) -> None:
        left, right = self._ends()
        share = (x - left) / max(1.0, right - left)
        self.setValue(round(share * self.maximum()))

    def _ends(self) -> tuple[float, float]:
        side = theme().u(_KNOB) + 2
        return side, self.width() - side

    # -- drawing ---------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, epochs as ticks, changes by hand as flags, and the knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self._ends()
        middle = self.height() / 2 - theme().u(2)
        place = self._x(self.value())
        self._line(painter, left, right, middle, "line")
        if self.isEnabled():
            self._ticks(painter, middle)
            self._line(painter, left, place, middle, "edge")
            self._flags(painter, middle)
            self._knob(painter, QPointF(place, middle))

    def _line(self, painter: QPainter, left: float, right: float, y: float, ink: str) -> None:
        pen = QPen(theme().colour(ink), theme().u(3))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(left, y), QPointF(right, y))

    def _ticks(self, painter: QPainter, middle: float) -> None:
        last = self._looks.line.moments[-1].x
        step = max(1, int(np.ceil(last / 24)))
        painter.setPen(QPen(theme().colour("edge"), 1))
        for epoch in range(0, int(last) + 1, step):
            x = round(self._x(self._index_of(epoch))) + 0.5
            painter.drawLine(QPointF(x, middle + theme().u(_KNOB + 2)), QPointF(x, middle + theme().u(_KNOB + 5)))

    def _flags(self, painter: QPainter, middle: float) -> None:
        painter.setPen(QPen(theme().colour("ink3"), 1))
        painter.setBrush(theme().colour("ink3"))
        top = middle - theme().u(11)
        for x in self._flag_places():
            painter.drawLine(QPointF(x, middle), QPointF(x, top))
            painter.drawPolygon(
                QPolygonF([QPointF(x, top), QPointF(x + theme().u(5), top + theme().u(2.5)),
                           QPointF(x, top + theme().u(5))])
            )  # fmt: skip

    def _flag_places(self) -> list[float]:
        """Of thousands of changes, those that lie a pixel apart."""
        places = self._indices_of(np.array([mark.x for mark in self._session.history.marks]))
        left, right = self._ends()
        pixels = left + (right - left) * places / max(1, self.maximum())
        _, first = np.unique(pixels.round(), return_index=True)
        found: list[float] = pixels[first].tolist()
        return found

    def _knob(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(theme().colour("accent"), 3 if self.hasFocus() else 2))
        painter.setBrush(theme().colour("accent" if self.hasFocus() else "panel"))
        side = theme().u(_KNOB)
        painter.drawEllipse(QRectF(at.x() - side, at.y() - side, 2 * side, 2 * side))

    def _x(self, index: float) -> float:
        left, right = self._ends()
        return left + (right - left) * index / max(1, self.maximum())

    def _index_of(self, x: float) -> float:
        """Where in the line a place in epochs lies, between two moments."""
        return float(self._indices_of(np.array([x]))[0])

    def _indices_of(self, xs: Floats) -> Floats:
        found: Floats = np.interp(xs, [moment.x for moment in self._looks.line.moments], range(self.maximum() + 1))
        return found
