"""The plot under a curve tile: four curves by pyqtgraph, and around them bands, grid, numbers, marks and a crosshair.

plot.show_drawing(drawing, live=True)         a few hundred microseconds; curves are cut to the plot's own pixels before
"""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from fishlab.ui.plots.drawing import Drawing, nearest
from fishlab.ui.plots.overlay import paint_chip, paint_marks
from fishlab.ui.plots.style import LIVE, REST, framed_box, margins, pen
from fishlab.ui.theme import theme

_ROLES = ("raw", "earlier", "train", "validation")
_MOST_BANDS = 80
_DOT = 2.8
_DOT_DISTANCE = 7  # u between open dots; closer ones are left out


class CurvePlot(pg.GraphicsView):
    """Shows one `Drawing`. `live` draws with thin pens, at rest they are wider and antialiased."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.drawing: Drawing | None = None
        self._live = False
        self._hover: float | None = None
        self._ratio: float | None = None
        self._build()
        self._sync()
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.frame, self.box = framed_box()
        self.setCentralItem(self.frame)
        self._curves = {role: pg.PlotCurveItem(skipFiniteCheck=True) for role in _ROLES}
        for curve in self._curves.values():
            self.box.addItem(curve)

    def _sync(self) -> None:
        """Take colours, fonts and the screen's ratio again."""
        self.frame.layout.setContentsMargins(*margins())
        self._set_pens()
        self.viewport().update()

    def _set_pens(self) -> None:
        ratio = self._ratio or self.devicePixelRatioF()
        width = LIVE if self._live else REST
        train, validation, earlier = theme().curve(0), theme().curve(1), theme().curve(3)
        raw = theme().curve(0)
        raw.setAlpha(theme().tokens.raw_alpha)
        self._curves["raw"].setPen(pen(raw, LIVE, ratio))
        self._curves["train"].setPen(pen(train, width, ratio))
        self._curves["validation"].setPen(pen(validation, width, ratio, "dash"))
        self._curves["earlier"].setPen(pen(earlier, LIVE, ratio, "dot"))
        for role in ("train", "validation"):  # dots need none, and cost most with it
            self._curves[role].opts["antialias"] = not self._live

    def show_drawing(self, drawing: Drawing, *, live: bool) -> None:
        """Show this from now on."""
        self.drawing = drawing
        if live != self._live:
            self._live = live
            self._set_pens()
        self._set_data(drawing, whole=True)
        self.box.setRange(xRange=(0, drawing.epochs), yRange=drawing.y_range, padding=0, disableAutoRange=True)
        self.viewport().update()

    def _set_data(self, drawing: Drawing, *, whole: bool) -> None:
        """Give the curves their points; unless `whole`, none leaves the axes, since SVG knows no clipping."""
        for role, curve in self._curves.items():
            x, y = getattr(drawing, role)
            curve.setData(x, y if whole else y.clip(*drawing.y_range))

    def draw_for(self, ratio: float | None) -> None:
        """Draw as at rest with pens for a picture of this ratio; None goes back to the screen."""
        self._ratio = ratio
        if self.drawing:
            self._set_data(self.drawing, whole=ratio is None)
        live, self._live = self._live, self._live and ratio is None
        self._set_pens()
        self._live = live

    # -- places ----------------------------------------------------------------------------------------------------
    def area(self) -> QRectF:
        """The rectangle of the curves, in the widget's pixels."""
        left, top, right, bottom = margins()
        return QRectF(self.viewport().rect()).adjusted(left, top, -right, -bottom)

    def _x(self, area: QRectF, x: float) -> float:
        assert self.drawing is not None
        return area.left() + area.width() * x / self.drawing.epochs

    def _y(self, area: QRectF, y: float) -> float:
        assert self.drawing is not None
        bottom, top = self.drawing.y_range
        return area.bottom() - area.height() * (y - bottom) / (top - bottom)

    # -- painting --------------------------------------------------------------------------------------------------
    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint bands, grid and numbers; the tile's card shines through, round corners and all."""
        if self.drawing is None:
            return
        area = self.area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_bands(painter, area)
        painter.setFont(theme().font("caption"))
        self._paint_y_axis(painter, area)
        self._paint_x_axis(painter, area)

    def _paint_bands(self, painter: QPainter, area: QRectF) -> None:
        epochs = self.drawing.epochs if self.drawing else 0
        if epochs > _MOST_BANDS:
            return
        band = theme().colour("band")
        for epoch in range(1, epochs, 2):
            left, right = self._x(area, epoch), self._x(area, epoch + 1)
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), band)

    def _paint_y_axis(self, painter: QPainter, area: QRectF) -> None:
        grid, ink = QPen(theme().colour("grid"), 1), theme().colour("ink3")
        half = QFontMetricsF(painter.font()).height() / 2
        for value, text in self.drawing.y_ticks if self.drawing else ():
            y = self._y(area, value)
            painter.setPen(grid)
            painter.drawLine(QLineF(area.left(), round(y), area.right(), round(y)))
            painter.setPen(ink)
            box = QRectF(0, y - half, area.left() - theme().u(6), 2 * half)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_x_axis(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawLine(QLineF(area.left(), round(area.bottom()), area.right(), round(area.bottom())))
        painter.setPen(theme().colour("ink3"))
        metrics = QFontMetricsF(painter.font())
        for value, text in self.drawing.x_ticks if self.drawing else ():
            width = metrics.horizontalAdvance(text) + 2
            left = min(self._x(area, value) - width / 2, self.viewport().width() - width)
            box = QRectF(left, area.bottom() + theme().u(4), width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the dots of validation, the marks and the crosshair."""
        if self.drawing is None:
            return
        area = self.area()
        painter.setFont(theme().font("caption"))
        places = [(self._x(area, mark.x), mark.text) for mark in self.drawing.marks]
        paint_marks(painter, area, places)
        self._paint_dots(painter, area)
        if self._hover is not None:
            self._paint_crosshair(painter, area, self._hover)

    def _paint_dots(self, painter: QPainter, area: QRectF) -> None:
        assert self.drawing is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().curve(1), 1.4))
        painter.setBrush(theme().colour("card"))
        xs, ys = self.drawing.validation
        every = max(1, int(len(xs) * theme().u(_DOT_DISTANCE) / max(1.0, area.width())))
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        for x, y in zip(xs[::-every], ys[::-every], strict=True):
            painter.drawEllipse(QPointF(self._x(area, x), self._y(area, y)), _DOT, _DOT)
        painter.setClipping(False)

    def _paint_crosshair(self, painter: QPainter, area: QRectF, at: float) -> None:
        assert self.drawing is not None
        xs = self.drawing.train[0]
        if not len(xs):
            return
        x = float(xs[nearest(xs, (at - area.left()) / area.width() * self.drawing.epochs)])
        place = round(self._x(area, x))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme().colour("ink3"), 1))
        painter.drawLine(QLineF(place, area.top(), place, area.bottom()))
        paint_chip(painter, area, place, [self.tr("epoch {x}").format(x=f"{x:.2f}"), *self.drawing.readings(x)])

    # -- the pointer -----------------------------------------------------------------------------------------------
    def _set_hover(self, x: float | None) -> None:
        if x != self._hover:
            self._hover = x
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry the crosshair along."""
        at = event.position()
        self._set_hover(at.x() if self.area().contains(at) else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leave presses to the tile; pyqtgraph would drag and zoom."""
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See mousePressEvent."""
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See mousePressEvent."""
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to whatever scrolls around the plot."""
        event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Leave the menu to the tile."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the crosshair away."""
        self._set_hover(None)

    def viewportEvent(self, event: QEvent) -> bool:
        """Keep the tile's tooltip off the curves, where the crosshair speaks."""
        if isinstance(event, QHelpEvent) and self.area().contains(QPointF(event.pos())):
            return True
        return bool(super().viewportEvent(event))

    def event(self, event: QEvent) -> bool:
        """Take new pens on a screen of another ratio."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._set_pens()
        return bool(super().event(event))
