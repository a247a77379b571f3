"""One image of a data set, large, with the value of the pixel under the pointer or the keys."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from fishlab.ui.numbers import plain
from fishlab.ui.plots.data_bank import Bank, Pixels, as_image
from fishlab.ui.theme import theme
from fishlab.ui.widgets.arrows import ARROWS
from fishlab.ui.widgets.label import Label

_SIDE, _LINES, _SHARE = 132, 56, 0.42


class ImageDetail(QWidget):
    """The image with what it is, and a line about one pixel: arrows move it, the pointer too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = _Picture(self)
        self.picture.setObjectName("live.data.pixels")
        self.picture.setAccessibleName(self.tr("Value by value"))
        self.words = Label("", "small", 500, elide=True)
        self.pixel = Label("", "caption", 400, "ink2", elide=True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.picture, 1)
        self._column.addWidget(self.words)
        self._column.addWidget(self.pixel)
        self._column.addStretch(0)
        self._room = QSize()
        self.picture.pointed = self._say_pixel
        self._sync()
        theme().changed.connect(self._sync)

    def show_place(self, bank: Bank | None, place: int) -> None:
        """Show the image at a place of a bank, or none."""
        shown = bank is not None and 0 <= place < len(bank)
        self.words.setText(bank.say(place) if shown and bank else "")
        if shown and bank:
            self.picture.show_image(bank.values(place), bank.pixels(place, place + 1)[0])
        else:
            self.picture.show_image(None, None)

    def _say_pixel(self, at: tuple[int, int] | None, values: NDArray[Any] | None) -> None:
        words = ""
        if at is not None and values is not None:
            numbers = ", ".join(value_text(value) for value in values[:, at[0], at[1]])
            words = self.tr("row {row}, column {column}: {value}").format(
                row=at[0] + 1, column=at[1] + 1, value=numbers
            )
        self.pixel.setText(words)
        self.picture.setAccessibleDescription(words)

    def _sync(self) -> None:
        gap = theme().px(6)
        self._column.setContentsMargins(gap, gap, theme().px(10), gap)
        self._column.setSpacing(theme().px(2))
        self.set_room(self._room)

    def set_room(self, room: QSize) -> None:
        """Take a part of it: a square beside the grid, and two lines under it."""
        self._room = room
        lines = theme().px(_LINES)
        side = min(room.height() - lines, round(_SHARE * room.width()))
        side = max(theme().px(_SIDE), side)
        self.picture.setMaximumHeight(side)
        self.setFixedWidth(side + theme().px(16))


def value_text(value: Any) -> str:
    """A grey level as it is, any other number with four digits."""
    return str(int(value)) if isinstance(value, np.integer) else plain(float(f"{float(value):.4g}"))


class _Picture(QWidget):
    """Paints the image as large as it fits, each pixel a square, and a frame round one of them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._values: NDArray[Any] | None = None
        self._image: QImage | None = None
        self._at: tuple[int, int] | None = None
        self.pointed: Any = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, values: NDArray[Any] | None, pixels: Pixels | None) -> None:
        self._values = values
        self._image = None if pixels is None else as_image(pixels)
        inside = self._at is not None and values is not None and np.less(self._at, values.shape[1:]).all()
        self._point(self._at if inside else None)

    def sizeHint(self) -> QSize:
        return QSize(theme().px(_SIDE), theme().px(_SIDE))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(60), theme().px(60))

    def _area(self) -> QRectF:
        """Where the image is: in the middle, in shape."""
        assert self._image is not None
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        scale = min(room.width() / self._image.width(), room.height() / self._image.height())
        width, height = scale * self._image.width(), scale * self._image.height()
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter, area = QPainter(self), self._area()
        painter.drawImage(area, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawRect(area)
        if self._at is not None:
            side = area.width() / self._image.width()
            pixel = QRectF(area.left() + self._at[1] * side, area.top() + self._at[0] * side, side, side)
            painter.setPen(QPen(theme().colour("accent"), 1.5))
            painter.drawRect(pixel)

    def _point(self, at: tuple[int, int] | None) -> None:
        self._at = at
        if self.pointed is not None:
            self.pointed(at, self._values)
        self.update()

    def _pixel_at(self, point: QPointF) -> tuple[int, int] | None:
        if self._image is None or self._values is None or not self._area().contains(point):
            return None
        area, (_, rows, columns) = self._area(), self._values.shape
        row = int((point.y() - area.top()) * rows / area.height())
        return min(row, rows - 1), min(int((point.x() - area.left()) * columns / area.width()), columns - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._pixel_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in ARROWS or self._values is None:
            super().keyPressEvent(event)
            return
        down, across = ARROWS[Qt.Key(event.key())]
        _, rows, columns = self._values.shape
        row, column = self._at or (rows // 2, columns // 2)
        self._point(((row + down) % rows, (column + across) % columns))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point(None)
