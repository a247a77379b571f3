"""A table of what images are against what was seen in them, as a map with counts; one cell of it is looked at.

matrix.show_counts(counts, names)       counts (K, K), row the class an image is of, column the class seen in it
matrix.current_changed(row, column)     arrows, Home and End or the pointer have moved
matrix.chosen(row, column)              Enter, Space or a click
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from fishlab.ui.numbers import percent_text
from fishlab.ui.theme import Tokens, theme
from fishlab.ui.theme.colormaps import linear, lookup, rgb_from_hex, sequential
from fishlab.ui.widgets.arrows import ARROWS
from fishlab.ui.widgets.gallery_picture import packed

Counts = NDArray[np.intp]
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_WIDEST_NAMES = 0.22  # of the width
_ELIDED = 26  # u: in columns at least so wide names are shortened, in narrower ones some are left out
_GRID = 7  # u: cells at least so large are kept apart by a line
_MOST_COUNTED = 40  # classes: of more, cells have no numbers
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_MIDDLE = 0.179  # black and white both have 4.5 : 1 on a colour of this luminance
_CENTRE, _RIGHT = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ConfusionMatrix(QWidget):
    """What is right, the diagonal, stands back; mistakes are the darker the larger their share of a row is."""

    current_changed = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Counts = np.zeros((0, 0), np.intp)
        self._names: tuple[str, ...] = ()
        self._cell = (0, 0)
        self._image: QImage | None = None
        self._cell_inks: list[list[QColor]] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._on_theme_changed)

    def show_counts(self, counts: Counts, names: Sequence[str]) -> None:
        """Show these; the cell that is looked at stays, where it still is one."""
        if len(counts) != len(self._counts):
            self._cell = worst_cell(counts)
        self._counts, self._names = counts, tuple(names)
        self._image = None
        self._say()
        self.update()

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column of the cell that is looked at."""
        return self._cell

    def look_at(self, row: int, column: int) -> None:
        """Look at another cell; beyond the edge is the last one."""
        last = len(self._counts) - 1
        cell = (min(max(0, row), last), min(max(0, column), last))
        if cell != self._cell and last >= 0:
            self._cell = cell
            self._say()
            self.update()
            self.current_changed.emit(*cell)

    def words(self, row: int, column: int) -> str:
        """Say a cell: '4 seen as 9: 23 of 491 images, 4.68 %'."""
        total = int(self._counts[row].sum())
        share = percent_text(self._counts[row, column] / max(1, total))
        text = self.tr("{label}: {n} of {total} right, {share}") if row == column else self.tr(
            "{label} seen as {seen}: {n} of {total}, {share}"
        )
        return text.format(
            label=self._names[row], seen=self._names[column], n=f"{self._counts[row, column]:,}", total=f"{total:,}",
            share=share,
        )  # fmt: skip

    def _say(self) -> None:
        if len(self._counts):
            self.setAccessibleDescription(self.words(*self._cell))

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(330), theme().px(190))

    def minimumSizeHint(self) -> QSize:
        """Return the least at which a map of ten classes can be read."""
        return QSize(theme().px(150), theme().px(120))

    def _on_theme_changed(self) -> None:
        self._image = None
        self.update()

    # -- where things are ----------------------------------------------------------------------------------------
    def plot(self) -> QRectF:
        """The cells: names stand to the left and above, whole pixels for every cell where there are enough."""
        line = theme().metrics("caption").height()
        widest = max((theme().text_width(name, "caption") for name in self._names), default=0.0)
        left = round(min(widest, self.width() * _WIDEST_NAMES) + theme().u(20))
        top = round((2 if self._titled() else 1) * line + theme().u(2))
        width, height = self.width() - left - theme().u(10), self.height() - top - theme().u(6)
        count = max(1, len(self._counts))
        return QRectF(left, top, _whole(width, count), _whole(height, count))

    def _titled(self) -> bool:
        """Whether there is a line to spare for what rows and columns are."""
        lines = self.height() / theme().metrics("caption").height()
        return lines > len(self._counts) + 3 or len(self._counts) > _MOST_COUNTED

    def rect_of(self, row: int, column: int) -> QRectF:
        """The place of a cell."""
        plot, count = self.plot(), max(1, len(self._counts))
        width, height = plot.width() / count, plot.height() / count
        return QRectF(plot.left() + column * width, plot.top() + row * height, width, height)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The cell under a point."""
        plot, count = self.plot(), len(self._counts)
        if not count or not plot.contains(point):
            return None
        row, column = ((point.y() - plot.top()) / plot.height(), (point.x() - plot.left()) / plot.width())
        return min(count - 1, int(row * count)), min(count - 1, int(column * count))

    # -- painting ------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the map, its names, its numbers where they have room, and the cell that is looked at."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if not len(self._counts):
            return
        plot = self.plot()
        if self._image is None:
            self._colour()
        assert self._image is not None
        painter.drawImage(plot, self._image)
        self._paint_grid(painter, plot)
        painter.setFont(theme().font("caption"))
        self._paint_counts(painter)
        self._paint_names(painter, plot)
        self._paint_current(painter)

    def _paint_current(self, painter: QPainter) -> None:
        """A ring on the ground of the card: it is seen on a cell of any colour."""
        cell, wide = self.rect_of(*self._cell), 2 if self.hasFocus() else 1
        painter.setPen(theme().colour("card"))
        painter.drawRect(cell.adjusted(0.5 + wide, 0.5 + wide, -0.5 - wide, -0.5 - wide))
        painter.setPen(QPen(theme().colour("accent"), wide))
        painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))

    def _colour(self) -> None:
        rgb = cell_colours(self._counts, theme().tokens)
        self._image = packed(np.ascontiguousarray(rgb))
        bright = linear(rgb / 255) @ _LUMINANCE > _MIDDLE
        on = {True: QColor(Qt.GlobalColor.black), False: QColor(Qt.GlobalColor.white)}
        self._cell_inks = [[on[bool(cell)] for cell in row] for row in bright] if len(bright) <= _MOST_COUNTED else []

    def _paint_grid(self, painter: QPainter, plot: QRectF) -> None:
        count = len(self._counts)
        width, height = plot.width() / count, plot.height() / count
        if min(width, height) < theme().u(_GRID):
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawRect(plot)
            return
        painter.setPen(QPen(theme().colour("line"), 1))
        for number in range(count + 1):
            painter.drawLine(QPointF(plot.left() + number * width, plot.top()),
                             QPointF(plot.left() + number * width, plot.bottom()))  # fmt: skip
            painter.drawLine(QPointF(plot.left(), plot.top() + number * height),
                             QPointF(plot.right(), plot.top() + number * height))  # fmt: skip

    def _paint_counts(self, painter: QPainter) -> None:
        cell = self.rect_of(0, 0)
        widest = theme().text_width(f"{self._counts.max():,}", "caption") + 2
        if not self._cell_inks or cell.width() < widest or cell.height() < theme().metrics("caption").capHeight() + 2:
            return
        for row, column in zip(*np.nonzero(self._counts), strict=True):
            painter.setPen(theme().colour("ink2") if row == column else self._cell_inks[row][column])
            painter.drawText(self.rect_of(int(row), int(column)), _CENTRE, f"{self._counts[row, column]:,}")

    def _paint_names(self, painter: QPainter, plot: QRectF) -> None:
        metrics, gap = theme().metrics("caption"), theme().u(5)
        line = metrics.height()
        if self._titled():
            painter.setPen(theme().colour("ink3"))
            painter.drawText(QRectF(plot.left(), 0, plot.width(), line), Qt.AlignmentFlag.AlignLeft, self.tr("seen as"))
            corner = QRectF(0, plot.top() - line - theme().u(1), plot.left() - gap, line)
            painter.drawText(corner, _RIGHT, self.tr("is"))
        row_height, column_width = plot.height() / len(self._counts), plot.width() / len(self._counts)
        for row in _spread(len(self._names), line * 0.8, row_height):
            self._set_ink(painter, row == self._cell[0])
            box = QRectF(theme().u(4), plot.top() + row * row_height, plot.left() - gap - theme().u(4), row_height)
            box.adjust(0, -line, 0, line)
            painter.drawText(box, _RIGHT, _cut(metrics, self._names[row], box.width()))
        for column, width in self._columns(column_width):
            self._set_ink(painter, column == self._cell[1])
            middle = plot.left() + (column + 0.5) * column_width
            box = QRectF(middle - width / 2, plot.top() - line - theme().u(1), width, line)
            painter.drawText(box, _CENTRE, _cut(metrics, self._names[column], width))

    def _columns(self, width: float) -> Iterator[tuple[int, float]]:
        """The columns that are named, and the room that each name has."""
        widest = max(theme().text_width(name, "caption") for name in self._names) + theme().u(6)
        if width >= theme().u(_ELIDED):
            widest = width
        for column in _spread(len(self._names), min(widest, theme().u(60)), width):
            yield column, max(width, min(widest, theme().u(60)))

    def _set_ink(self, painter: QPainter, current: bool) -> None:
        painter.setPen(theme().colour("accent" if current and self.hasFocus() else "ink2"))

    # -- keys and pointer ----------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows, to the ends of a row by Home and End; Enter and Space choose."""
        row, column = self._cell
        if event.key() in _ENTER and len(self._counts):
            self.chosen.emit(row, column)
        elif event.key() in ARROWS:
            down, right = ARROWS[Qt.Key(event.key())]
            self.look_at(row + down, column + right)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.look_at(row, 0 if event.key() == Qt.Key.Key_Home else len(self._counts) - 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at a cell and choose it."""
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell:
            self.look_at(*cell)
            self.chosen.emit(*cell)

    def event(self, event: QEvent) -> bool:
        """Say the cell under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words(*cell) if cell else "", self)
            return True
        return super().event(event)


def cell_colours(counts: Counts, tokens: Tokens) -> NDArray[np.uint8]:
    """The colours (K, K, 3): mistakes by the root of their share of a row, so that small ones are seen too."""
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    np.fill_diagonal(shares, 0.0)
    rgb = lookup(_table(tokens), np.sqrt(shares), 0.0, float(np.sqrt(shares.max())) or 1.0)
    diagonal = np.arange(len(counts))
    rgb[diagonal, diagonal] = np.rint(rgb_from_hex(tokens.hover) * 255)
    return rgb


def worst_cell(counts: Counts) -> tuple[int, int]:
    """Row and column of the most frequent mistake; the first cell where there is none."""
    if not counts.size:
        return 0, 0
    mistakes = counts - np.diag(np.diag(counts))
    row, column = np.unravel_index(int(mistakes.argmax()), counts.shape)
    return int(row), int(column)


@cache
def _table(tokens: Tokens) -> NDArray[np.uint8]:
    return sequential(tokens)


def _whole(room: float, count: int) -> float:
    """Room for `count` cells of whole pixels; where there is less than one for each, all of it."""
    room = max(1.0, room)
    return float(int(room / count) * count) if room >= 4 * count else room


def _spread(count: int, needed: float, room: float) -> range:
    """Which of so many names are written, each of which needs so much where every cell has less room."""
    return range(0, count, max(1, int(np.ceil(needed / max(room, 1e-9)))))


def _cut(metrics: QFontMetricsF, text: str, width: float) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
