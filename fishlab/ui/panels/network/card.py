"""One card of the stack: a widget that paints a layer's name, numbers, shape and glyph."""

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import Repair
from fishlab.ui.panels.network.card_paint import CardLook, paint_card
from fishlab.ui.panels.network.content import CardContent
from fishlab.ui.panels.network.name_edit import NameEdit
from fishlab.ui.panels.network.problem_box import ProblemBox
from fishlab.ui.theme import FLASH, animate, theme

HEAD, COMPACT_HEAD = 48, 44
_PLACE_WHILE_DRAGGED = 0.4


class LayerCard(QWidget):
    """The card of one layer, of the Input or of the loss.

    Mouse presses go through to the stack, which owns the gestures. `renamed(uid, name)` and
    `repair_requested(uid, Repair)` say what a person did on the card itself.
    """

    renamed = Signal(str, str)
    repair_requested = Signal(str, object)

    def __init__(self, content: CardContent, rows: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.uid = content.uid
        self._rows = rows
        self._head = HEAD
        self._selected = self._faded = False
        self._flash, self._arrival = 0.0, 1.0
        self._problem_box: ProblemBox | None = None
        self._editor: NameEdit | None = None
        self.setProperty("focus_ring", True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.content = content
        self._show_content()

    # -- what it shows
    def set_content(self, content: CardContent, rows: int) -> None:
        """Show `content`; the glyph is scaled to an input of `rows`."""
        if content != self.content or rows != self._rows:
            self.content, self._rows = content, rows
            self._show_content()
            self.update()

    def _show_content(self) -> None:
        self.setObjectName(f"network.card.{self.uid}")
        self.setAccessibleName(self.content.spoken)
        self.setToolTip(self.content.help)
        self.setWhatsThis(self.content.help)
        self._sync_problem(self.content)

    def set_selected(self, selected: bool) -> None:
        """Look selected, or not."""
        if selected != self._selected:
            self._selected = selected
            self.setAccessibleDescription(self.tr("selected") if selected else "")
            self.update()

    def set_faded(self, faded: bool) -> None:
        """Look like the old place of a card that is being dragged."""
        self._faded = faded
        self.update()

    def set_head(self, head: int) -> None:
        """Take another height of the part every card has, in u."""
        self._head = head
        self._place_problem()
        self.update()

    def set_arrival(self, share: float) -> None:
        """Be this much there: 0 nothing, 1 all of it."""
        self._arrival = share
        self.update()

    def flash(self) -> None:
        """Show that undo or redo changed this card."""
        animate(self, self._set_flash, 1.0, 0.0, FLASH)

    def height_for(self, width: int) -> int:
        """Return the height it needs at `width`."""
        below = self._problem_box.heightForWidth(width) if self._problem_box else 0
        return theme().px(self._head) + below

    # -- rename
    def start_rename(self) -> None:
        """Put a line to type a name in over the name."""
        if self._editor is None:
            self._editor = NameEdit(self.content.title, self)
            self._editor.setGeometry(self._editor_rect())
            self._editor.finished.connect(self._on_editor_finished)
            self._editor.start()

    def _on_editor_finished(self, name: str, by_key: bool) -> None:
        if self._editor is None:
            return
        self._editor.deleteLater()
        self._editor = None
        if by_key:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if name != self.content.title:
            self.renamed.emit(self.uid, name)

    def _editor_rect(self) -> QRect:
        t = theme()
        right = self.width() - t.px(44)
        return QRect(t.px(48), (t.px(self._head) - t.px(28)) // 2, right - t.px(48), t.px(28))

    # -- the failing part
    def _sync_problem(self, content: CardContent) -> None:
        if content.problem is None:
            if self._problem_box is not None:
                self._problem_box.hide()
                self._problem_box.deleteLater()
                self._problem_box = None
            return
        if self._problem_box is None:
            self._problem_box = ProblemBox(self)
            self._problem_box.repair_requested.connect(self._on_repair_requested)
            self._problem_box.show()
        self._problem_box.show_problem(content.problem)
        self._place_problem()

    def _place_problem(self) -> None:
        if self._problem_box is not None:
            high = self._problem_box.heightForWidth(self.width())
            self._problem_box.setGeometry(0, theme().px(self._head), self.width(), high)

    def _on_repair_requested(self, repair: Repair) -> None:
        self.repair_requested.emit(self.uid, repair)

    # -- Qt's events
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the failing part as wide as the card."""
        self._place_problem()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover fill."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the hover fill away."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self._arrival * (_PLACE_WHILE_DRAGGED if self._faded else 1.0))
        look = CardLook(self._selected, self.underMouse(), self._flash, self._head, self.devicePixelRatioF())
        paint_card(painter, QRectF(self.rect()), self.content, self._rows, look)

    def _set_flash(self, strength: float) -> None:
        self._flash = strength
        self.update()
