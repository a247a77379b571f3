"""The plot under a curve tile: four curves by pyqtgraph, and around them bands, grid, numbers, marks and a crosshair.

plot.show_drawing(drawing, live=True)         a few hundred microseconds; curves are cut to the plot's own pixels before

While a run goes on this is drawn again several times a second, and the run waits for it: bands, grid and numbers are
painted once and shown from a picture until they change, and the curves do not tell pyqtgraph where they end.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent, QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from fishlab.ui.plots.axes import Axes
from fishlab.ui.plots.drawing import Drawing, nearest
from fishlab.ui.plots.overlay import paint_chip, paint_marks
from fishlab.ui.plots.style import LIVE, REST, framed_box, margins, pen
from fishlab.ui.theme import theme

_ROLES = ("raw", "earlier", "train", "validation")
_DOT = 2.8
_DOT_DISTANCE = 7  # u between open dots; closer ones are left out


class _Curve(pg.PlotCurveItem):
    """A curve that fills the axes: where it really ends would be looked for at every change and at every painting."""

    bounds = QRectF()

    def boundingRect(self) -> QRectF:
        return self.bounds


class _Backdrop:
    """What lies behind the curves, as a picture that is painted again only where something of it has changed."""

    def __init__(self) -> None:
        self._key: object = None
        self._picture = QPixmap()

    def forget(self) -> None:
        """Colours or fonts have changed."""
        self._key = None

    def paint(self, painter: QPainter, axes: Axes, widget: QWidget) -> None:
        """Paint behind the curves of `widget`."""
        ratio = widget.devicePixelRatioF()
        key = (axes.scale, axes.area, widget.size(), ratio)
        if key != self._key:
            self._key = key
            self._picture = QPixmap(widget.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(theme().colour("card"))
            own = QPainter(self._picture)
            axes.paint(own)
            own.end()
        painter.drawPixmap(0, 0, self._picture)


class CurvePlot(pg.GraphicsView):
    """Shows one `Drawing`. `live` draws with thin pens, at rest they are wider and antialiased."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.drawing: Drawing | None = None
        self._live = False
        self._hover: float | None = None
        self._ratio: float | None = None
        self._backdrop = _Backdrop()
        self._build()
        self._sync()
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)  # else often twice for one change
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # the backdrop covers all of it
        self.frame, self.box = framed_box()
        self.setCentralItem(self.frame)
        self.sceneObj.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._curves = {role: _Curve(skipFiniteCheck=True) for role in _ROLES}
        for curve in self._curves.values():
            self.box.addItem(curve)

    def _sync(self) -> None:
        """Take colours, fonts and the screen's ratio again."""
        self._margins = margins()
        self.frame.layout.setContentsMargins(*self._margins)
        self._backdrop.forget()
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
        moved = self.drawing is None or (drawing.epochs, drawing.y_range) != (self.drawing.epochs, self.drawing.y_range)
        self.drawing = drawing
        if live != self._live:
            self._live = live
            self._set_pens()
        if moved:
            bottom, top = drawing.y_range
            for curve in self._curves.values():
                curve.bounds = QRectF(0, bottom, drawing.epochs, top - bottom)
            self.box.setRange(xRange=(0, drawing.epochs), yRange=drawing.y_range, padding=0, disableAutoRange=True)
        self._set_data(drawing, whole=True)
        self.viewport().update()

    def _set_data(self, drawing: Drawing, *, whole: bool) -> None:
        """Give the curves their points; unless `whole`, none leaves the axes, since SVG knows no clipping."""
        for role, curve in self._curves.items():
            x, y = getattr(drawing, role)
            y = y if whole else y.clip(*drawing.y_range)
            if not (np.array_equal(x, curve.xData) and np.array_equal(y, curve.yData)):  # what stands still is cheap
                curve.setData(x, y)

    def draw_for(self, ratio: float | None) -> None:
        """Draw as at rest with pens for a picture of this ratio; None goes back to the screen."""
        self._ratio = ratio
        if self.drawing:
            self._set_data(self.drawing, whole=ratio is None)
        live, self._live = self._live, self._live and ratio is None
        self._set_pens()
        self._live = live

    def area(self) -> QRectF:
        """The rectangle of the curves, in the widget's pixels."""
        left, top, right, bottom = self._margins
        return QRectF(self.viewport().rect()).adjusted(left, top, -right, -bottom)

    # -- painting --------------------------------------------------------------------------------------------------
    def _axes(self) -> Axes | None:
        return Axes(self.drawing, self.area(), self.viewport().width()) if self.drawing else None

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the card, bands, grid and numbers."""
        axes = self._axes()
        if axes and self._ratio is None:
            self._backdrop.paint(painter, axes, self.viewport())
            return
        painter.fillRect(rect, theme().colour("card"))
        if axes:  # for a picture of its own
            axes.paint(painter)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the marks, the dots of validation and the crosshair."""
        axes = self._axes()
        if not axes:
            return
        painter.setFont(theme().font("caption"))
        paint_marks(painter, axes.area, [(axes.x(mark.x), mark.text) for mark in axes.drawing.marks])
        self._paint_dots(painter, axes)
        if self._hover is not None:
            self._paint_crosshair(painter, axes, self._hover)

    def _paint_dots(self, painter: QPainter, axes: Axes) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().curve(1), 1.4))
        painter.setBrush(theme().colour("card"))
        xs, ys = axes.drawing.validation
        every = max(1, int(len(xs) * theme().u(_DOT_DISTANCE) / max(1.0, axes.area.width())))
        bottom, top = axes.drawing.y_range
        for x, y in zip(xs[::-every], ys[::-every], strict=True):
            if bottom <= y <= top:
                painter.drawEllipse(QPointF(axes.x(x), axes.y(y)), _DOT, _DOT)

    def _paint_crosshair(self, painter: QPainter, axes: Axes, at: float) -> None:
        xs = axes.drawing.train[0]
        if not len(xs):
            return
        x = float(xs[nearest(xs, axes.epoch(at))])
        place = round(axes.x(x))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme().colour("ink3"), 1))
        painter.drawLine(QLineF(place, axes.area.top(), place, axes.area.bottom()))
        paint_chip(painter, axes.area, place, self._words(axes, x))

    # -- the pointer -----------------------------------------------------------------------------------------------
    def _set_hover(self, x: float | None) -> None:
        if x != self._hover:
            self._hover = x
            self.viewport().update()

    def step_crosshair(self, steps: int) -> list[str]:
        """Move the crosshair by eighths of a tick of the x axis, from its right end; return what it reads."""
        axes = self._axes()
        if not axes or not len(axes.drawing.train[0]):
            return []
        end = float(axes.drawing.train[0][-1])
        step = (axes.drawing.x_ticks[1][0] - axes.drawing.x_ticks[0][0]) / 8
        place = end if self._hover is None else axes.epoch(self._hover) + steps * step
        place = min(end, max(0.0, place))
        self._set_hover(axes.x(place))
        return self._words(axes, place)

    def hide_crosshair(self) -> None:
        """Take the crosshair away."""
        self._set_hover(None)

    def _words(self, axes: Axes, x: float) -> list[str]:
        return [self.tr("epoch {x}").format(x=f"{x:.2f}"), *axes.drawing.readings(x)]

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
