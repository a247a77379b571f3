"""A formula with its fraction drawn as one writes it: in letters, then with the numbers put in.

box.set_rows([FormulaRow("OH", "H + 2P − FH", "S", "+ 1", general=True), FormulaRow("24", "28 + 2·0 − 5", "1", "+ 1")])
box.set_rows(rows, bad=True)            the numbers do not work out
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

_PADDING, _ROW_GAP, _SPACE = 12, 14, 8


@dataclass(frozen=True)
class FormulaRow:
    """`left` = `over` / `under` `tail`; without `under` it is a plain line.

    `general` rows are letters, set in italics.
    """

    left: str
    over: str
    under: str = ""
    tail: str = ""
    general: bool = False

    def spoken(self) -> str:
        """Return the row in one line, for a screen reader."""
        right = f"({self.over}) / {self.under}" if self.under else self.over
        return f"{self.left} = {right} {self.tail}".strip()


class FormulaBox(QWidget):
    """A card with rows of a formula, their equals signs under one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FormulaRow, ...] = ()
        self._bad = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set_rows(self, rows: Sequence[FormulaRow], bad: bool = False) -> None:
        """Show `rows`; `bad` marks the box and the rows with numbers."""
        self._rows = tuple(rows)
        self._bad = bad
        self.setAccessibleName("; ".join(row.spoken() for row in rows))
        self.updateGeometry()
        self.update()

    def rows(self) -> tuple[FormulaRow, ...]:
        """Return the rows shown."""
        return self._rows

    def sizeHint(self) -> QSize:
        """Return room for every row."""
        return QSize(round(self._content_width() + 2 * theme().u(_PADDING)), round(self._height()))

    def minimumSizeHint(self) -> QSize:
        """Return the same height for any width: a long formula is drawn smaller."""
        return QSize(theme().px(80), round(self._height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card and the rows, shrunk to the width where they must be."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter)
        padding = theme().u(_PADDING)
        room = self.width() - 2 * padding
        scale = min(1.0, room / max(1.0, self._content_width()))
        painter.translate(padding, self.height() / 2)
        painter.scale(scale, scale)
        y = padding - self._height() / 2
        for row in self._rows:
            self._paint_row(painter, row, y)
            y += _row_height(row) + theme().u(_ROW_GAP)

    def _paint_card(self, painter: QPainter) -> None:
        width = 1.5 if self._bad else 1.0
        painter.setPen(QPen(theme().colour("bad" if self._bad else "line"), width))
        painter.setBrush(theme().colour("bad_pale" if self._bad else "card"))
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), theme().u(6), theme().u(6))

    def _paint_row(self, painter: QPainter, row: FormulaRow, top: float) -> None:
        font, metrics = _font(row), QFontMetricsF(_font(row))
        ink = "ink2" if row.general else ("bad" if self._bad else "ink")
        painter.setFont(font)
        painter.setPen(theme().colour(ink))
        middle = top + _row_height(row) / 2
        base = middle + (metrics.ascent() - metrics.descent()) / 2
        x = self._left_column()
        painter.drawText(QPointF(0, base), row.left)
        painter.drawText(QPointF(x, base), "=")
        x += metrics.horizontalAdvance("=") + theme().u(_SPACE)
        x += self._paint_fraction(painter, row, x, middle, base) + theme().u(_SPACE)
        painter.drawText(QPointF(x, base), row.tail)

    def _paint_fraction(self, painter: QPainter, row: FormulaRow, x: float, middle: float, base: float) -> float:
        metrics = QFontMetricsF(painter.font())
        width = _fraction_width(row)
        if not row.under:
            painter.drawText(QPointF(x, base), row.over)
            return width
        over, under = metrics.horizontalAdvance(row.over), metrics.horizontalAdvance(row.under)
        gap = theme().u(3)
        painter.drawText(QPointF(x + (width - over) / 2, middle - gap - metrics.descent()), row.over)
        painter.drawText(QPointF(x + (width - under) / 2, middle + gap + metrics.ascent() - theme().u(1)), row.under)
        pen = painter.pen()
        painter.setPen(QPen(pen.color(), 1.2))
        painter.drawLine(QPointF(x, middle), QPointF(x + width, middle))
        painter.setPen(pen)
        return width

    def _left_column(self) -> float:
        widest = max((QFontMetricsF(_font(row)).horizontalAdvance(row.left) for row in self._rows), default=0.0)
        return max(theme().u(40), widest + theme().u(_SPACE))

    def _content_width(self) -> float:
        widths = [0.0]
        for row in self._rows:
            metrics = QFontMetricsF(_font(row))
            tail = metrics.horizontalAdvance(row.tail)
            widths.append(metrics.horizontalAdvance("=") + _fraction_width(row) + tail + 2 * theme().u(_SPACE))
        return self._left_column() + max(widths)

    def _height(self) -> float:
        rows = sum(_row_height(row) for row in self._rows)
        return rows + theme().u(_ROW_GAP) * max(0, len(self._rows) - 1) + 2 * theme().u(_PADDING)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _font(row: FormulaRow) -> QFont:
    font = theme().font("body", 400 if row.general else 500)
    font.setItalic(row.general)
    return font


def _row_height(row: FormulaRow) -> float:
    return theme().u(36) if row.under else theme().u(18)


def _fraction_width(row: FormulaRow) -> float:
    metrics = QFontMetricsF(_font(row))
    widest = max(metrics.horizontalAdvance(row.over), metrics.horizontalAdvance(row.under))
    return widest + (theme().u(6) if row.under else 0.0)
