"""The cells of one channel of a tensor as an image, and the numbers written in them where they have room."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from fishlab.ui.numbers import significant
from fishlab.ui.plots.map_image import Span, coloured, ink_on
from fishlab.ui.plots.stepper.plane import Plane
from fishlab.ui.theme import theme
from fishlab.ui.theme.colormaps import lookup, rgb_from_hex
from fishlab.ui.widgets.gallery_picture import packed

Floats = NDArray[np.floating]
Pixels = NDArray[np.uint8]
Number = tuple[int, int, str, QColor]
_GREY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)  # the pixels of a data set are never coloured
MOST_NUMBERS = 900  # cells with numbers in them
MOST_NUMBERED = 32  # of a row, whose cells say their places too
_WIDE = 72  # u, a cell that has room for both


class Look(NamedTuple):
    """What the colours stand for, and whether they are the grey levels of an image."""

    span: Span
    grey: bool = False

    def pixels(self, values: Floats) -> Pixels:
        """Numbers as pixels (..., 3)."""
        if not self.grey:
            return coloured(values.astype(np.float32), self.span)
        low, high = self.span.low, max(self.span.high, self.span.low + 1e-12)
        return lookup(_GREY, values.astype(np.float64), low, high)


class TensorPicture(NamedTuple):
    """The image, at most about twice as dense as it is seen, and row, column, text and ink of each number."""

    plane: Plane
    image: QImage
    numbers: list[Number]

    @classmethod
    def of(cls, tensor: Floats, plane: Plane, channel: int, look: Look, area: QRectF) -> TensorPicture:
        """One channel of a tensor, to be painted in `area`."""
        values, spare = plane.values(tensor, channel), plane.spare
        down, across = (max(1, int(cells / (2 * room))) for cells, room in
                        ((plane.rows, area.height()), (plane.columns, area.width())))  # fmt: skip
        pixels = look.pixels(values[::down, ::across])
        pixels[spare[::down, ::across]] = np.rint(rgb_from_hex(theme().tokens.card) * 255)
        numbers = _numbers(values, spare, pixels, area.width() / plane.columns, area.height() / plane.rows)
        return cls(plane, packed(np.ascontiguousarray(pixels)), numbers)

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Paint it there."""
        enlarged = area.width() >= self.plane.columns and area.height() >= self.plane.rows
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarged)
        painter.drawImage(area, self.image)
        painter.setFont(theme().font("caption"))
        width, height = area.width() / self.plane.columns, area.height() / self.plane.rows
        numbered = len(self.plane.shape) == 1 and self.plane.shape[0] <= MOST_NUMBERED and width > theme().u(_WIDE)
        for row, column, text, ink in self.numbers:
            cell = QRectF(area.left() + column * width, area.top() + row * height, width, height)
            painter.setPen(ink)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
            if numbered:
                place = f"{row * self.plane.columns + column}"
                painter.drawText(cell.adjusted(theme().u(4), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, place)


def _numbers(values: Floats, spare: NDArray[np.bool_], pixels: Pixels, width: float, height: float) -> list[Number]:
    """Every number, where all of them have room in their cells."""
    if values.size > MOST_NUMBERS or height < theme().metrics("caption").height():
        return []
    places = [(row, column) for row, column in np.ndindex(values.shape) if not spare[row, column]]
    texts = [significant(float(values[place])) for place in places]
    if max(theme().text_width(text, "caption") for text in texts) > width - theme().u(4):
        return []
    return [(*place, text, ink_on(pixels[place])) for place, text in zip(places, texts, strict=True)]
