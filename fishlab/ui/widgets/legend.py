"""Line samples with names and current values, for the header of a tile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from fishlab.ui.theme import theme

Sample = Literal["line", "dash", "dashdot", "dot", "fill", "none"]

DASHES: dict[Sample, list[float]] = {"dash": [4, 2.5], "dashdot": [5, 2.5, 1, 2.5], "dot": [1, 2]}
_FILL = 14  # u, width of a filled sample


@dataclass(frozen=True)
class Series:
    """One entry: `colour` is a token, a "#RRGGBB" or "curve0" to "curve6", so that it follows the theme."""

    name: str
    colour: str
    sample: Sample = "line"
    value: str = ""


@dataclass(frozen=True)
class LegendStyle:
    """What is drawn of each entry besides its value; lengths in u. A `sample` of 0 is none at all."""

    names: bool
    sample: float
    gap: float
    between: float


# From the widest to the narrowest; values stay in all of them.
STYLES = (
    LegendStyle(names=True, sample=18, gap=6, between=14),
    LegendStyle(names=False, sample=18, gap=6, between=14),
    LegendStyle(names=False, sample=10, gap=4, between=8),
    LegendStyle(names=False, sample=0, gap=0, between=10),
)


def legend_width(series: Sequence[Series], style: LegendStyle) -> float:
    """Return how wide `paint_legend` draws."""
    widths = [_sample_width(one, style) + sum(_text_widths(one, style)) for one in series]
    return sum(widths) + theme().u(style.between) * max(0, len(widths) - 1)


def paint_legend(painter: QPainter, rect: QRectF, series: Sequence[Series], style: LegendStyle) -> None:
    """Draw `series` right-aligned in `rect`."""
    x = rect.right() - legend_width(series, style)
    for one in series:
        _paint_sample(painter, one, x, rect.center().y(), style)
        x += _sample_width(one, style)
        name_width, value_width = _text_widths(one, style)
        if name_width:
            _paint_text(painter, QRectF(x, rect.top(), name_width, rect.height()), one.name, 400, "ink2")
        x += name_width
        if value_width:
            _paint_text(painter, QRectF(x, rect.top(), value_width, rect.height()), one.value, 600, "ink")
        x += value_width + theme().u(style.between)


def _paint_sample(painter: QPainter, series: Series, x: float, y: float, style: LegendStyle) -> None:
    colour = series_colour(series)
    width = theme().u(min(_FILL, style.sample) if series.sample == "fill" else style.sample)
    if not style.sample or series.sample == "none":
        return
    if series.sample == "fill":
        colour.setAlpha(150)
        painter.fillRect(QRectF(x, y - theme().u(4), width, theme().u(8)), colour)
        return
    pen = QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if series.sample in DASHES:
        shrunk = style.sample / STYLES[0].sample  # a short sample still shows two dashes
        pen.setDashPattern([length * shrunk for length in DASHES[series.sample]])
    painter.setPen(pen)
    painter.drawLine(QLineF(x, y, x + width, y))


def series_colour(series: Series) -> QColor:
    """Return the QColor of an entry in the running theme."""
    if series.colour.startswith("curve"):
        return theme().curve(int(series.colour.removeprefix("curve")))
    return theme().colour(series.colour)


def _sample_width(series: Series, style: LegendStyle) -> float:
    if series.sample == "none":
        return 0.0
    return theme().u((min(_FILL, style.sample) if series.sample == "fill" else style.sample) + style.gap)


def _text_widths(series: Series, style: LegendStyle) -> tuple[float, float]:
    name = theme().text_width(series.name, "small")
    value = theme().text_width(series.value, "small", 600)
    gap = theme().u(style.gap)
    return (name + (gap if series.value else 0.0) if style.names else 0.0, value)


def _paint_text(painter: QPainter, rect: QRectF, text: str, weight: int, ink: str) -> None:
    painter.setFont(theme().font("small", weight))
    painter.setPen(theme().colour(ink))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
