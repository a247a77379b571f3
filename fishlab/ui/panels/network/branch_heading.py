"""The heading of a branch; of an empty one the slot that layers are dropped into."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.branches import branch_place
from fishlab.ui.panels.network.branch_content import BranchContent
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.panels.network.state import State
from fishlab.ui.theme import theme
from fishlab.ui.widgets.explanation import set_explanation

HEADING, SLOT = 20, 34
_PAD, _SLOT_PAD, _RIGHT, _BETWEEN = 6, 12, 8, 8


class BranchHeading(StackRow):
    """Title and output shape in one line. Empty, the line stands in a dashed frame and says what happens there."""

    content: BranchContent

    def __init__(self, content: BranchContent, parent: QWidget) -> None:
        super().__init__(content, parent)
        self._targeted = self._refused = False
        self.can_stand_on()

    def _show_content(self) -> None:
        super()._show_content()
        place = branch_place(self.uid)
        self.setObjectName(f"network.branch.{place.block}.{place.branch}" if place else "network.branch")
        self.setToolTip(self.content.spoken)
        set_explanation(self, self.content.explanation)

    def height_for(self, width: int) -> int:
        """Return the height of a line, or of a slot."""
        return theme().px(SLOT if self.content.empty else HEADING)

    def set_targeted(self, targeted: bool, refused: bool) -> None:
        """As a slot, look like the place where layers would be dropped, or cannot be."""
        targeted = targeted and self.content.empty
        if (targeted, refused) != (self._targeted, self._refused):
            self._targeted, self._refused = targeted, refused
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self.presence)
        self._paint_surface(painter)
        self._paint_words(painter)

    def _paint_surface(self, painter: QPainter) -> None:
        t = theme()
        strong, refused = self._selected or self._targeted, self._targeted and self._refused
        lit = strong or self._flash or self.underMouse()
        if not (lit or self.content.empty):
            return
        edge = QPen(t.colour("bad" if refused else "accent" if strong else "edge"), 1.5 if strong else 1)
        if self.content.empty and (refused or not strong):
            edge.setDashPattern([4, 3])
        painter.setPen(edge if strong or self.content.empty else Qt.PenStyle.NoPen)
        fill = "bad_pale" if refused else "soft" if strong or self._flash else "hover"
        painter.setBrush(t.colour(fill) if lit else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), t.u(5), t.u(5))

    def _paint_words(self, painter: QPainter) -> None:
        """Title, then words, and the shape at the right end where there is room for all of them."""
        t, content = theme(), self.content
        left = t.u(_SLOT_PAD if content.empty else _PAD)
        line = QRectF(left, 0, self.width() - left - t.u(_RIGHT), self.height())
        title = t.text_width(content.title, "caption", 600)
        needed = title + t.text_width(content.words + content.shape, "caption") + 2 * t.u(_BETWEEN)
        ink = "accent" if self._selected else "ink3" if content.state is State.WAITING else "ink2"
        painter.setFont(t.font("caption", 600))
        painter.setPen(t.colour(ink))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, content.title)
        painter.setFont(t.font("caption"))
        painter.setPen(t.colour("ink3"))
        if needed <= line.width():
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, content.shape)
        line.setLeft(line.left() + title + t.u(_BETWEEN))
        shown = t.metrics("caption").elidedText(content.words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
