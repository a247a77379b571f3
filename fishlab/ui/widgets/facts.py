"""Rows of a fact, how it comes about, and its value, as under "What it costs".

facts.set_rows([("Weights", "30·1·5·5 + 30", "780"), ("Output", "batch of 100", "6.9 MB")])
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Step

_ROW, _GAP = 19, 10
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | _MIDDLE


class Facts(QWidget):
    """Painted rows (fact, how, value): the values stand under one another at the right, the hows before them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set_rows(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show `rows`; a how or a value may be empty."""
        self._rows = tuple(rows)
        self.setAccessibleName("; ".join(f"{fact} {value}".strip() for fact, _, value in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for every row."""
        return QSize(theme().px(200), round(theme().u(_ROW) * len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        """Return the same height at the least width: the hows are shortened there."""
        return QSize(theme().px(100), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        values = max((_width(value, "body", 600) for _, _, value in self._rows), default=0.0)
        for index, row in enumerate(self._rows):
            self._paint_row(painter, QRectF(0, index * theme().u(_ROW), self.width(), theme().u(_ROW)), row, values)

    def _paint_row(self, painter: QPainter, rect: QRectF, row: tuple[str, str, str], values: float) -> None:
        fact, how, value = row
        _text(painter, rect, fact, "small", 400, "ink2", _MIDDLE)
        _text(painter, rect, value, "body", 600, "ink", _RIGHT)
        left = _width(fact, "small", 400) + theme().u(_GAP)
        metrics = QFontMetricsF(theme().font("caption"))
        if rect.width() - left - values - theme().u(_GAP) < metrics.horizontalAdvance(how):
            values = _width(value, "body", 600)  # rather out of its column than cut
        middle = rect.adjusted(left, 0, -values - theme().u(_GAP), 0)
        shown = metrics.elidedText(how, Qt.TextElideMode.ElideRight, max(0.0, middle.width()))
        _text(painter, middle, shown, "caption", 400, "ink2", _RIGHT)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _text(
    painter: QPainter, rect: QRectF, text: str, step: Step, weight: int, ink: str, alignment: Qt.AlignmentFlag
) -> None:
    painter.setFont(theme().font(step, weight))
    painter.setPen(theme().colour(ink))
    painter.drawText(rect, alignment, text)


def _width(text: str, step: Step, weight: int) -> float:
    return QFontMetricsF(theme().font(step, weight)).horizontalAdvance(text)
