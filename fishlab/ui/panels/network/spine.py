"""The spine: the line from card to card at the icons' axis."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from fishlab.ui.panels.network.card import LayerCard
from fishlab.ui.panels.network.card_paint import SPINE_X
from fishlab.ui.panels.network.content import State
from fishlab.ui.theme import theme


def paint_spine(painter: QPainter, cards: Sequence[LayerCard]) -> None:
    """Draw it through the gaps between `cards`, dotted from the first one that fails on."""
    for above, below in pairwise(cards):
        style = Qt.PenStyle.SolidLine if above.content.state is State.FINE else Qt.PenStyle.DotLine
        painter.setPen(QPen(theme().colour("edge"), 1.2, style))
        x = above.x() + theme().u(SPINE_X)
        painter.drawLine(QPointF(x, above.geometry().bottom() + 1), QPointF(x, below.y()))
