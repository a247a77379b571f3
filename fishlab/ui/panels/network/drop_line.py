"""The line that shows where a dragged layer will land, or that it cannot."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from fishlab.ui.panels.network.card_paint import spine_x
from fishlab.ui.theme import theme


def paint_drop_line(painter: QPainter, left: float, right: float, y: float, depth: int, *, refused: bool) -> None:
    """Draw the bar across the rows of a depth with its open circle on their spine; dashed in bad where refused."""
    t = theme()
    ink = t.colour("bad" if refused else "accent")
    pen = QPen(ink, t.u(3), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    if refused:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([2.5, 1.5])
    painter.setPen(pen)
    painter.drawLine(QPointF(left + t.u(2), y), QPointF(right - t.u(2), y))
    painter.setPen(QPen(ink, t.u(2)))
    painter.setBrush(t.colour("panel"))
    painter.drawEllipse(QPointF(left + t.u(spine_x(depth)), y), t.u(5), t.u(5))
