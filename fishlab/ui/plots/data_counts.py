"""How many images there are: the parts of the set as one bar, and under it a bar for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.core.data.overview import Overview
from fishlab.ui.numbers import percent_text
from fishlab.ui.theme import theme

_BAR, _MOST = 14, 36.0  # u: height of the split, width of a class
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


class CountBars(QWidget):
    """Shows the counts of an `Overview`. Left and right go from class to class; `pointed(row)` says which, or −1."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Overview | None = None
        self._tests: Overview | None = None
        self.names: tuple[str, ...] = ()
        self.rows = np.zeros((0, 0), np.intp)  # how many of each class: to learn, to validate and, unsealed, to test
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    def show_counts(self, found: Overview | None, tests: Overview | None = None) -> None:
        """Show these counts, those of the images to test too where they are unsealed, or nothing."""
        self._found, self._tests, self._current = found, tests, -1
        parts = [one for one in (found, tests) if one is not None]
        self.names = max((one.class_names for one in parts), key=len, default=())
        wide = [np.pad(one.counts, ((0, 0), (0, len(self.names) - one.counts.shape[1]))) for one in parts]
        self.rows = np.concatenate(wide) if wide else np.zeros((0, 0), np.intp)
        self.update()

    def current(self) -> int:
        """The class that is pointed at, or −1."""
        return self._current

    def parts(self) -> list[tuple[str, int]]:
        """The parts of the set, each with how many are in it."""
        if self._found is None:
            return []
        learn, validate = (int(row.sum()) for row in self._found.counts)
        unused = len(self._found.images) - learn - validate
        named = [(self.tr("to learn"), learn), (self.tr("to validate"), validate),
                 (self._test_words(), self._found.tests), (self.tr("not used"), unused)]  # fmt: skip
        return [(name, count) for name, count in named if count]

    def _test_words(self) -> str:
        return self.tr("to test") if self._tests is not None else self.tr("to test, sealed")

    def words(self, row: int) -> str:
        """What is known of a class."""
        if not 0 <= row < len(self.names):
            return ""
        learn, validate, *test = (f"{count:,}" for count in self.rows[:, row].tolist())
        share = percent_text(int(self.rows[0, row]) / max(1, int(self.rows[0].sum())), 1)
        words = self.tr("{name}: {learn} to learn, {share} of them all; {validate} to validate")
        if test:
            words = self.tr("{name}: {learn} to learn, {share} of them all; {validate} to validate; {test} to test")
        return words.format(name=self.names[row], learn=learn, share=share, validate=validate, test="".join(test))

    def sizeHint(self) -> QSize:
        """Room for ten classes."""
        return QSize(theme().px(420), theme().px(160))

    # -- paint -------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the split at the top, and the classes on the rest."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._found is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_split(painter, self._split_area())
        self._paint_classes(painter)

    def _split_area(self) -> QRectF:
        return QRectF(theme().u(12), theme().u(8), self.width() - theme().u(24), theme().u(_BAR))

    def _paint_split(self, painter: QPainter, area: QRectF) -> None:
        parts = self.parts()
        total = sum(count for _, count in parts)
        x, line = area.left(), theme().metrics("caption").height()
        legend = area.left()
        painter.setFont(theme().font("caption"))
        for name, count in parts:
            width = area.width() * count / total
            colour = self._colour(name)
            painter.fillRect(QRectF(x, area.top(), max(1.0, width - 1), area.height()), colour)
            x += width
            words = f"{count:,} {name}"
            box = QRectF(legend, area.bottom() + theme().u(5), theme().u(8), theme().u(8))
            painter.fillRect(box, colour)
            painter.setPen(theme().colour("ink2"))
            room = QRectF(box.right() + theme().u(5), area.bottom() + theme().u(2), self.width(), line)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
            legend = room.left() + theme().text_width(words, "caption") + theme().u(14)

    def _colour(self, name: str) -> QColor:
        """The colour of a part, as its curve has it."""
        roles = [self.tr("to learn"), self.tr("to validate"), self._test_words()]
        return theme().curve(roles.index(name)) if name in roles else theme().colour("line")

    def _area(self) -> QRectF:
        """Where the bars of the classes stand."""
        top = self._split_area().bottom() + 2 * theme().metrics("caption").height() + theme().u(12)
        bottom = self.height() - theme().metrics("caption").height() - theme().u(6)
        return QRectF(theme().u(12), top, self.width() - theme().u(24), max(1.0, bottom - top))

    def _pitch(self) -> float:
        """From one bar to the next."""
        return self._area().width() / len(self.names)

    def _paint_classes(self, painter: QPainter) -> None:
        area, pitch, names = self._area(), self._pitch(), self.names
        most = max(1, int(self.rows.sum(axis=0).max()))
        width = max(1.0, min(theme().u(_MOST), pitch * 0.8))
        step = self._label_step(names, pitch)
        painter.setPen(QPen(theme().colour("edge"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        for row in range(len(names)):
            left = area.left() + row * pitch
            self._paint_bar(painter, QRectF(left + (pitch - width) / 2, area.top(), width, area.height()), row, most)
            if row % step == 0:
                self._paint_label(painter, QRectF(left, area.bottom(), pitch * step, 0), row, pitch)

    def _label_step(self, names: Sequence[str], pitch: float) -> int:
        """Every how manieth class is named."""
        widest = max(theme().text_width(name, "caption") for name in names[:64])
        wanted = min(widest + theme().u(4), theme().u(48))
        return max(1, -(-int(wanted) // max(1, int(pitch))))

    def _paint_bar(self, painter: QPainter, room: QRectF, row: int, most: int) -> None:
        bottom = room.bottom()
        for part, count in enumerate(self.rows[:, row].tolist()):
            height = room.height() * count / most
            if count:
                bar = QRectF(room.left(), bottom - max(1.0, height), room.width(), max(1.0, height))
                painter.fillRect(bar, theme().curve(part))
                bottom -= height
        self._paint_count(painter, room, bottom, row)

    def _paint_count(self, painter: QPainter, room: QRectF, top: float, row: int) -> None:
        words = f"{int(self.rows[:, row].sum()):,}"
        line = theme().metrics("caption").height()
        if row == self._current:
            painter.setPen(QPen(theme().colour("accent"), 2 if self.hasFocus() else 1.5))
            painter.drawRect(QRectF(room.left(), top, room.width(), room.bottom() - top).adjusted(-2, -2, 2, 1))
        if theme().text_width(words, "caption") <= self._pitch():
            painter.setPen(theme().colour("ink2"))
            middle = room.center().x() - self._pitch()
            painter.drawText(QRectF(middle, top - line - 1, 2 * self._pitch(), line), _CENTRE, words)

    def _paint_label(self, painter: QPainter, place: QRectF, row: int, pitch: float) -> None:
        metrics, step_room = theme().metrics("caption"), place.width()
        name = metrics.elidedText(self.names[row], Qt.TextElideMode.ElideRight, step_room - theme().u(2))
        painter.setPen(theme().colour("ink" if row == self._current else "ink2"))
        left = place.left() + (pitch - step_room) / 2
        if step_room > pitch:
            left = place.left() + pitch / 2 - metrics.horizontalAdvance(name) / 2 - theme().u(1)
        room = QRectF(left, place.top() + theme().u(2), step_room, metrics.height())
        painter.drawText(room, _CENTRE if step_room <= pitch else Qt.AlignmentFlag.AlignVCenter, name)

    # -- keys and pointer --------------------------------------------------------------------------------------------
    def _go(self, row: int) -> None:
        if row != self._current:
            self._current = row
            self.pointed.emit(row)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the class there."""
        self._go(self._row_at(event.position()))

    def _row_at(self, point: QPointF) -> int:
        if self._found is None or point.y() < self._area().top() - theme().u(16):
            return -1
        row = int((point.x() - self._area().left()) // self._pitch())
        return row if 0 <= row < len(self.names) else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next class, or the one before."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if self._found is None or event.key() not in moves:
            super().keyPressEvent(event)
            return
        last = len(self.names) - 1
        self._go(min(last, max(0, self._current + moves[Qt.Key(event.key())])))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the first class."""
        super().focusInEvent(event)
        if self._current < 0 and self._found is not None:
            self._go(0)
