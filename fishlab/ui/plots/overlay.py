"""What is written over curves: marks of live changes, and the chip beside a crosshair."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from fishlab.ui.theme import theme

Marks = Sequence[tuple[float, str]]


def paint_marks(painter: QPainter, area: QRectF, marks: Marks) -> None:
    """Draw a dotted line at each x of `marks`, and its text beside it."""
    if not marks:
        return
    line = QPen(theme().colour("ink3"), 1, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    line.setDashPattern([2, 3])
    painter.setPen(line)
    for x in {round(x) for x, _ in marks}:
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
    painter.setPen(theme().colour("ink2"))
    for (_, text), box in zip(marks, mark_boxes(QFontMetricsF(painter.font()), area, marks), strict=True):
        if box is not None and text:
            painter.fillRect(box, theme().colour("card", 200))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def mark_boxes(metrics: QFontMetricsF, area: QRectF, marks: Marks) -> list[QRectF | None]:
    """Where the texts stand: left of their line, else right of it, else across; each in the first row that is free.

    None for no text, for one wider than the area, and where every row is taken.
    """
    gap, height = theme().u(5), metrics.height()
    rows = max(1, int((area.height() - theme().u(4)) / height))
    taken: list[QRectF] = []
    boxes: list[QRectF | None] = []
    for x, text in marks:
        if not text:
            boxes.append(None)
            continue
        width = metrics.horizontalAdvance(text) + 1
        places = [QRectF(left, 0, width, height) for left in _sides(area, x, width, gap)]
        tops = [area.top() + theme().u(4) + row * height for row in range(rows)]
        free = (box.translated(0, top) for top in tops for box in places)
        found = next((box for box in free if not any(box.intersects(other) for other in taken)), None)
        boxes.append(found)
        if found is not None:
            taken.append(found.adjusted(-gap, 0, gap, 0))
    return boxes


def _sides(area: QRectF, x: float, width: float, gap: float) -> list[float]:
    """The left edges at which a text of `width` may stand for a line at `x`, best first."""
    if width > area.width():
        return []
    sides = [left for left in (x - gap - width, x + gap) if area.left() <= left <= area.right() - width]
    return sides or [min(max(x - width / 2, area.left()), area.right() - width)]


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
