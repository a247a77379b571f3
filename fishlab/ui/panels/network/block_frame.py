"""The inset frame that says where a block begins and ends. Blocks within blocks alternate between two surfaces."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from fishlab.ui.branches import end_key
from fishlab.ui.panels.network.rows import Row
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import theme

_SURFACES = ("bench", "panel")


def paint_frames(painter: QPainter, rows: Sequence[Row], widgets: Mapping[str, StackRow]) -> None:
    """Draw a frame from the card of every open block to its end, where these are right now."""
    t = theme()
    for row in rows:
        if not row.opens:
            continue
        card, end = widgets[row.uid], widgets[end_key(row.uid)]
        painter.setOpacity(card.presence)
        plain = QPen(t.colour("edge" if t.high_contrast else "line"), 1)
        painter.setPen(QPen(t.colour("accent"), 1.5) if card.selected else plain)
        painter.setBrush(t.colour(_SURFACES[row.depth % len(_SURFACES)]))
        frame = QRectF(card.geometry()).united(QRectF(end.geometry()))
        painter.drawRoundedRect(frame.adjusted(0.75, 0.75, -0.75, -0.75), t.u(6), t.u(6))
    painter.setOpacity(1.0)
