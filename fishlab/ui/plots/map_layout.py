"""Where the columns of the maps lie: the image, a column for each layer, the answer, in one line or in several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF

from fishlab.core.probes.maps import FeatureMaps
from fishlab.ui.plots.map_column import NARROWEST, MapColumn, map_column
from fishlab.ui.theme import theme

EDGE, BETWEEN, ANSWER = 12, 18, 150  # u
_LEAST_LINE, _LOWEST_LINE = 170, 150  # u: height of a line; where nothing has to be scrolled then
_SMALLER = 0.94


class View(NamedTuple):
    """What they are laid out for: the height there is, what a scroll bar leaves of it, the width in sight, the ratio.

    Nothing here changes as a scroll bar comes or goes, or one could come and go for ever.
    """

    height: int
    beside_bar: int
    width: int
    ratio: float


@dataclass(frozen=True)
class MapLayout:
    """`line` is the height of a line with names above and words below, `width` where the widest line ends."""

    columns: tuple[MapColumn, ...]
    line: float
    image: QRectF
    answer: QRectF
    width: float

    @property
    def room(self) -> float:
        """The height of the pictures."""
        return _room(self.line)

    def area(self, column: MapColumn) -> QRectF:
        """Where a column lies, its name included."""
        return QRectF(column.left, column.top - head(), column.width, self.line)


def head() -> float:
    """The height of the words above the pictures."""
    return theme().metrics("small").height() + theme().metrics("caption").height() + theme().u(8)


def lay_out(maps: FeatureMaps, view: View) -> MapLayout:
    """In the highest lines with which nothing has to be scrolled; if there are none, in as many as have room."""
    line, lowest = float(view.height), theme().u(_LOWEST_LINE)
    while line >= lowest:
        found = _in_lines(line, maps, view)
        if found.width <= view.width:
            return found
        line *= _SMALLER
    left = view._replace(height=view.beside_bar)
    return _in_lines(left.height / max(1, int(left.height / theme().u(_LEAST_LINE))), maps, left)


def _in_lines(line: float, maps: FeatureMaps, view: View) -> MapLayout:
    """Deal the columns to as many such lines as there are, no wider than what is in sight if that can be."""
    lines = max(1, int(view.height / line + 1e-9))
    room, edge, between = _room(line), theme().u(EDGE), theme().u(BETWEEN)
    image = _image_width(maps, room)
    alone = view.width - 2 * (edge + between) - image - theme().u(ANSWER) if len(maps.layers) == 1 else 0.0
    columns = [map_column(layer, (0, 0), room, view.ratio, alone) for layer in maps.layers]
    widths = [image, *(column.width for column in columns), theme().u(ANSWER)]
    wide = max(view.width, edge + sum(width + between for width in widths) / lines)
    corners = _corners(widths, wide, lines, line)
    placed = (
        replace(column, left=corner.x(), top=corner.y()) for column, corner in zip(columns, corners[1:-1], strict=True)
    )
    return MapLayout(
        tuple(placed), line,
        image=QRectF(corners[0], QSizeF(widths[0], room)),
        answer=QRectF(corners[-1], QSizeF(widths[-1], room)),
        width=max(corner.x() + width for corner, width in zip(corners, widths, strict=True)) + edge,
    )  # fmt: skip


def _corners(widths: list[float], wide: float, lines: int, line: float) -> list[QPointF]:
    """Where each column begins, with words above."""
    edge, between, top = theme().u(EDGE), theme().u(BETWEEN), head()
    corners, left, row = [], edge, 0
    for width in widths:
        if left > edge and left + width + edge > wide and row < lines - 1:
            left, row = edge, row + 1
        corners.append(QPointF(left, row * line + top))
        left += width + between
    return corners


def _room(line: float) -> float:
    return max(theme().u(24), line - head() - theme().metrics("caption").height() - theme().u(10))


def _image_width(maps: FeatureMaps, room: float) -> float:
    if maps.image.pixels.ndim != 3:  # a row has no picture
        return theme().u(NARROWEST)
    _, height, width = maps.image.pixels.shape
    return max(theme().u(NARROWEST) / 2, room * width / height)
