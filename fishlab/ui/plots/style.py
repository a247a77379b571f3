"""How every plot looks: pens in device pixels, and a PlotItem stripped to its curves.

    style_plot(item)
    curve.setPen(pen(series_colour, LIVE, ratio, "dash"))

pyqtgraph's pens are cosmetic, that is in device pixels: widths are given in logical ones and multiplied by the ratio of
the screen. Axes, bands, grid and numbers are painted by the plot itself (see curve_plot.py), so a tick pen that loses
its alpha, an axis that drops its top number and a cached pixmap of the wrong ratio cannot happen.
"""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPen

from fishlab.ui.theme import theme
from fishlab.ui.widgets.legend import DASHES, Sample

LIVE, REST = 1.0, 1.6  # widths: a line of 1 without antialias costs a tenth of any other
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 4, 22  # room for numbers around the curves, in u


def style_plot(item: pg.PlotItem) -> None:
    """Leave nothing of the item but its curves, and let nobody but FishLab set its ranges."""
    item.hideButtons()
    item.setMenuEnabled(False)
    for side in ("left", "bottom", "right", "top"):
        item.hideAxis(side)
    item.setMouseEnabled(x=False, y=False)
    item.disableAutoRange()
    item.getViewBox().setDefaultPadding(0)
    set_margins(item)


def margins() -> tuple[int, int, int, int]:
    """Left, top, right and bottom, the same in every tile, in pixels; a wide font gets the room for its '99.5 %'."""
    u = theme().px
    widest = QFontMetricsF(theme().font("caption")).horizontalAdvance("99.5 %")
    return max(u(LEFT), round(widest) + u(10)), u(TOP), u(RIGHT), u(BOTTOM)


def set_margins(item: pg.PlotItem) -> None:
    """Keep the room for numbers, again after the font has changed."""
    item.layout.setContentsMargins(*margins())


def pen(colour: QColor, width: float, ratio: float, sample: Sample = "line") -> QPen:
    """Return a cosmetic pen `width` logical pixels wide on a screen of `ratio`, dashed as the legend's sample is."""
    result = QPen(colour, width * ratio)
    result.setCosmetic(True)
    result.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if sample in DASHES:
        result.setCapStyle(Qt.PenCapStyle.FlatCap)
        result.setDashPattern(DASHES[sample])
    return result
