"""What is written over curves: marks of live changes, and the chip beside a crosshair."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from fishlab.ui.theme import theme

_ROWS = 3


def paint_marks(painter: QPainter, area: QRectF, marks: Sequence[tuple[float, str]]) -> None:
    """Draw a dotted line at each x of `marks` with its text to the left, in the first of three rows that is free."""
    metrics = QFontMetricsF(painter.font())
    taken = [area.left()] * _ROWS
    for x, text in marks:
        line = QPen(theme().colour("ink3"), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        line.setDashPattern([2, 3])
        painter.setPen(line)
        painter.drawLine(QLineF(round(x), area.top(), round(x), area.bottom()))
        width, gap = metrics.horizontalAdvance(text), theme().u(5)
        left = x - gap - width if x - gap - width >= area.left() else x + gap
        row = next((row for row in range(_ROWS) if taken[row] <= left), None)
        if row is None or left + width > area.right():
            continue
        taken[row] = max(x, left + width) + gap
        box = QRectF(left, area.top() + theme().u(4) + row * metrics.height(), width + 1, metrics.height())
        painter.fillRect(box, theme().colour("card", 200))
        painter.setPen(theme().colour("ink2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def paint_chip(painter: QPainter, area: QRectF, x: float, lines: Sequence[str]) -> None:
    """Draw `lines` on a card-filled chip beside `x`, at the right of it where there is room."""
    metrics = QFontMetricsF(painter.font())
    padding, gap = theme().u(6), theme().u(8)
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * padding
    height = metrics.height() * len(lines) + padding
    left = x + gap if x + gap + width <= area.right() else x - gap - width
    box = QRectF(max(area.left(), left), area.top() + theme().u(6), width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colour("edge"), 1))
    painter.setBrush(theme().colour("card"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme().u(5), theme().u(5))
    painter.setPen(theme().colour("ink"))
    for row, line in enumerate(lines):
        top = box.top() + padding / 2 + row * metrics.height()
        painter.drawText(
            QRectF(box.left() + padding, top, width, metrics.height()), Qt.AlignmentFlag.AlignVCenter, line
        )
