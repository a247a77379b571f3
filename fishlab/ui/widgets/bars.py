"""Probabilities of the classes as bars, the answer in the accent colour.

bars.set_values([0.0, 0.1, ...])        one number 0..1 per class, or None while there is nothing to say
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.numbers import answer_text
from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Step

_ROW, _BAR = 19.5, 10
_MOST_ROWS = 12
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ProbabilityBars(QWidget):
    """One row per class: name, bar, percent. The largest is the answer."""

    def __init__(self, names: Sequence[str] = tuple("0123456789"), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = tuple(names)
        self._values: tuple[float, ...] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # it stands on a card
        self.setAccessibleName(self.summary())
        theme().changed.connect(self._on_theme_changed)

    def set_values(self, values: Sequence[float] | None) -> None:
        """Show `values`, one per name, or empty bars."""
        told = None if values is None or len(values) != len(self._names) else tuple(float(value) for value in values)
        if told == self._values:
            return
        self._values = told
        self.setAccessibleName(self.summary())
        self.update()

    def set_names(self, names: Sequence[str]) -> None:
        """Have a bar for each of these classes; what was shown of others is gone."""
        if tuple(names) == self._names:
            return
        self._names, self._values = tuple(names), None
        self.setAccessibleName(self.summary())
        self.updateGeometry()
        self.update()

    def table(self) -> list[tuple[str, float | str]]:
        """Return each class with its probability, empty while there is none."""
        return list(zip(self._names, self._values or [""] * len(self._names), strict=True))

    def answer(self) -> int | None:
        """Return the row of the largest value, or None while there is none."""
        if not self._values:
            return None
        return max(range(len(self._values)), key=self._values.__getitem__)

    def summary(self) -> str:
        """Return the answer and its probability in words."""
        answer = self.answer()
        if answer is None or self._values is None:
            return self.tr("No answer yet")
        return f"{self._names[answer]}: {answer_text(self._values, answer)}"

    def sizeHint(self) -> QSize:
        """Return a comfortable size for every row."""
        return QSize(theme().px(170), round(theme().u(_ROW) * len(self._rows())))

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which rows stay apart."""
        return QSize(theme().px(120), round(theme().u(15) * len(self._rows())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows from the top."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        rows = self._rows()
        height = min(theme().u(_ROW), self.height() / max(1, len(rows)))
        answer = self.answer()
        for place, index in enumerate(rows):
            self._paint_row(painter, index, QRectF(0, place * height, self.width(), height), index == answer)

    def _rows(self) -> Sequence[int]:
        """The classes in sight: all of them, or of very many those with the largest values."""
        classes = range(len(self._names))
        if len(classes) <= _MOST_ROWS or self._values is None:
            return classes[:_MOST_ROWS]
        return sorted(sorted(classes, key=self._values.__getitem__, reverse=True)[:_MOST_ROWS])

    def _paint_row(self, painter: QPainter, index: int, row: QRectF, chosen: bool) -> None:
        step: Step = "body" if len(self._names) <= 10 and row.height() >= theme().u(16) else "small"
        weight = 600 if chosen else 400
        widest = max(theme().text_width(self._names[shown], step, weight) for shown in self._rows())
        name_width = min(widest + theme().u(10), row.width() * 0.45)
        value_width = theme().text_width("100.0 %", "body", 600) + theme().u(6)
        painter.setFont(theme().font(step, weight))
        painter.setPen(theme().colour("ink" if chosen else "ink2"))
        cut = painter.fontMetrics().elidedText(self._names[index], Qt.TextElideMode.ElideRight, round(name_width) - 2)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, cut)
        track = QRectF(row.left() + name_width, 0, row.width() - name_width - value_width, theme().u(_BAR))
        track.moveTop(round(row.center().y() - track.height() / 2))
        painter.fillRect(track, theme().colour("band"))
        if self._values is not None:
            value = min(1.0, max(0.0, self._values[index]))
            filled = QRectF(track.topLeft(), track.size())
            filled.setWidth(track.width() * value)
            painter.fillRect(filled, theme().colour("accent" if chosen else "edge"))
            painter.drawText(row, _RIGHT, answer_text(self._values, index))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
