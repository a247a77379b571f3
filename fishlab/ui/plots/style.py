"""How every plot looks: its margins, a bare box for its curves, pens in device pixels.

    frame, box = framed_box()
    curve.setPen(pen(series_colour, LIVE, ratio, "dash"))

pyqtgraph's pens are cosmetic, that is in device pixels: widths are given in logical ones and multiplied by the ratio of
the screen. Axes, bands, grid and numbers are painted by the plot itself (see curve_plot.py), so a tick pen that loses
its alpha, an axis that drops its top number and a cached pixmap of the wrong ratio cannot happen.
"""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import DASHES, Sample

LIVE, REST = 1.0, 1.6  # widths: a line of 1 without antialias costs a tenth of any other
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 4, 22  # room for numbers around the curves, in u


def framed_box() -> tuple[pg.GraphicsLayout, pg.ViewBox]:
    """Return a view box for curves and the frame that gives it its margins: no axes, no menu, no mouse, no auto-range.

    A PlotItem would bring all of those and a form of buttons behind them, only to have them taken away.
    """
    frame = pg.GraphicsLayout()
    box = frame.addViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
    box.disableAutoRange()
    return frame, box


def margins() -> tuple[int, int, int, int]:
    """Left, top, right and bottom, the same in every tile, in pixels; a wide font gets the room for its '99.5 %'."""
    u = theme().px
    widest = theme().text_width("99.5 %", "caption")
    return max(u(LEFT), round(widest) + u(10)), u(TOP), u(RIGHT), u(BOTTOM)


def pen(colour: QColor, width: float, ratio: float, sample: Sample = "line") -> QPen:
    """Return a cosmetic pen `width` logical pixels wide on a screen of `ratio`, dashed as the legend's sample is."""
    result = QPen(colour, width * ratio)
    result.setCosmetic(True)
    result.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if sample in DASHES:
        result.setCapStyle(Qt.PenCapStyle.FlatCap)
        result.setDashPattern(DASHES[sample])
    return result
