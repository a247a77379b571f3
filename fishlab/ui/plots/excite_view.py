"""The images that a unit answers to most: of each the part that it sees, and the chosen one large as a whole."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.core.probes.excite import Excitation
from fishlab.ui.numbers import significant
from fishlab.ui.plots.class_bars import paint_class_bars
from fishlab.ui.theme import theme
from fishlab.ui.theme.tokens import DARK
from fishlab.ui.widgets.gallery_picture import as_picture, grey_range

_EDGE, _BETWEEN, _GAP = 12, 16, 8  # u
_LARGEST, _SMALLEST = 96, 30  # u, of a small picture
_MEANS, _ROOM_FOR_MEANS = 150, 720  # u
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class ExciteView(QWidget):
    """`show_unit` shows the images of one unit; `current` is the rank of the one that stands large, from 0."""

    current_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Excitation | None = None
        self._pictures: list[QImage | None] = []
        self._boxes: list[QRect] = []
        self._key: object = None
        self.unit, self.current = 0, 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme().changed.connect(self.update)

    def show_unit(self, found: Excitation, unit: int) -> None:
        """Show the images of a unit, the strongest large where another unit comes."""
        if (found.uid, unit) != self._key:
            self._key, self.current = (found.uid, unit), 0
        self._found, self.unit = found, unit
        span = grey_range(found.images)
        self._pictures = [as_picture(found.images[place], span) for place in found.places[unit]]
        boxes = found.boxes[unit].tolist()
        self._boxes = [_box(*box, picture) for box, picture in zip(boxes, self._pictures, strict=True)]
        self.current = min(self.current, len(self._pictures) - 1)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(560), theme().px(170))

    # -- where everything lies ---------------------------------------------------------------------------------------
    def _line(self) -> float:
        return theme().metrics("caption").height()

    def _large(self) -> QRectF:
        side = max(theme().u(60), min(self.height() - self._line() - theme().u(14), 0.4 * self.width()))
        return QRectF(theme().u(_EDGE), theme().u(4), side, side)

    def _cells(self) -> tuple[QPointF, float, int]:
        """The corner of the small pictures, their side, and how many stand in a row: as large as all have room."""
        left = self._large().right() + theme().u(_BETWEEN)
        right = self.width() - theme().u(_EDGE) - (theme().u(_MEANS + _BETWEEN) if self._shows_means() else 0)
        gap, line, count = theme().u(_GAP), self._line(), max(1, len(self._pictures))
        side = theme().u(_LARGEST)
        while side > theme().u(_SMALLEST):
            columns = max(1, int((right - left + gap) / (side + gap)))
            if -(-count // columns) * (side + line + theme().u(3)) <= self.height() - theme().u(4):
                break
            side -= 1
        columns = max(1, int((right - left + gap) / (side + gap)))
        rows = -(-count // columns)
        return QPointF(left, theme().u(4)), side, -(-count // rows)  # so that the last row is as full as it can be

    def _cell(self, rank: int) -> QRectF:
        corner, side, columns = self._cells()
        row, column = divmod(rank, columns)
        left = corner.x() + column * (side + theme().u(_GAP))
        return QRectF(left, corner.y() + row * (side + self._line() + theme().u(3)), side, side)

    def _shows_means(self) -> bool:
        return self.width() >= theme().u(_ROOM_FOR_MEANS)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the large one, what is seen of all, and where there is room the mean answer to each class."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        found = self._found
        if found is None or not self._pictures:
            return
        large = self._large()
        self._paint_large(painter, large)
        free = self._cell(len(self._pictures) - 1).bottom() + self._line() < large.bottom()
        line = QRectF(large.topLeft(), large.bottomRight())
        line.setRight(self.width() - theme().u(_EDGE) if free else large.right())
        words = f"{self._large_words(found)} · {found.number} {found.title}" if free else self._large_words(found)
        self._paint_words(painter, line, words, "ink2")
        for rank in range(len(self._pictures)):
            cell = self._cell(rank)
            if cell.top() < self.height():
                self._paint_small(painter, found, rank, cell)
        if self._shows_means():
            self._paint_means(painter, found)

    def _paint_small(self, painter: QPainter, found: Excitation, rank: int, cell: QRectF) -> None:
        picture = self._pictures[rank]
        if picture is not None:
            painter.fillRect(cell, Qt.GlobalColor.black)
            self._paint_picture(painter, cell, picture.copy(self._boxes[rank]))
        chosen = QPen(theme().colour("accent"), 2 if self.hasFocus() else 1.5)
        painter.setPen(chosen if rank == self.current else QPen(theme().colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(cell.adjusted(-1.5, -1.5, 1.5, 1.5))
        name = self._name(rank)
        words = f"{name} · {significant(float(found.values[self.unit, rank]))}"
        fits = theme().text_width(words, "caption") <= cell.width()  # else it runs into that of its neighbour
        self._paint_words(painter, cell, words if fits else name, "ink" if rank == self.current else "ink2")

    def _paint_words(self, painter: QPainter, picture: QRectF, words: str, ink: str) -> None:
        """A line under a picture."""
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour(ink))
        row = QRectF(picture.left(), picture.bottom() + theme().u(2), picture.width() + theme().u(_GAP), self._line())
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(row.width()))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, cut)

    def _paint_picture(self, painter: QPainter, area: QRectF, picture: QImage) -> QRectF:
        """The image in its own colours, as large as it can be; returns where."""
        frame = QRectF(area.topLeft(), picture.size().scaled(area.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio))
        painter.drawImage(frame, picture)
        return frame

    def _paint_large(self, painter: QPainter, area: QRectF) -> None:
        """The chosen image, and round what the unit sees a line: bright in both themes, as images are dark in both."""
        picture, box = self._pictures[self.current], self._boxes[self.current]
        if picture is None:
            return
        frame = self._paint_picture(painter, area, picture)
        if box != picture.rect():
            scale = frame.width() / picture.width()
            corner = frame.topLeft() + QPointF(box.topLeft()) * scale
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(DARK.diverging[2]), 1.5))
            painter.drawRect(QRectF(corner.x(), corner.y(), box.width() * scale, box.height() * scale))

    def _paint_means(self, painter: QPainter, found: Excitation) -> None:
        """The mean answer to the images of each class, as bars from the least to the largest."""
        means = found.means[self.unit]
        low, high = min(0.0, float(np.nanmin(means))), float(np.nanmax(means))
        left, top = self.width() - theme().u(_EDGE + _MEANS), theme().u(4)
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        painter.drawText(QRectF(left, top, theme().u(_MEANS), self._line()), self.tr("mean for each class"))
        top += self._line() + theme().u(4)
        area = QRectF(left, top, theme().u(_MEANS), self.height() - top - theme().u(4))
        paint_class_bars(painter, area, means, found.class_names, (low, high))

    # -- words -------------------------------------------------------------------------------------------------------
    def _name(self, rank: int) -> str:
        assert self._found is not None
        label = int(self._found.labels[self._found.places[self.unit, rank]])
        names = self._found.class_names
        return names[label] if 0 <= label < len(names) else str(label)

    def _large_words(self, found: Excitation) -> str:
        number = int(found.numbers[found.places[self.unit, self.current]])
        words = self.tr("{rank}: image {n}, a {name}")
        return words.format(rank=self.current + 1, n=f"{number:,}", name=self._name(self.current))

    # -- which one ---------------------------------------------------------------------------------------------------
    def set_current(self, rank: int) -> None:
        """Show this one large."""
        if 0 <= rank < len(self._pictures) and rank != self.current:
            self.current = rank
            self.setAccessibleDescription(self._large_words(self._found) if self._found else "")
            self.current_changed.emit(rank)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show what was clicked."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        hit = (rank for rank in range(len(self._pictures)) if self._cell(rank).contains(event.position()))
        self.set_current(next(hit, self.current))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from the strongest to the weakest."""
        columns = self._cells()[2]
        steps = {**_STEPS, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.set_current(self.current + step)


def _box(top: int, left: int, bottom: int, right: int, picture: QImage | None) -> QRect:
    """The part of an image that a unit sees: all of it where that is not known."""
    if top < 0 or picture is None:
        return picture.rect() if picture is not None else QRect()
    return QRect(left, top, right - left, bottom - top)
