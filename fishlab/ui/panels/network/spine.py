"""The spine: the line from row to row of one stack at its icons' axis."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from fishlab.ui.panels.network.card_paint import spine_x
from fishlab.ui.panels.network.rows import Row, RowKind
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.panels.network.state import State
from fishlab.ui.theme import theme


def paint_spine(painter: QPainter, rows: Sequence[Row], widgets: Mapping[str, StackRow]) -> None:
    """Draw it through the gaps between rows of the same stack, dotted from the first one that fails on."""
    for above, below in pairwise(rows):
        if below.kind is not RowKind.CARD or above.kind is RowKind.BRANCH:
            continue
        upper, lower = widgets[above.uid], widgets[below.uid]
        style = Qt.PenStyle.SolidLine if upper.content.state is State.FINE else Qt.PenStyle.DotLine
        painter.setPen(QPen(theme().colour("edge"), 1.2, style))
        x = lower.x() + theme().u(spine_x(below.depth))
        painter.drawLine(QPointF(x, upper.geometry().bottom() + 1), QPointF(x, lower.y()))
