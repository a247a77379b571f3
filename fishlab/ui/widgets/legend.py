"""Line samples with names and current values, for the header of a tile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from fishlab.ui.theme import theme

Sample = Literal["line", "dash", "dashdot", "dot", "fill", "none"]

DASHES: dict[Sample, list[float]] = {"dash": [4, 2.5], "dashdot": [5, 2.5, 1, 2.5], "dot": [1, 2]}
_SAMPLE, _GAP, _BETWEEN = 18, 6, 14


@dataclass(frozen=True)
class Series:
    """One entry: `colour` is a token, a "#RRGGBB" or "curve0" to "curve6", so that it follows the theme."""

    name: str
    colour: str
    sample: Sample = "line"
    value: str = ""


def legend_width(series: Sequence[Series], names: bool) -> float:
    """Return how wide `paint_legend` draws."""
    widths = [_sample_width(one) + sum(_text_widths(one, names)) for one in series]
    return sum(widths) + theme().u(_BETWEEN) * max(0, len(widths) - 1)


def paint_legend(painter: QPainter, rect: QRectF, series: Sequence[Series], names: bool) -> None:
    """Draw `series` right-aligned in `rect`, with or without their names."""
    x = rect.right() - legend_width(series, names)
    for one in series:
        _paint_sample(painter, one, x, rect.center().y())
        x += _sample_width(one)
        name_width, value_width = _text_widths(one, names)
        if name_width:
            _paint_text(painter, QRectF(x, rect.top(), name_width, rect.height()), one.name, 400, "ink2")
        x += name_width
        if value_width:
            _paint_text(painter, QRectF(x, rect.top(), value_width, rect.height()), one.value, 600, "ink")
        x += value_width + theme().u(_BETWEEN)


def _paint_sample(painter: QPainter, series: Series, x: float, y: float) -> None:
    colour = series_colour(series)
    width = theme().u(_SAMPLE)
    if series.sample == "fill":
        colour.setAlpha(150)
        painter.fillRect(QRectF(x, y - theme().u(4), theme().u(14), theme().u(8)), colour)
    elif series.sample != "none":
        pen = QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        if series.sample in DASHES:
            pen.setDashPattern(DASHES[series.sample])
        painter.setPen(pen)
        painter.drawLine(QLineF(x, y, x + width, y))


def series_colour(series: Series) -> QColor:
    """Return the QColor of an entry in the running theme."""
    if series.colour.startswith("curve"):
        return theme().curve(int(series.colour.removeprefix("curve")))
    return theme().colour(series.colour)


def _sample_width(series: Series) -> float:
    widths = {"none": 0.0, "fill": theme().u(14 + _GAP)}
    return widths.get(series.sample, theme().u(_SAMPLE + _GAP))


def _text_widths(series: Series, names: bool) -> tuple[float, float]:
    name = QFontMetricsF(theme().font("small")).horizontalAdvance(series.name)
    value = QFontMetricsF(theme().font("small", 600)).horizontalAdvance(series.value)
    gap = theme().u(_GAP)
    return (name + (gap if series.value else 0.0) if names else 0.0, value)


def _paint_text(painter: QPainter, rect: QRectF, text: str, weight: int, ink: str) -> None:
    painter.setFont(theme().font("small", weight))
    painter.setPen(theme().colour(ink))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
