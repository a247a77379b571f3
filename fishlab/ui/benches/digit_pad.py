"""A black square to draw on in white, with mouse, pen or finger.

pad.image() -> (1, 28, 28) as MNIST would hold the drawing, or None
pad.drawn                            sent while drawing, at most 30 times a second
pad.digit_typed                      4 when the key 4 was pressed over a drawing: it is a 4
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from fishlab.core.digit_image import as_mnist
from fishlab.ui.theme import theme

PEN = 0.085  # of the pad's side
RASTER = 224  # pixels of the drawing that is scaled down to MNIST's
_MNIST_PEN = 0.125  # of a digit's longest side: how thick strokes in MNIST are
_MOST_THINNER, _MOST_THICKER = 0.5, 1.3
_TELL = 33  # milliseconds


class DigitPad(QWidget):
    """Strokes are kept as points between 0 and 1, so they are smooth at any size and survive a resize."""

    drawn = Signal()
    digit_typed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strokes: list[list[QPointF]] = []
        self._drawing = False
        self._news = QTimer(self)
        self._news.setSingleShot(True)
        self._news.setInterval(_TELL)
        self._news.timeout.connect(self.drawn)
        self._build()

    def _build(self) -> None:
        self.setObjectName("try.pad")
        self.setAccessibleName(self.tr("Draw a digit"))
        words = self.tr("Draw with the mouse, a pen or a finger. Delete or Escape clears; a key from 0 to 9 keeps the "
                        "drawing as that digit.")  # fmt: skip
        self.setAccessibleDescription(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focus_ring", True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    # -- the drawing -------------------------------------------------------------------------------------------------
    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._strokes

    def clear(self) -> None:
        """Wipe the pad."""
        if self._strokes:
            self._strokes = []
            self._changed()

    def begin_stroke(self, x: float, y: float) -> None:
        """Put the pen down at `x`, `y`, both 0..1 from the upper left corner."""
        self._drawing = True
        self._strokes.append([QPointF(x, y)])
        self._changed()

    def continue_stroke(self, x: float, y: float) -> None:
        """Move the pen on, if it is down."""
        if self._drawing:
            self._strokes[-1].append(QPointF(x, y))
            self._changed()

    def end_stroke(self) -> None:
        """Lift the pen."""
        self._drawing = False

    def _changed(self) -> None:
        self.update()
        if not self._news.isActive():
            self._news.start()

    def image(self) -> NDArray[np.float32] | None:
        """The drawing as (1, 28, 28) float32 of 0..255, scaled and centred as MNIST is; None where there is none.

        A digit drawn small or large keeps a pen as thick as MNIST's within what the eye still takes for the same.
        """
        if self.is_empty:
            return None
        points = [point for stroke in self._strokes for point in stroke]
        xs, ys = [point.x() for point in points], [point.y() for point in points]
        extent = max(max(xs) - min(xs), max(ys) - min(ys))
        width = min(max(_MNIST_PEN * extent, _MOST_THINNER * PEN), _MOST_THICKER * PEN)
        raster = QImage(RASTER, RASTER, QImage.Format.Format_Grayscale8)
        raster.fill(0)
        painter = QPainter(raster)
        paint_strokes(painter, self._strokes, RASTER, width * RASTER)
        painter.end()
        rows = np.frombuffer(raster.constBits(), dtype=np.uint8).reshape(RASTER, raster.bytesPerLine())
        return as_mnist(rows[:, :RASTER])

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint white on black, in both themes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.setBrush(Qt.GlobalColor.black)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme().u(4), theme().u(4))
        if self.is_empty:
            self._paint_words(painter)
        paint_strokes(painter, self._strokes, self.width(), PEN * self.width())

    def _paint_words(self, painter: QPainter) -> None:
        painter.setFont(theme().font("small"))
        painter.setPen(Qt.GlobalColor.gray)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("0 to 9"))

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(196), theme().px(196))

    # -- mouse, pen, finger, keys ------------------------------------------------------------------------------------
    def _share(self, point: QPointF) -> tuple[float, float]:
        return point.x() / max(1, self.width()), point.y() / max(1, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin_stroke(*self._share(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        self.continue_stroke(*self._share(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        self.end_stroke()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a pen; its eraser end clears."""
        at = self._share(event.position())
        if event.type() == QEvent.Type.TabletPress:
            self._on_pen_down(event, at)
        elif event.type() == QEvent.Type.TabletMove:
            self.continue_stroke(*at)
        else:
            self.end_stroke()
        event.accept()

    def _on_pen_down(self, event: QTabletEvent, at: tuple[float, float]) -> None:
        if event.pointerType() == event.pointingDevice().PointerType.Eraser:
            self.clear()
        else:
            self.begin_stroke(*at)

    def event(self, event: QEvent) -> bool:
        """Draw with a finger."""
        if not isinstance(event, QTouchEvent) or not event.points():
            self._drawing = self._drawing and event.type() != QEvent.Type.TouchCancel
            return super().event(event)
        at = self._share(event.points()[0].position())
        if event.type() == QEvent.Type.TouchBegin:
            self.begin_stroke(*at)
        elif event.type() == QEvent.Type.TouchUpdate:
            self.continue_stroke(*at)
        else:
            self.end_stroke()
        event.accept()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear on Delete, Backspace and Escape; a digit says what the drawing is."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape) and not self.is_empty:
            self.clear()
        elif event.text() in tuple("0123456789") and not self.is_empty:
            self.digit_typed.emit(int(event.text()))
        else:
            super().keyPressEvent(event)


def paint_strokes(painter: QPainter, strokes: list[list[QPointF]], side: float, width: float) -> None:
    """Draw strokes of 0..1 in white on a square of `side`, rounded between their points."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(Qt.GlobalColor.white, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke in strokes:
        painter.drawPath(smooth_path([point * side for point in stroke]))


def smooth_path(points: list[QPointF]) -> QPainterPath:
    """A path through the middles between the points, bent towards the points themselves; a dot for a single one."""
    path = QPainterPath(points[0])
    if len(points) == 1:
        path.lineTo(points[0] + QPointF(0.01, 0))
        return path
    for before, after in pairwise(points[1:]):
        path.quadTo(before, (before + after) / 2)
    path.lineTo(points[-1])
    return path
