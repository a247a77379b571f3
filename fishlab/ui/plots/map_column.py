"""One layer among the columns of feature maps: its maps, how they are laid out, and which of them lies where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage

from fishlab.core.probes.maps import LayerMaps
from fishlab.ui.plots.map_image import Floats, Span, mosaic_of
from fishlab.ui.plots.mosaic import Layout, fit
from fishlab.ui.theme import theme

NARROWEST = 84  # u
_GAP, _SQUARE, _SMALLEST = 2, 12, 6  # pixels between maps; u of a number of a row, at most and in a single line
_WIDEST, _WIDEST_LOW, _LOW = 1.1, 1.8, 200  # a column in heights: wider where there is little height, in u
_LONGEST_NAME = 130  # u


@dataclass
class MapColumn:
    """The maps (N, H, W) of a layer, the numbers of a row as maps of one. Its picture is made when it is needed."""

    layer: LayerMaps
    pictures: Floats
    layout: Layout
    left: float
    top: float
    width: float
    ratio: float

    @property
    def span(self) -> Span:
        """The scale that all maps of the layer share."""
        return Span(self.layer.low, self.layer.high, self.layer.low < 0)

    @property
    def corner(self) -> QPointF:
        """Where the picture begins."""
        return QPointF(round(self.left), round(self.top))

    @cached_property
    def image(self) -> QImage:
        """All maps that have room."""
        return mosaic_of(self.pictures, self.span, self.layout, self.ratio)

    def cell(self, index: int) -> QRectF:
        """Where a map lies."""
        top, left = self.layout.corner(index)
        size = self.layout.width / self.ratio, self.layout.height / self.ratio
        return QRectF(self.corner.x() + left / self.ratio, self.corner.y() + top / self.ratio, *size)

    def hit(self, position: QPointF) -> tuple[int, int, int] | None:
        """The map at a point, and row and column of its number there."""
        x, y = ((position - self.corner) * self.ratio).toTuple()
        return self.layout.hit(y, x)


def map_column(
    layer: LayerMaps, corner: tuple[float, float], room: float, ratio: float, least: float = 0.0
) -> MapColumn:
    """The column of a layer from `corner` (left, top) on, `room` high, on a screen of `ratio`.

    It is as wide as its pictures want, or may be `least` wide where that is more.
    """
    pictures = layer.values if layer.values.ndim == 3 else layer.values[:, None, None]
    widest = max(room * (_WIDEST_LOW if room < theme().u(_LOW) else _WIDEST), theme().u(NARROWEST), least)
    squares = round(theme().u(_SQUARE) * ratio), round(theme().u(_SMALLEST) * ratio)
    layout = _fitted(
        pictures.shape, (int(room * ratio), int(widest * ratio)), max(1, round(_GAP * ratio)),
        squares if layer.values.ndim == 1 else None,
    )  # fmt: skip
    name = theme().text_width(f"{layer.number} {layer.title}", "small", 600) + 3
    width = max(layout.size[1] / ratio, theme().u(NARROWEST), min(name, theme().u(_LONGEST_NAME)))
    return MapColumn(layer, pictures, layout, *corner, width, ratio)


@lru_cache(maxsize=1024)
def _fitted(shape: tuple[int, ...], room: tuple[int, int], gap: int, squares: tuple[int, int] | None) -> Layout:
    """How maps (N, H, W) fit into a column. The numbers of a row are squares of at most, and least, so many pixels."""
    count, *size = shape
    layout = fit(count, (size[0], size[1]), room, gap)
    if layout.count < count:
        layout = fit(count, (size[0], size[1]), room, 0)
    return _upright(layout, *squares, room[0]) if squares else layout


def _upright(layout: Layout, square: int, least: int, height: int) -> Layout:
    """The numbers of a row as squares: in one column where that is high enough for all, else in few."""
    room = height + layout.gap
    side = min(square, room // layout.count - layout.gap)
    side = side if side >= least else min(square, layout.grow)
    rows = max(1, min(layout.count, room // (side + layout.gap)))
    columns = -(-layout.count // rows)
    return replace(layout, columns=columns, rows=-(-layout.count // columns), height=side, width=side, grow=side)
