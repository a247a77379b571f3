"""The end of a block, where its branches meet again: a sign on the spine and what it does."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.panels.network.branch_content import EndContent, Sign
from fishlab.ui.panels.network.card_paint import spine_x, text_x
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.panels.network.state import State
from fishlab.ui.theme import theme

HIGH = 26
_RADIUS, _ARM, _RIGHT = 8.5, 4, 8


class BlockEnd(StackRow):
    """A circle with a plus, or with two bars one behind the other, and a few words."""

    content: EndContent

    def __init__(self, content: EndContent, parent: QWidget) -> None:
        super().__init__(content, parent)
        self.setObjectName(f"network.end.{content.uid.split()[-1]}")

    def height_for(self, width: int) -> int:
        """Return the height of its line."""
        return theme().px(HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw sign and words."""
        t = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self.presence)
        self._paint_sign(painter, QPointF(t.u(spine_x(self.content.depth)), self.height() / 2))
        left = t.u(text_x(self.content.depth))
        line = QRectF(left, 0, self.width() - left - t.u(_RIGHT), self.height())
        painter.setFont(t.font("caption"))
        painter.setPen(t.colour("ink3" if self.content.state is State.WAITING else "ink2"))
        shown = t.metrics("caption").elidedText(self.content.words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_sign(self, painter: QPainter, centre: QPointF) -> None:
        t = theme()
        ink = t.colour("edge" if self.content.state is State.WAITING else "ink2")
        painter.setPen(QPen(ink, 1.2))
        painter.setBrush(t.colour("card"))
        painter.drawEllipse(centre, t.u(_RADIUS), t.u(_RADIUS))
        painter.setPen(QPen(ink, t.u(1.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        arm = t.u(_ARM)
        if self.content.sign is Sign.SUM:
            across, down = QPointF(arm, 0), QPointF(0, arm)
            painter.drawLines([QLineF(centre - across, centre + across), QLineF(centre - down, centre + down)])
        else:
            half = QPointF(arm, 0)
            for offset in (-arm / 1.6, 0.0, arm / 1.6):
                middle = centre + QPointF(0, offset)
                painter.drawLine(QLineF(middle - half, middle + half))
