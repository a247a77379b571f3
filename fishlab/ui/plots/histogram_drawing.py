"""One histogram, or one histogram over time, painted into a rectangle."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPolygonF

from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.numbers import plain
from fishlab.ui.plots.axis import signed
from fishlab.ui.plots.heat_map import heat_map
from fishlab.ui.plots.histogram_row import Floats, Row
from fishlab.ui.theme import Tokens, theme
from fishlab.ui.theme.colormaps import sequential
from fishlab.ui.widgets.legend import DASHES

Pens = tuple[QPen, QBrush, QPen]

_FILL = 70


def histogram_pens() -> Pens:
    """The outline and the filling of now, the dashes of the start."""
    fill = theme().curve(0)
    fill.setAlpha(_FILL)
    return QPen(theme().curve(0), 1), QBrush(fill), dashed("ink2")


def dashed(colour: str) -> QPen:
    """A pen of width 1 in the legend's dashes."""
    pen = QPen(theme().colour(colour), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(DASHES["dash"])
    return pen


def paint_histogram(painter: QPainter, plot: QRectF, row: Row, pens: Pens) -> None:
    """Now, filled, and the start where it is known, each to its own peak."""
    outline, fill, dashes = pens
    xs = np.repeat(np.linspace(plot.left(), plot.right(), len(row.edges)), 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if row.now is not None:
        painter.setPen(outline)
        painter.setBrush(fill)
        painter.drawPolygon(_steps(row.now, xs, plot))
    if row.before is not None:
        painter.setPen(dashes)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(_steps(row.before, xs, plot))


def _steps(shares: Floats, xs: Floats, plot: QRectF) -> QPolygonF:
    """The outline of a histogram scaled to its own peak on the plot's foot; on whole pixels it is sharp and quick.

    `xs` are the edges of the bins, each twice.
    """
    ys = np.full(len(xs), plot.bottom())
    ys[1:-1] -= np.repeat(shares * (plot.height() / max(float(shares.max()), 1e-12)), 2)
    return arrayToQPolygonF(np.rint(xs), np.rint(ys))


def paint_history(painter: QPainter, plot: QRectF, history: HistogramHistory, end: float) -> None:
    """The shares as a heat map from 0 to `end` epochs; over it the median, and dashed where 5 and 95 % lie."""
    ratio = painter.device().devicePixelRatioF()
    size = max(1, round(plot.height() * ratio)), max(1, round(plot.width() * ratio))
    colours, ground = _colours(theme().tokens)
    pixels = heat_map(history.spread.shares, history.x, end, size, colours, ground)
    image = QImage(pixels.data, size[1], size[0], 4 * size[1], QImage.Format.Format_RGB32)
    painter.drawImage(plot, image)
    _paint_quantiles(painter, plot, history, end)


def _paint_quantiles(painter: QPainter, plot: QRectF, history: HistogramHistory, end: float) -> None:
    low, high = float(history.spread.edges[0]), float(history.spread.edges[-1])
    xs = plot.left() + history.x * (plot.width() / end)
    ys = plot.bottom() - (history.spread.quantiles.clip(low, high) - low) * (plot.height() / (high - low))
    known = np.isfinite(ys).all(axis=1)
    if not known.any():
        return  # an empty polygon has no memory to write to
    line = QPen(theme().curve(1), 1)
    broken = QPen(theme().curve(1), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    broken.setDashPattern(DASHES["dash"])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for column, pen in ((0, broken), (1, line), (2, broken)):
        painter.setPen(pen)
        painter.drawPolyline(arrayToQPolygonF(np.rint(xs[known]), np.rint(ys[known, column])))


def paint_ends(painter: QPainter, plot: QRectF, row: Row) -> None:
    """The values at the top and at the bottom of a history, in its corners."""
    painter.setFont(theme().font("caption"))
    line = theme().metrics("caption").height()
    for value, top in ((row.edges[-1], plot.top()), (row.edges[0], plot.bottom() - line)):
        text = plain(10.0 ** float(value), 2) if row.log else signed(float(value))
        width = theme().text_width(text, "caption") + theme().u(4)
        box = QRectF(plot.right() - width, top, width, line)
        painter.fillRect(box, theme().colour("card", 220))
        painter.setPen(theme().colour("ink2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


@cache
def _colours(tokens: Tokens) -> tuple[NDArray[np.uint32], int]:
    """The map, and the card on which it ends, as 0xAARRGGBB."""
    red, green, blue = sequential(tokens).astype(np.uint32).T
    return 0xFF000000 | red << 16 | green << 8 | blue, QColor(tokens.card).rgb()


def paint_uprights(painter: QPainter, area: QRectF, xs: list[float], strong: float | None) -> None:
    """Thin upright lines at these places; the one at zero is also seen under what fills a histogram."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for x in xs:
        painter.setPen(QPen(theme().colour("ink3" if x == strong else "grid"), 1))
        painter.drawLine(QLineF(round(x), area.top(), round(x), area.bottom()))
