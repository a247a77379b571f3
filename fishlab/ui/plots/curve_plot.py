"""The plot of a chart: its curves by pyqtgraph, and around them bands, grid, numbers, marks and a crosshair.

plot.show_drawing(drawing, live=True)         a few hundred microseconds; curves are cut to the plot's own pixels before

While a run goes on this is drawn again several times a second, and the run waits for it: bands, grid and numbers are
painted once and shown from a picture until they change, and the curves do not tell pyqtgraph where they end.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from fishlab.ui.explanations.curves import lines
from fishlab.ui.plots import curve_overlay
from fishlab.ui.plots.axes import Axes
from fishlab.ui.plots.curve_at import line_at
from fishlab.ui.plots.drawing import Drawing, Line, nearest
from fishlab.ui.plots.style import LIVE, REST, framed_box, margins, pen
from fishlab.ui.theme import theme
from fishlab.ui.widgets.explanation import Explanation

_REACH = 8  # u, from a curve at which it is pointed


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
        self._curves: dict[str, _Curve] = {}
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
        self.box.setXRange(0, 1, padding=0)

    def _sync(self) -> None:
        """Take colours, fonts and the screen's ratio again."""
        self._margins = margins()
        self.frame.layout.setContentsMargins(*self._margins)
        self._backdrop.forget()
        self._set_pens()
        self.viewport().update()

    def _set_pens(self) -> None:
        for line in self.drawing.lines if self.drawing else ():
            self._set_pen(line)

    def _set_pen(self, line: Line) -> None:
        """Raw points and earlier runs are thin; what is antialiased at rest costs most while it is not."""
        ratio, curve = self._ratio or self.devicePixelRatioF(), self._curves[line.key]
        colour = theme().curve(line.colour)
        if line.style == "raw":
            colour.setAlpha(theme().tokens.raw_alpha)
        strong = line.style in ("line", "dash") and not self._live
        curve.setPen(pen(colour, REST if strong else LIVE, ratio, "line" if line.style == "raw" else line.style))
        curve.opts["antialias"] = strong

    def show_drawing(self, drawing: Drawing, *, live: bool) -> None:
        """Show this from now on."""
        old = self.drawing
        self.drawing = drawing
        fresh = self._keep_curves(drawing)
        if fresh or live != self._live:
            self._live = live
            self._set_pens()
        if fresh or old is None or drawing.y_range != old.y_range:
            bottom, top = drawing.y_range
            for curve in self._curves.values():
                curve.bounds = QRectF(0, bottom, 1, top - bottom)
            self.box.setRange(xRange=(0, 1), yRange=drawing.y_range, padding=0, disableAutoRange=True)
        self._set_data(drawing, whole=True)
        self.viewport().update()

    def _keep_curves(self, drawing: Drawing) -> bool:
        """Have a curve for each line, painted in their order, and no other; whether that changed anything."""
        keys = [line.key for line in drawing.lines]
        if keys == list(self._curves):
            return False
        for curve in self._curves.values():
            self.box.removeItem(curve)
        self._curves = {key: _Curve(skipFiniteCheck=True) for key in keys}
        for curve in self._curves.values():
            self.box.addItem(curve, ignoreBounds=True)
        return True

    def _set_data(self, drawing: Drawing, *, whole: bool) -> None:
        """Give the curves their points; unless `whole`, none leaves the axes, since SVG knows no clipping."""
        for line in drawing.lines:
            curve, (epochs, y) = self._curves[line.key], line.points
            x, y = drawing.shares(epochs), y if whole else y.clip(*drawing.y_range)
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

    def explanation_at(self, place: QPoint) -> Explanation | None:
        """What the curve at this place on the screen is."""
        axes = self._axes()
        line = line_at(axes, QPointF(self.mapFromGlobal(place)), theme().u(_REACH)) if axes else None
        return lines()[line.key.rstrip("0123456789")] if line else None

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
        """Paint the marks, the dots of validation, the moment that is looked at, and the crosshair."""
        axes = self._axes()
        if not axes:
            return
        painter.setFont(theme().font("caption"))
        curve_overlay.paint_moment(painter, axes)
        curve_overlay.paint_marks(painter, axes)  # their words stand over the line of the moment
        curve_overlay.paint_dots(painter, axes)
        x = self._read_at(axes)
        if x is not None:
            curve_overlay.paint_crosshair(painter, axes, x, self._words(axes, x))

    def _read_at(self, axes: Axes) -> float | None:
        """Where the crosshair reads: at the nearest point of the run in sight."""
        xs = axes.drawing.line("train")[0]
        if self._hover is None or not len(xs):
            return None
        return float(xs[nearest(xs, axes.epoch(self._hover))])

    # -- the pointer -----------------------------------------------------------------------------------------------
    def _set_hover(self, x: float | None) -> None:
        if x != self._hover:
            self._hover = x
            self.viewport().update()

    def step_crosshair(self, steps: int) -> list[str]:
        """Move the crosshair by eighths of a tick of the x axis, from its right end; return what it reads."""
        axes = self._axes()
        stops = axes.drawing.line("train")[0] if axes else ()
        if not axes or not len(stops):
            return []
        ticks = axes.drawing.x_ticks
        end = axes.x(float(stops[-1]))
        step = (axes.x(ticks[1][0]) - axes.x(ticks[0][0])) / 8 if len(ticks) > 1 else axes.area.width() / 40
        place = end if self._hover is None else self._hover + steps * step
        place = min(end, max(axes.area.left(), place))
        self._set_hover(place)
        return self._words(axes, axes.epoch(place))

    @property
    def has_crosshair(self) -> bool:
        """Whether it is shown."""
        return self._hover is not None

    def hide_crosshair(self) -> None:
        """Take the crosshair away."""
        self._set_hover(None)

    def _words(self, axes: Axes, x: float) -> list[str]:
        place = f"{x:.2f}" if x >= 0.1 else f"{x:.2g}"
        return [self.tr("epoch {x}").format(x=place), *axes.drawing.readings(x)]

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
