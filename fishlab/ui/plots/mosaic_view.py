"""Several banks of pictures side by side: the same filters before, now, and their difference. Arrows walk, Enter opens.

view.show_banks([Bank(self.tr("before"), pictures), Bank(self.tr("now"), others)])
view.current_changed, view.opened          the index of a picture, or None
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.numbers import significant
from fishlab.ui.plots.map_image import Floats, Span, coloured, ink_on, mosaic_of, paint_scale
from fishlab.ui.plots.mosaic import GAP, Layout, fit, fit_table
from fishlab.ui.plots.picture_walk import PictureWalk
from fishlab.ui.theme import theme

_TABLE_GAP = 1
_EDGE, _BETWEEN = 12, 20  # u


@dataclass(frozen=True, eq=False)
class Bank:
    """Pictures (N, H, W) under a name. With `columns` they are a table, N / columns rows of so many.

    `total` is how many there would be, where it is more. `span` is what the colours stand for: without one, the numbers
    of these pictures on both sides of zero.
    """

    name: str
    pictures: Floats
    columns: int = 0
    total: int = 0
    span: Span | None = None


class _Drawn(NamedTuple):
    """A mosaic, where it lies, and what it was made of."""

    area: QRectF
    image: QImage
    span: Span


class MosaicView(PictureWalk):
    """Paints the banks, each with its name above and its colours below. A place is the index of a picture in a bank."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banks: Sequence[Bank] = ()
        self._made: dict[int, tuple[object, _Drawn]] = {}
        self._layout: Layout | None = None

    def show_banks(self, banks: Sequence[Bank]) -> None:
        """Show these, of equal shapes, in place of what was there."""
        kept = {index for index, bank in enumerate(banks) if self._same(index, bank)}
        self._made = {index: made for index, made in self._made.items() if index in kept}
        self._banks = banks
        if self.current is not None and (not banks or self.current >= len(banks[0].pictures)):
            self.set_current(None)
        self.update()

    def _same(self, index: int, bank: Bank) -> bool:
        """Whether a bank is as it was: that of the start stays."""
        before = self._banks[index] if index < len(self._banks) else None
        if before is None or (bank.columns, bank.span) != (before.columns, before.span):
            return False
        return np.array_equal(bank.pictures, before.pictures)

    @property
    def shown(self) -> int:
        """How many pictures of a bank have room."""
        return self._layout.count if self._layout else 0

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(400), theme().px(170))

    def sync_theme(self) -> None:
        """Paint everything anew."""
        self._made.clear()
        self.update()

    # -- painting --------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every bank, then the mark."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        line = theme().metrics("caption").height()
        for index, bank in enumerate(self._banks):
            column = self._column(index)
            drawn = self._drawn(index, column, painter.device().devicePixelRatioF())
            self._paint_name(painter, QRectF(column.left(), theme().u(2), column.width(), line), bank)
            painter.drawImage(drawn.area.topLeft(), drawn.image)
            self._paint_numbers(painter, bank, drawn)
            below = QRectF(column.left(), drawn.area.bottom() + theme().u(6), column.width(), line)
            paint_scale(painter, below, drawn.area.center().x(), drawn.span)
            self._paint_mark(painter, drawn)

    def _column(self, index: int) -> QRectF:
        margin, gap = theme().u(_EDGE), theme().u(_BETWEEN)
        width = (self.width() - 2 * margin - gap * (len(self._banks) - 1)) / len(self._banks)
        return QRectF(margin + index * (width + gap), 0, width, self.height())

    def _drawn(self, index: int, column: QRectF, ratio: float) -> _Drawn:
        """The mosaic of a bank, kept while nothing about it changes."""
        line, bank = theme().metrics("caption").height(), self._banks[index]
        top = round(theme().u(6) + line)
        room = (self.height() - top - line - theme().u(14), column.width())
        key = (room, ratio)
        if index not in self._made or self._made[index][0] != key:
            pixels = max(1, int(room[0] * ratio)), max(1, int(room[1] * ratio))
            self._layout = layout = _fitting(bank, pixels, ratio)
            span = bank.span or Span.of(bank.pictures, signed=True)
            image = mosaic_of(_part(bank, layout), span, layout, ratio)
            size = image.deviceIndependentSize()
            area = QRectF(QPointF(round(column.left()), top), size)
            self._made[index] = (key, _Drawn(area, image, span))
        return self._made[index][1]

    def caption(self, bank: Bank) -> str:
        """Return its name, and how many there are where not all have room."""
        layout, count = self._layout, max(len(bank.pictures), bank.total)
        if layout is None or layout.count == count:
            return bank.name
        if bank.columns:
            words = self.tr("{name}, {rows} × {columns} of {all_rows} × {all_columns}")
            return words.format(name=bank.name, rows=layout.rows, columns=layout.columns,
                                all_rows=count // bank.columns, all_columns=bank.columns)  # fmt: skip
        return self.tr("{name}, {n} of {all}").format(name=bank.name, n=f"{layout.count:,}", all=f"{count:,}")

    def _paint_name(self, painter: QPainter, line: QRectF, bank: Bank) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        words = self.caption(bank)
        fits = theme().text_width(words, "caption") <= line.width()
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words if fits else bank.name)

    def _paint_numbers(self, painter: QPainter, bank: Bank, drawn: _Drawn) -> None:
        """The numbers themselves, where a few pictures are so large that they have room."""
        layout = self._layout
        if layout is None or layout.count > 1 or layout.grow / drawn.image.devicePixelRatio() < theme().u(20):
            return
        picture = bank.pictures[0]
        side = layout.grow / drawn.image.devicePixelRatio()
        painter.setFont(theme().font("caption"))
        words = next((texts for digits in (3, 2, 1) if _widest(texts := _texts(picture, digits)) <= side - 2), None)
        if words is None:
            return
        pixels = coloured(picture, drawn.span)
        for (row, column), _ in np.ndenumerate(picture):
            painter.setPen(ink_on(pixels[row, column]))
            cell = QRectF(drawn.area.left() + column * side, drawn.area.top() + row * side, side, side)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words[row][column])

    def _paint_mark(self, painter: QPainter, drawn: _Drawn) -> None:
        place = self._shown_place(self.current)
        if place is None or self._layout is None or self._layout.count == 1:
            return
        painter.setPen(QPen(theme().colour("accent"), 2 if self.hasFocus() else 1))
        painter.drawRect(_cell(self._layout, place, drawn).adjusted(-1.5, -1.5, 1.5, 1.5))

    # -- which picture -----------------------------------------------------------------------------------------------
    def _shown_place(self, index: int | None) -> int | None:
        """The place in the mosaic of a picture of the bank."""
        if index is None or self._layout is None:
            return None
        columns = self._banks[0].columns if self._banks else 0
        if not columns:
            return index if index < self._layout.count else None
        row, column = divmod(index, columns)
        inside = row < self._layout.rows and column < self._layout.columns
        return row * self._layout.columns + column if inside else None

    def _index(self, place: int) -> int:
        """The picture of the bank at a place in the mosaic."""
        columns, layout = self._banks[0].columns, self._layout
        assert layout is not None
        row, column = divmod(place, layout.columns)
        return row * columns + column if columns else place

    def hit(self, position: QPointF) -> tuple[int, int, int] | None:
        """The picture at a point, and row and column of its pixel."""
        for _, drawn in self._made.values():
            if self._layout and drawn.area.contains(position):
                x, y = ((position - drawn.area.topLeft()) * drawn.image.devicePixelRatio()).toTuple()
                hit = self._layout.hit(y, x)
                return hit and (self._index(hit[0]), *hit[1:])
        return None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open what was clicked."""
        hit = self.hit(event.position())
        if hit:
            self.opened.emit(hit[0])

    def beside(self, down: int, over: int) -> int | None:
        """The picture beside the current one, or the first."""
        layout, place = self._layout, self._shown_place(self.current)
        if layout is None:
            return None
        wanted = 0 if place is None else place + down * layout.columns + over
        return self._index(wanted) if 0 <= wanted < layout.count else self.current

    def told(self, index: int, row: int, column: int) -> str:
        """Where in the picture, and the number there in every bank."""
        words = self.tr("Row {row}, column {column}").format(row=row + 1, column=column + 1)
        numbers = (f"{bank.name} {significant(float(bank.pictures[index, row, column]), 3)}" for bank in self._banks)
        return "\n".join([words, *numbers])


def _texts(picture: Floats, digits: int) -> list[list[str]]:
    return [[significant(float(value), digits) for value in row] for row in picture]


def _widest(texts: list[list[str]]) -> float:
    return max(theme().text_width(text, "caption") for row in texts for text in row)


def _fitting(bank: Bank, room: tuple[int, int], ratio: float) -> Layout:
    shape = (bank.pictures.shape[1], bank.pictures.shape[2])
    if not bank.columns:
        return fit(len(bank.pictures), shape, room, round(GAP * ratio))
    return fit_table(len(bank.pictures) // bank.columns, bank.columns, shape, room, max(1, round(_TABLE_GAP * ratio)))


def _part(bank: Bank, layout: Layout) -> Floats:
    """The pictures that have room, in the order of the mosaic."""
    if not bank.columns:
        return bank.pictures[: layout.count]
    _, height, width = bank.pictures.shape
    table = bank.pictures.reshape(-1, bank.columns, height, width)
    return table[: layout.rows, : layout.columns].reshape(-1, height, width)


def _cell(layout: Layout, place: int, drawn: _Drawn) -> QRectF:
    """Where a picture of the mosaic lies."""
    ratio, (top, left) = drawn.image.devicePixelRatio(), layout.corner(place)
    size = layout.width / ratio, layout.height / ratio
    return QRectF(drawn.area.left() + left / ratio, drawn.area.top() + top / ratio, *size)
