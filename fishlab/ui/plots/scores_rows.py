"""Precision, recall and F1 of every class as bars with their numbers, painted by hand; a row for each class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.metrics import ClassScore
from fishlab.ui.numbers import percent_text
from fishlab.ui.plots.things import Things, things
from fishlab.ui.theme import theme

Rows = Sequence[tuple[str, ClassScore]]
ROW, _BAR = 15, 7  # u
_WIDEST_NAMES = 0.25  # of the width
_NARROW = 420  # u: below, bars give way to their numbers
_CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_CENTRE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
MOST_SHARED = 3  # classes with the same score that are still told apart from the others


class ScoreRows(QWidget):
    """Columns: name, precision, recall, F1, images. The best and the worst F1 stand out by weight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Rows = ()
        self._things = things(())
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._on_theme_changed)

    def show_rows(self, rows: Rows, kind: Things) -> None:
        """Show these classes in this order, of things of this kind."""
        self._things = kind
        if len(rows) != len(self._rows):
            self.updateGeometry()
        self._rows = rows
        self.update()

    def columns(self) -> tuple[str, str, str, str]:
        """Return the names of the columns behind the class."""
        return self.tr("precision"), self.tr("recall"), self.tr("F1"), self._things.many

    def sizeHint(self) -> QSize:
        """Return the height at which every row can be read."""
        return QSize(theme().px(300), theme().px(8) + round(self.row_height() * (len(self._rows) + 1)))

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the scroll area takes over below."""
        return QSize(theme().px(160), self.sizeHint().height())

    def row_height(self) -> float:
        """Return how high a row is at least."""
        return max(theme().u(ROW), float(theme().metrics("caption").height()))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the head and the rows in sight."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().colour("card"))
        if not self._rows:
            return
        height = min((self.height() - theme().u(8)) / (len(self._rows) + 1), theme().u(24))
        places = self._places()
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        for (left, width), name in zip(places[1:], self.columns(), strict=True):
            align = _CENTRE_RIGHT if name == self.columns()[-1] else _CENTRE_LEFT
            painter.drawText(QRectF(left, 0, width, height), align, name)
        marked = outstanding([score.f1 for _, score in self._rows])
        for index, (name, score) in enumerate(self._rows):
            row = QRectF(0, (index + 1) * height, self.width(), height)
            if row.intersects(QRectF(event.rect())):
                self._paint_row(painter, row, places, name, score, index in marked)

    def _places(self) -> list[tuple[float, float]]:
        """Left and width of each column."""
        u = theme().u
        widest = max(theme().text_width(name, "caption", 600) for name, _ in self._rows)
        names = min(widest + u(4), self.width() * _WIDEST_NAMES)
        images = max(theme().text_width("10,000", "caption"), theme().text_width(self.columns()[3], "caption"))
        first, gap = u(12) + names + u(8), u(12)
        each = max(u(30), (self.width() - first - images - 3 * gap - u(14)) / 3)
        bars = [(first + number * (each + gap), each) for number in range(3)]
        return [(u(12), names), *bars, (self.width() - u(14) - images, images)]

    def _paint_row(
        self,
        painter: QPainter,
        row: QRectF,
        places: list[tuple[float, float]],
        name: str,
        score: ClassScore,
        marked: bool,
    ) -> None:
        painter.setFont(theme().font("caption", 600 if marked else 400))
        boxes = [QRectF(left, row.top(), width, row.height()) for left, width in places]
        painter.setPen(theme().colour("ink"))
        cut = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(boxes[0].width()))
        painter.drawText(boxes[0], _CENTRE_LEFT, cut)
        for box, value in zip(boxes[1:4], (score.precision, score.recall, score.f1), strict=True):
            self._paint_bar(painter, box, value, marked)
        painter.setPen(theme().colour("ink2"))
        painter.drawText(boxes[4], _CENTRE_RIGHT, f"{score.support:,}")

    def _paint_bar(self, painter: QPainter, box: QRectF, value: float, marked: bool) -> None:
        room = theme().text_width("100.0 %", "caption", 600) + theme().u(5)
        painter.setPen(theme().colour("ink" if marked else "ink2"))
        text = box if box.width() < room + theme().u(16) else box.adjusted(box.width() - room, 0, 0, 0)
        painter.drawText(text, _CENTRE_RIGHT, percent_text(value, 1))
        if text is box:
            return
        track = QRectF(box.left(), 0, box.width() - room, theme().u(_BAR))
        track.moveTop(round(box.center().y() - track.height() / 2))
        painter.fillRect(track, theme().colour("band"))
        track.setWidth(track.width() * value)
        painter.fillRect(track, theme().curve(0) if marked else theme().colour("edge"))


def outstanding(f1: list[float]) -> set[int]:
    """The rows with the best and the worst score; of many that share one none stands out."""
    if len(f1) <= 2 or max(f1) == min(f1):
        return set()
    groups = ({row for row, one in enumerate(f1) if one == end} for end in (max(f1), min(f1)))
    return {row for group in groups if len(group) <= MOST_SHARED for row in group}
