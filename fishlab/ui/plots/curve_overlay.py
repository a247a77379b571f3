"""What a curve plot paints over its curves: marks, the dots of validation, the moment looked at, the crosshair."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from fishlab.ui.plots import overlay
from fishlab.ui.plots.axes import Axes
from fishlab.ui.plots.drawing import MOST_WORDS, Line, nearest
from fishlab.ui.theme import theme

_DOT = 2.8
_SMALL = 140  # u, width of a plot
_DOT_DISTANCE = 7  # u between open dots; closer ones are left out


def paint_marks(painter: QPainter, axes: Axes) -> None:
    """Marks with their texts; a long one is cut where the axes end, or left out of a small plot, which it would hide.

    The last ones stand in the summary. Of very many, those have words: there would be no room for more.
    """
    metrics, most = QFontMetricsF(painter.font()), axes.area.width() - theme().u(16)
    small = axes.area.width() < theme().u(_SMALL)
    wordless, marks = len(axes.drawing.marks) - MOST_WORDS, []
    for number, mark in enumerate(axes.drawing.marks):
        text = metrics.elidedText(mark.text, Qt.TextElideMode.ElideRight, most) if number >= wordless else ""
        marks.append((axes.x(mark.x), "" if small and text != mark.text else text))
    overlay.paint_marks(painter, axes.area, marks)


def paint_dots(painter: QPainter, axes: Axes) -> None:
    """An open dot at each point of a dashed line, as far as they lie apart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(theme().colour("card"))
    for line in axes.drawing.lines:
        if line.style == "dash":
            painter.setPen(QPen(theme().curve(line.colour), 1.4))
            _paint_points(painter, axes, line)


def _paint_points(painter: QPainter, axes: Axes, line: Line) -> None:
    xs, ys = line.points
    every = max(1, int(len(xs) * theme().u(_DOT_DISTANCE) / max(1.0, axes.area.width())))
    bottom, top = axes.drawing.y_range
    for x, y in zip(xs[::-every], ys[::-every], strict=True):
        if bottom <= y <= top:
            painter.drawEllipse(QPointF(axes.x(x), axes.y(y)), _DOT, _DOT)


def paint_moment(painter: QPainter, axes: Axes) -> None:
    """A line where the moment of the past is that all other views show."""
    if axes.drawing.moment is None:
        return
    place = round(axes.x(axes.drawing.moment))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(theme().colour("accent"), 2))
    painter.drawLine(QLineF(place, axes.area.top(), place, axes.area.bottom()))


def paint_crosshair(painter: QPainter, axes: Axes, x: float, words: Sequence[str]) -> None:
    """A line at `x`, a dot on each curve where it is read, and beside it a chip with what they say."""
    place = round(axes.x(x))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(theme().colour("ink3"), 1))
    painter.drawLine(QLineF(place, axes.area.top(), place, axes.area.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colour("card"), 1))
    bottom, top = axes.drawing.y_range
    for line in axes.drawing.read(x):
        index = nearest(line.points[0], x)
        y = float(line.points[1][index])
        if bottom <= y <= top:
            painter.setBrush(theme().curve(line.colour))
            painter.drawEllipse(QPointF(axes.x(float(line.points[0][index])), axes.y(y)), _DOT, _DOT)
    overlay.paint_chip(painter, axes.area, place, words)
