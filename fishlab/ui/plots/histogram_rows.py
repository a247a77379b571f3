"""Histograms of weights under one another, painted by hand: now filled, the start as a dashed outline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from fishlab.core.probes.weights import LayerHistogram
from fishlab.ui.numbers import significant
from fishlab.ui.plots.axis import Tick, symmetric_ticks
from fishlab.ui.plots.style import RIGHT, TOP
from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import DASHES

LABELS, ROW, TALLEST, AXIS = 118, 33, 84, 22  # u: width of the names, least and greatest height of a row, the axis
_FILL = 70


class HistogramRows(QWidget):
    """One row a layer: its number and name, σ from start to now, and both histograms, each to its own peak."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[LayerHistogram, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def show_layers(self, layers: tuple[LayerHistogram, ...]) -> None:
        """Show these; the axis is theirs in common."""
        if len(layers) != len(self._layers):
            self.updateGeometry()
        self._layers = layers
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height at which every row can still be read."""
        return QSize(theme().px(260), theme().px(ROW) * len(self._layers) + theme().px(TOP))

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the scroll area takes over below."""
        return QSize(theme().px(160), self.sizeHint().height())

    def _on_theme_changed(self) -> None:
        self._fonts = theme().font("small", 500), theme().font("caption")
        self._metrics = theme().metrics("small", 500), theme().metrics("caption")
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the grid, then the rows."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().colour("card"))
        if not self._layers:
            return
        height = min((self.height() - theme().u(TOP)) / len(self._layers), theme().u(TALLEST))
        top = self.height() - height * len(self._layers)
        area = plot_columns(self).adjusted(0, 0, 0, self.height())
        paint_grid(painter, area, float(self._layers[0].edges[-1]))
        above = theme().u(5) if beside(self) else self._metrics[0].height()
        pens = self._pens()
        xs = np.repeat(np.linspace(area.left(), area.right(), len(self._layers[0].now) + 1), 2)
        for index, layer in enumerate(self._layers):
            row = QRectF(0, top + index * height, self.width(), height)
            if row.intersects(QRectF(event.rect())):
                self._paint_label(painter, row, layer)
                plot = QRectF(area.left(), row.top() + above, area.width(), row.height() - above - theme().u(1))
                _paint_histogram(painter, xs, plot, layer, pens)

    def _pens(self) -> tuple[QPen, QBrush, QPen]:
        """The outline and the filling of now, the dashes of the start."""
        fill = theme().curve(0)
        fill.setAlpha(_FILL)
        start = QPen(theme().colour("ink2"), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        start.setDashPattern(DASHES["dash"])
        return QPen(theme().curve(0), 1), QBrush(fill), start

    def _paint_label(self, painter: QPainter, row: QRectF, layer: LayerHistogram) -> None:
        name, caption = self._fonts
        first, second = self._metrics
        height = first.height() + second.height()
        top = row.center().y() - height / 2 if beside(self) else row.top()
        right = theme().u(LABELS) if beside(self) else self.width()
        box = QRectF(theme().u(10), top, right - theme().u(16), first.height())
        painter.setFont(name)
        painter.setPen(theme().colour("ink"))
        title = f"{layer.number} {layer.title}"
        if theme().text_width(title, "small", 500) > box.width():
            title = first.elidedText(title, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, title)
        if not beside(self):
            return
        painter.setFont(caption)
        painter.setPen(theme().colour("ink2"))
        room = box.translated(0, first.height()).adjusted(0, 0, theme().u(6), 0)
        painter.drawText(room, shortened(layer, second, room.width()))


class HistogramAxis(QWidget):
    """The numbers under `rows`, which stay while those scroll."""

    def __init__(self, rows: HistogramRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._limit = 0.0
        theme().changed.connect(self._on_theme_changed)

    def set_limit(self, limit: float) -> None:
        """Show numbers from −`limit` to `limit`."""
        if limit != self._limit:
            self._limit = limit
            self.update()

    def sizeHint(self) -> QSize:
        """Return the height of the numbers."""
        return QSize(theme().px(160), theme().px(AXIS))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers where the grid lines end."""
        if not self._limit:
            return
        painter = QPainter(self)
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        area = plot_columns(self._rows)
        half = theme().u(30)
        for value, text in ticks(area, self._limit):
            x = _place(area, value, self._limit)
            painter.drawText(QRectF(x - half, 0, 2 * half, self.height()), Qt.AlignmentFlag.AlignCenter, text)


def spread(layer: LayerHistogram) -> str:
    """σ at the start and now: 'σ 0.010 → 0.094'."""
    return f"σ {_deviation(layer.std_before)} → {_deviation(layer.std_now)}"


def shortened(layer: LayerHistogram, metrics: QFontMetricsF, width: float) -> str:
    """σ from start to now; where there is room for one of them, it is the newest."""
    whole = spread(layer)
    return whole if metrics.horizontalAdvance(whole) <= width else f"σ → {_deviation(layer.std_now)}"


def _deviation(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= value < 10 or value == 0 else significant(value)


def beside(widget: QWidget) -> bool:
    """Whether names have room beside the histograms; else they stand above them, without σ."""
    return widget.width() >= theme().u(2 * LABELS)


def plot_columns(widget: QWidget) -> QRectF:
    """The columns of the histograms, of no height."""
    left = theme().u(LABELS if beside(widget) else 14)
    return QRectF(left, 0, max(1.0, widget.width() - left - theme().u(RIGHT + 4)), 0)


def ticks(area: QRectF, limit: float) -> list[Tick]:
    """Five numbers, or three where five would touch."""
    five = symmetric_ticks(limit)
    widest = max(theme().text_width(text, "caption") for _, text in five) + theme().u(8)
    return five if widest * len(five) <= area.width() else [five[0], five[len(five) // 2], five[-1]]


def paint_grid(painter: QPainter, area: QRectF, limit: float) -> None:
    """Draw upright lines at the axis' numbers, and zero in edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for value, _ in ticks(area, limit):
        painter.setPen(QPen(theme().colour("grid" if value else "edge"), 1))
        x = round(_place(area, value, limit))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))


def _place(area: QRectF, value: float, limit: float) -> float:
    return area.left() + area.width() * (value + limit) / (2 * limit)


def _paint_histogram(
    painter: QPainter, xs: NDArray[np.float64], plot: QRectF, layer: LayerHistogram, pens: tuple[QPen, QBrush, QPen]
) -> None:
    outline, fill, dashes = pens
    painter.setPen(outline)
    painter.setBrush(fill)
    painter.drawPolygon(_steps(layer.now, xs, plot))
    painter.setPen(dashes)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_steps(layer.before, xs, plot))


def _steps(shares: NDArray[np.float64], xs: NDArray[np.float64], plot: QRectF) -> QPolygonF:
    """The outline of a histogram scaled to its own peak on the plot's foot; on whole pixels it is sharp and quick.

    `xs` are the edges of the bins, each twice.
    """
    ys = np.full(len(xs), plot.bottom())
    ys[1:-1] -= np.repeat(shares * (plot.height() / max(float(shares.max()), 1e-12)), 2)
    return arrayToQPolygonF(np.rint(xs), np.rint(ys))
