"""One card of the stack: a widget that paints a layer's name, numbers, shape and glyph."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import Repair
from fishlab.ui.panels.network.card_paint import CardLook, chevron_rect, paint_card, text_x
from fishlab.ui.panels.network.content import CardContent
from fishlab.ui.panels.network.name_edit import NameEdit
from fishlab.ui.panels.network.problem_box import ProblemBox
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import theme
from fishlab.ui.widgets.explanation import set_explanation

HEAD, COMPACT_HEAD = 48, 44


class LayerCard(StackRow):
    """The card of one layer, of the Input or of the loss; the glyph is scaled to an input of `rows`.

    `renamed(uid, name)` and `repair_requested(uid, Repair)` say what a person did on the card itself.
    """

    content: CardContent

    renamed = Signal(str, str)
    repair_requested = Signal(str, object)

    def __init__(self, content: CardContent, rows: int, parent: QWidget) -> None:
        self._rows = rows
        self._head = HEAD
        self._problem_box: ProblemBox | None = None
        self._editor: NameEdit | None = None
        super().__init__(content, parent)
        self.can_stand_on()

    # -- what it shows
    def set_rows(self, rows: int) -> None:
        """Scale the glyph to an input of `rows`."""
        if rows != self._rows:
            self._rows = rows
            self.update()

    def _show_content(self) -> None:
        super()._show_content()
        self.setObjectName(f"network.card.{self.uid}")
        self.setToolTip(self.content.help)
        set_explanation(self, self.content.explanation)
        self._sync_problem(self.content)

    def set_head(self, head: int) -> None:
        """Take another height of the part every card has, in u."""
        self._head = head
        self._place_problem()
        self.update()

    def height_for(self, width: int) -> int:
        """Return the height it needs at `width`."""
        below = self._problem_box.heightForWidth(width) if self._problem_box else 0
        return theme().px(self._head) + below

    def folds_at(self, point: QPointF) -> bool:
        """Whether a press at `point` of the card folds or opens its block."""
        head = QRectF(0, 0, self.width(), theme().u(self._head))
        return self.content.folded is not None and chevron_rect(head, self.content.depth).contains(point)

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
        left, right = t.px(text_x(self.content.depth) - 5), self.width() - t.px(44)
        return QRect(left, (t.px(self._head) - t.px(28)) // 2, right - left, t.px(28))

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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self.presence)
        look = CardLook(self._selected, self.underMouse(), self._flash, self._head, self.devicePixelRatioF())
        paint_card(painter, QRectF(self.rect()), self.content, self._rows, look)
