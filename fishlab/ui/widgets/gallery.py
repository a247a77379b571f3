"""Many small pictures in rows, each with a line of words: arrows move, and only what is in sight is drawn.

gallery.show_pictures(images, places, caption, words)
gallery.current_changed          the place in `images` of the one that is looked at, or None
gallery.chosen                   the place of one that Enter, Space or a double click chose

Qt's own list view lays out every item, which thousands of pictures that change while a network learns cannot wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from fishlab.core.data.dataset import Values
from fishlab.ui.theme import theme
from fishlab.ui.widgets.gallery_picture import Range, grey_range, paint_thumbnail

Say = Callable[[int], str]
SIDE = 56  # u
_GROWTHS, _ROWS = (2.0, 1.5), 4
_BY_KEY = (
    Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


def _silent(_place: int) -> str:
    return ""


class Gallery(QAbstractScrollArea):
    """Shows some of the images of a set, in the order in which their places are given."""

    current_changed = Signal(object)
    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None, *, side: float = SIDE) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._images: Values = np.empty((0, 1, 1, 1), np.uint8)
        self._black_white: Range = (0.0, 255.0)
        self._places: NDArray[np.intp] = np.empty(0, np.intp)
        self._caption, self._words = _silent, _silent
        self._row: int | None = None  # among the places
        self._side = side
        self._empty_words = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focus_ring", True)
        self.viewport().setAutoFillBackground(False)
        theme().changed.connect(self._on_theme_changed)

    # -- what is shown -------------------------------------------------------------------------------------------
    def show_pictures(
        self, images: Values, places: NDArray[np.intp], caption: Say = _silent, words: Say = _silent
    ) -> None:
        """Show the images at these places; `caption` says a line below one, `words` all about it.

        Whatever was looked at stays so, if it is still among them.
        """
        before = self.current()
        if images is not self._images:
            self._images, self._black_white = images, grey_range(images)
        self._places, self._caption, self._words = places, caption, words
        again = np.flatnonzero(places == before) if before is not None else places[:0]
        self._row = int(again[0]) if len(again) else None
        self._lay_out()
        self._say()
        self.viewport().update()
        if self.current() != before:
            self.current_changed.emit(self.current())

    def set_empty_words(self, words: str) -> None:
        """Say this where there is no picture."""
        self._empty_words = words
        self.viewport().update()

    def count(self) -> int:
        """Return how many pictures there are."""
        return len(self._places)

    def places(self) -> NDArray[np.intp]:
        """Return where in the images they are."""
        return self._places

    def current(self) -> int | None:
        """Return the place of the one that is looked at."""
        return None if self._row is None else int(self._places[self._row])

    def look_at(self, row: int) -> None:
        """Look at another, counted from the first; beyond the ends is the first or the last."""
        if not self.count():
            return
        row = min(max(0, row), self.count() - 1)
        self._reveal(row)
        if row != self._row:
            self._row = row
            self._say()
            self.viewport().update()
            self.current_changed.emit(self.current())

    def _say(self) -> None:
        current = self.current()
        self.setAccessibleDescription("" if current is None else self._words(current))

    # -- where they are ------------------------------------------------------------------------------------------
    def side(self) -> float:
        """Return the side of a picture in u: twice or half as much again where several rows of such have room."""
        room = self.viewport().height()
        growths = (growth for growth in _GROWTHS if _cell(growth * self._side).height() * _ROWS <= room)
        return self._side * next(growths, 1.0)

    def cell_size(self) -> QSize:
        """Return the room of one picture with its line."""
        return _cell(self.side())

    def columns(self) -> int:
        """Return how many stand side by side."""
        return max(1, self.viewport().width() // self.cell_size().width())

    def rect_of(self, row: int) -> QRect:
        """Return where a picture is, in the viewport."""
        cell = self.cell_size()
        down, across = divmod(row, self.columns())
        return QRect(
            across * cell.width(), down * cell.height() - self.verticalScrollBar().value(), cell.width(), cell.height()
        )

    def row_at(self, point: QPointF) -> int | None:
        """Return which picture is there, counted from the first."""
        cell, columns = self.cell_size(), self.columns()
        across = int(point.x()) // cell.width()
        row = (int(point.y()) + self.verticalScrollBar().value()) // cell.height() * columns + across
        return row if 0 <= across < columns and 0 <= row < self.count() else None

    def _lay_out(self) -> None:
        bar, cell, room = self.verticalScrollBar(), self.cell_size(), self.maximumViewportSize()
        without_bar = self._height(max(1, room.width() // cell.width()))  # a bar in sight must not be its own reason
        height = without_bar if without_bar <= room.height() else self._height(self.columns())
        bar.setRange(0, max(0, height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, cell.height() // 3))

    def _height(self, columns: int) -> int:
        return -(-self.count() // columns) * self.cell_size().height()

    def _reveal(self, row: int) -> None:
        rect, bar = self.rect_of(row), self.verticalScrollBar()
        beyond = max(0, rect.bottom() + 1 - self.viewport().height())
        bar.setValue(bar.value() + (rect.top() if rect.top() < 0 else beyond))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many side by side as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Return room for two rows of four."""
        cell = _cell(self._side)
        return QSize(4 * cell.width() + theme().px(12), 2 * cell.height())

    def minimumSizeHint(self) -> QSize:
        """Return room for one."""
        return _cell(self._side) + QSize(theme().px(12), 0)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self._lay_out()
        self.viewport().update()

    # -- painting ------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().colour("card"))
        if not self.count():
            painter.setFont(theme().font("small"))
            painter.setPen(theme().colour("ink2"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), flags, self._empty_words)
        cell, columns = self.cell_size(), self.columns()
        offset = self.verticalScrollBar().value()
        first, side = offset // cell.height() * columns, theme().u(self.side())
        last = min(self.count(), (-(-(offset + self.viewport().height()) // cell.height())) * columns)
        for row in range(first, last):
            place, chosen = int(self._places[row]), row == self._row
            paint_thumbnail(
                painter, self.rect_of(row), side, self._images[place], self._black_white,
                self._caption(place), chosen=chosen,
            )  # fmt: skip

    # -- keys and pointer ----------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows, by pages and to the ends; Enter and Space choose."""
        row, columns = -1 if self._row is None else self._row, self.columns()
        page = columns * max(1, self.viewport().height() // self.cell_size().height())
        steps = {
            Qt.Key.Key_Left: row - 1, Qt.Key.Key_Right: row + 1,
            Qt.Key.Key_Up: row - columns if row >= columns else row, Qt.Key.Key_Down: row + columns,
            Qt.Key.Key_PageUp: row - page, Qt.Key.Key_PageDown: row + page,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.count() - 1,
        }  # fmt: skip
        key = Qt.Key(event.key()) if event.key() in [*steps, *_ENTER] else None
        current = self.current()
        if key in steps and self.count():
            self.look_at(max(0, steps[key]))
        elif key in _ENTER and current is not None:
            self.chosen.emit(current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Look at the first where a key came here and none is looked at."""
        super().focusInEvent(event)
        if self._row is None and event.reason() in _BY_KEY:
            self.look_at(0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at the one under the pointer."""
        row = self.row_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.look_at(row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The press did it."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        current = self.current()
        if self.row_at(event.position()) is not None and current is not None:
            self.chosen.emit(current)

    def viewportEvent(self, event: QEvent) -> Any:
        """Say all about the one under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._words(int(self._places[row])) if row is not None else "", self)
            return True
        return super().viewportEvent(event)


def _cell(side: float) -> QSize:
    """The room of a picture of this side, in u, with its line."""
    pixels, line = theme().px(side), round(theme().metrics("caption").height())
    return QSize(pixels + theme().px(8), pixels + line + theme().px(8))
