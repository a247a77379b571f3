"""The glyph of a card: its output drawn to scale, so that the eye sees the image shrink, deepen and become a row."""

import math

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fishlab.core.layers import Shape

_MOST_SHEETS = 6


def paint_glyph(painter: QPainter, square: QRectF, shape: Shape, rows: int, ink: QColor) -> None:
    """Draw `shape` in `square`; `rows` is the height of the network's input, to which images are scaled."""
    fill = QColor(ink)
    fill.setAlpha(34)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 1))
    painter.setBrush(fill)
    for rect in _sheets(square, shape, rows) if len(shape) == 3 else [_bar(square, shape[0])]:
        painter.drawRoundedRect(rect, square.width() / 20, square.width() / 20)
    painter.restore()


def sheet_count(channels: int) -> int:
    """Return how many sheets stand for `channels`: one for one, then 2 + 1.6 log10 C, at most 6."""
    return 1 if channels == 1 else min(_MOST_SHEETS, round(2 + 1.6 * math.log10(channels)))


def _sheets(square: QRectF, shape: Shape, rows: int) -> list[QRectF]:
    """The sheets from back to front, the whole pile centred."""
    s = square.width()
    high, wide = (s * min(0.66, 0.16 + 0.50 * size / max(1, rows)) for size in shape[1:])
    count = sheet_count(shape[0])
    step = min(s / 15, (s - max(high, wide)) / max(1, count - 1))
    spread = step * (count - 1)
    left = square.center().x() - (wide + spread) / 2
    top = square.center().y() - (high + spread) / 2
    return [QRectF(left + spread - i * step, top + i * step, wide, high) for i in range(count)]


def _bar(square: QRectF, size: int) -> QRectF:
    s = square.width()
    high = s * min(1.0, 0.20 + 0.215 * math.log10(max(1, size)))
    rect = QRectF(0, 0, s / 5, high)
    rect.moveCenter(square.center())
    return rect
