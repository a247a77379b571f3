"""A tensor to point at: a plane of coloured cells, with numbers where cells are large enough, one of them pointed at.

view.show_tensor("x", array, "x")       a name that links know, the array, the words for it
view.mark(ranges)                       outline a part of it; None for nothing
view.pointed_at                         (name, place): the pointer or the arrow keys have moved
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.core.layers.base import shape_text
from fishlab.ui.numbers import significant
from fishlab.ui.plots.map_image import Span
from fishlab.ui.plots.stepper.plane import Place, Plane
from fishlab.ui.plots.stepper.tensor_picture import Look, TensorPicture
from fishlab.ui.theme import theme
from fishlab.ui.widgets.arrows import ARROWS

_TURNS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_LINE, _EDGE = 16, 4  # u
LARGEST_CELL = 44  # u


class TensorView(QWidget):
    """Paints one channel of a tensor. Arrows move what is pointed at, Page Up and Page Down turn the channels."""

    pointed_at = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.words, self._missing = "", "", ""
        self.tensor: NDArray[np.floating] | None = None
        self.place: Place | None = None
        self.channel = 0
        self._marks: Sequence[range] | None = None
        self._span = Span(0.0, 1.0)
        self.pixels = False
        self._of: tuple[int, int] | None = None
        self._made: tuple[object, TensorPicture] | None = None
        self.compact = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Tensor"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self._on_theme_changed)

    # -- what is shown -----------------------------------------------------------------------------------------------
    def show_tensor(
        self, name: str, tensor: NDArray[np.floating] | None, words: str, *, missing: str = "", pixels: bool = False,
        like: NDArray[np.floating] | None = None, row: tuple[int, int] | None = None,
    ) -> None:
        """Show this, called `words`; without a tensor `missing` says why.

        `pixels` of an image stay grey. The colours stand for the numbers of `like`, unless that is the tensor itself.
        With `row`, (n, N), it is row n of a tensor of N, and is called so.
        """
        same = tensor is not None and self.tensor is not None and tensor.shape == self.tensor.shape
        if not same or name != self.name:
            self.place, self._marks, self.channel = None, None, 0
        self.name, self.tensor, self.words, self._missing = name, tensor, words, missing
        reference = tensor if like is None else like
        self._span = Span.of(reference) if reference is not None else Span(0.0, 1.0)
        self.pixels, self._of = pixels, row
        self._made = None
        self._describe()
        self.update()

    def mark(self, ranges: Sequence[range] | None) -> None:
        """Outline this part, and turn to a channel that has some of it."""
        if self.tensor is None or ranges is None or len(ranges) != self.tensor.ndim:
            ranges = None
        elif all(len(one) for one in ranges):
            self._turn_to(self._plane().channel_in(ranges, self.channel))
        self._marks = ranges
        self.update()

    def point(self, place: Place | None) -> None:
        """Point at a place without telling anybody; None at nothing."""
        self.place = place
        if place is not None:
            self._turn_to(self._plane().cell(place)[0])
        self._describe()
        self.update()

    def _turn_to(self, channel: int) -> None:
        if channel != self.channel:
            self.channel, self._made = channel, None

    @property
    def marks(self) -> Sequence[range] | None:
        """The part that is outlined."""
        return self._marks

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(180), theme().px(160))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(theme().px(70), theme().px(34))

    def _on_theme_changed(self) -> None:
        self._made = None
        self.updateGeometry()
        self.update()

    # -- words -------------------------------------------------------------------------------------------------------
    def _describe(self) -> None:
        self.setAccessibleName(self.caption())
        self.setAccessibleDescription(self.value_words() if self.tensor is not None else self._missing)

    def caption(self) -> str:
        """'W  (30, 1, 5, 5) float32'."""
        if self.tensor is None:
            return self.words
        sizes = (*(self._of[1:] if self._of else ()), *self.tensor.shape)
        shape = f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"
        return f"{self.words}  {shape} {self.tensor.dtype}"

    def channel_words(self) -> str:
        """'3 of 30', for a tensor of several planes."""
        plane = self._plane()
        if plane.channels < 2:
            return ""
        lead = np.unravel_index(self.channel, plane.shape[:-2])
        at = ", ".join(str(int(index)) for index in lead)
        return self.tr("[{at}] of {sizes}").format(at=at, sizes=shape_text(plane.shape[:-2]))

    def value_words(self) -> str:
        """'W[3, 0, 1, 2] = −0.013', or from where to where all numbers go."""
        if self.tensor is None:
            return ""
        if self.place is None:
            return self._span.words
        at = ", ".join(map(str, (*(self._of[:1] if self._of else ()), *self.place)))
        return f"{self.words}[{at}] = {significant(float(self.tensor[self.place]), 4)}"

    # -- where it lies -----------------------------------------------------------------------------------------------
    def _room(self) -> QRectF:
        line, edge = theme().u(_LINE), theme().u(_EDGE)
        foot = edge if self.compact else line
        return QRectF(edge, line + edge, self.width() - 2 * edge, max(1.0, self.height() - line - edge - foot))

    def _plane(self) -> Plane:
        assert self.tensor is not None
        room = self._room()
        return Plane.of(self.tensor.shape, room.width() / room.height())

    def area(self) -> QRectF:
        """Return where the cells are."""
        room, plane = self._room(), self._plane()
        most, aspect = theme().u(LARGEST_CELL), plane.cell_aspect
        width = min(room.width() / plane.columns, most * (aspect or 2))
        height = min(room.height() / plane.rows, most)
        if aspect:
            height = min(height, width / aspect)
            width = height * aspect
        return QRectF(room.left(), room.top(), width * plane.columns, height * plane.rows)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return where one cell is."""
        area, plane = self.area(), self._plane()
        width, height = area.width() / plane.columns, area.height() / plane.rows
        return QRectF(area.left() + column * width, area.top() + row * height, width, height)

    def place_at(self, position: QPointF) -> Place | None:
        """Return the place in the tensor under a point."""
        if self.tensor is None or not self.area().contains(position):
            return None
        area, plane = self.area(), self._plane()
        column = int((position.x() - area.left()) / area.width() * plane.columns)
        row = int((position.y() - area.top()) / area.height() * plane.rows)
        return plane.place(self.channel, row, column)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the caption, the cells, the marks, and the value pointed at."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        self._paint_caption(painter)
        if self.tensor is None:
            painter.setPen(theme().colour("ink3"))
            flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
            painter.drawText(self._room(), int(flags), self._missing)
            return
        area = self.area()
        self._picture(area).paint(painter, area)
        painter.setPen(QPen(theme().colour("line"), 1))
        painter.drawRect(area)
        self._paint_marks(painter, self._plane())
        if not self.compact:
            foot = QRectF(area.left(), area.bottom() + 1, self._room().width(), theme().u(_LINE))
            painter.setFont(theme().font("caption"))
            painter.setPen(theme().colour("ink" if self.place else "ink3"))
            painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter, self.value_words())

    def _picture(self, area: QRectF) -> TensorPicture:
        """The cells and their numbers as they were last made, as long as nothing about them changes."""
        assert self.tensor is not None
        plane = self._plane()
        key = (self.channel, plane, area.size().toTuple())
        if self._made is None or self._made[0] != key:
            look = Look(self._span, self.pixels)
            self._made = key, TensorPicture.of(self.tensor, plane, self.channel, look, area)
        return self._made[1]

    def _paint_caption(self, painter: QPainter) -> None:
        painter.setFont(theme().font("caption", 600))
        painter.setPen(theme().colour("accent" if self.hasFocus() else "ink"))
        line = QRectF(theme().u(_EDGE), 0, self.width() - 2 * theme().u(_EDGE), theme().u(_LINE))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.words)
        line.setLeft(line.left() + theme().text_width(self.words, "caption", 600) + theme().u(6))
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        if self.tensor is None:
            return
        words = self.caption().removeprefix(self.words).strip()
        channel = self.channel_words()
        both = f"{words}  {channel}" if channel else words
        fitting = (text for text in (both, channel or words) if theme().text_width(text, "caption") <= line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, next(fitting, ""))

    def _paint_marks(self, painter: QPainter, plane: Plane) -> None:
        block = plane.block(self._marks, self.channel) if self._marks is not None else None
        if block is not None:
            first, last = (self.cell_rect(rows, columns) for rows, columns in
                           ((block[0].start, block[1].start), (block[0].stop - 1, block[1].stop - 1)))  # fmt: skip
            self._paint_frame(painter, first.united(last).intersected(QRectF(self.rect())), 2)
        if self.place is not None:
            channel, row, column = plane.cell(self.place)
            if channel == self.channel:
                self._paint_frame(painter, self.cell_rect(row, column), 2 if self.hasFocus() else 1)

    def _paint_frame(self, painter: QPainter, area: QRectF, width: float) -> None:
        """A line that can be seen on any colour: the accent, with the card's colour around it."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outside = area.adjusted(-1, -1, 1, 1)
        for colour, thickness in (("card", width + 2), ("accent", width)):
            painter.setPen(QPen(theme().colour(colour), thickness))
            painter.drawRect(outside)

    # -- pointing ----------------------------------------------------------------------------------------------------
    def _go_to(self, place: Place | None) -> None:
        if place is not None and place != self.place:
            self.point(place)
            self.pointed_at.emit(self.name, place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is under the pointer."""
        self._go_to(self.place_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move what is pointed at, or turn to another channel."""
        key, bare = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if self.tensor is None or not bare or key not in (*ARROWS, *_TURNS):
            super().keyPressEvent(event)
        elif key in _TURNS:
            self.turn(_TURNS[Qt.Key(key)])
        else:
            self._go_to(self._beside(*ARROWS[Qt.Key(key)]))

    def _beside(self, down: int, across: int) -> Place | None:
        """The place next to what is pointed at; without that the one in the middle."""
        plane = self._plane()
        if self.place is None or plane.cell(self.place)[0] != self.channel:
            return plane.place(self.channel, (plane.rows - 1) // 2, (plane.columns - 1) // 2)
        _, row, column = plane.cell(self.place)
        return plane.place(self.channel, row + down, column + across)

    def turn(self, by: int) -> None:
        """Show the channel so many further, and point at the same place in it."""
        plane = self._plane()
        channel = min(max(0, self.channel + by), plane.channels - 1)
        if channel == self.channel:
            return
        place = plane.place(channel, *plane.cell(self.place)[1:]) if self.place is not None else None
        self._turn_to(channel)
        self._go_to(place)
        self._describe()
        self.update()
