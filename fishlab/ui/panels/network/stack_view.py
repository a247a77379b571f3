"""The stack: Input, one card a layer, loss, the spine between them and the line that says how to add one.

It shows the document and keeps a card as long as its layer's uid is there. Gestures live in `StackMouse` and
`StackDrop`, selection in `StackSelection`.
"""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import Repair
from fishlab.core.spec import ProjectSpec
from fishlab.ui import layer_edits
from fishlab.ui.document import Document
from fishlab.ui.panels.network.arrangement import COMPACT_GAP, GAP, Arrangement, arrange
from fishlab.ui.panels.network.card import COMPACT_HEAD, HEAD, LayerCard
from fishlab.ui.panels.network.card_motion import CardMotion
from fishlab.ui.panels.network.card_paint import TEXT_X
from fishlab.ui.panels.network.content import stack_contents
from fishlab.ui.panels.network.drop_line import paint_drop_line
from fishlab.ui.panels.network.hint_button import HintButton
from fishlab.ui.panels.network.selection import StackSelection
from fishlab.ui.panels.network.spine import paint_spine
from fishlab.ui.panels.network.stack_drop import StackDrop
from fishlab.ui.panels.network.stack_mouse import StackMouse
from fishlab.ui.theme import ARRIVE, animate, finish_motion, theme

_LOW_WINDOW = 800


class StackView(QWidget):
    """The cards of the document's network. `reveal_requested(rect)` asks the scroll area to show a rectangle."""

    reveal_requested = Signal(QRect)
    quick_add_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._data_name = ""
        self._cards: dict[str, LayerCard] = {}
        self.arrangement = self._closed = Arrangement((), 0)
        self._viewport = QSize(0, 0)
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.setObjectName("network.stack")
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAcceptDrops(True)
        self.selection = StackSelection(self.document, self)
        self.drop = StackDrop(self)
        self._mouse = StackMouse(self)
        self._motion = CardMotion(self)
        self._hint = HintButton(self)
        self._hint.setObjectName("network.hint")

    def _connect(self) -> None:
        self.document.changed.connect(self._on_document_changed)
        self.document.selection_changed.connect(self._sync_selection)
        self.document.focus_requested.connect(self._on_document_focus_requested)
        self.selection.current_changed.connect(self._on_current_changed)
        self.drop.changed.connect(self._on_drop_changed)
        self._motion.moved.connect(self.update)
        self._hint.clicked.connect(self.quick_add_requested)
        theme().changed.connect(self._on_theme_changed)

    # -- what others ask
    def set_data_name(self, name: str) -> None:
        """Name the data set on the Input's card."""
        self._data_name = name
        self._sync()

    def set_viewport(self, size: QSize) -> None:
        """Fit into a viewport of this size: its width, and at least its height."""
        self._viewport = size
        self._arrange(moving=False)

    def card(self, uid: str) -> LayerCard | None:
        """Return the card of a layer, of 'input' or of 'loss'."""
        return self._cards.get(uid)

    def uid_at(self, y: float) -> str | None:
        """Return the card at height `y`."""
        pairs = zip(self.selection.order, self.arrangement.rects, strict=True)
        return next((uid for uid, rect in pairs if rect.top() <= y <= rect.bottom()), None)

    def index_at(self, y: float) -> int:
        """Return the index at which a layer dropped at height `y` goes in, wherever the gap is open now."""
        return self._closed.index_at(y)  # by where the cards lie without the gap, or it would run from the pointer

    def reveal(self, uid: str) -> None:
        """Scroll to a card."""
        if uid in self._cards:
            self.reveal_requested.emit(self._target(uid))

    def focus_card(self, uid: str) -> None:
        """Select a card, scroll to it and put the keyboard there."""
        self.selection.go(uid)
        self.reveal(uid)
        self._cards[uid].setFocus(Qt.FocusReason.OtherFocusReason)

    def place_for_popup(self) -> QRect:
        """Scroll to the card after which a new layer goes, and return its rectangle."""
        rect = self.arrangement.rects[layer_edits.place_after_selection(self.document).index]
        self.reveal_requested.emit(rect)
        return rect

    def _target(self, uid: str) -> QRect:
        return self.arrangement.rects[self.selection.order.index(uid)]

    # -- cards
    def _sync(self) -> None:
        contents = stack_contents(self.document, self._data_name)
        rows = self.document.network.in_shape[-2] if len(self.document.network.in_shape) == 3 else 28
        for uid in set(self._cards) - {content.uid for content in contents}:
            self._drop_card(uid)
        for content in contents:
            if content.uid in self._cards:
                self._cards[content.uid].set_content(content, rows)
            else:
                self._add_card(LayerCard(content, rows, self))
        self.selection.keep_in_stack()
        some = bool(self.document.network.layers)
        self._hint.set_words(
            self.tr("Type  /  to add a layer") if some else self.tr("Drag a layer here, or type  /  to add one")
        )
        self._arrange(moving=True)
        self._sync_selection()
        if self.hasFocus():  # it came here when the card that had it went
            self._cards[self.selection.current].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_card(self, card: LayerCard) -> None:
        self._cards[card.uid] = card
        card.renamed.connect(self._on_card_renamed)
        card.repair_requested.connect(self._on_card_repair_requested)
        card.show()
        if self.isVisible():
            animate(card, card.set_arrival, 0.0, 1.0, ARRIVE)

    def _drop_card(self, uid: str) -> None:
        card = self._cards.pop(uid)
        self._motion.forget(card)
        if card.isAncestorOf(self.focusWidget() or self) or card is self.focusWidget():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        card.hide()
        card.deleteLater()

    def _sync_selection(self) -> None:
        for uid, card in self._cards.items():
            card.set_selected(uid in self.document.selection)

    # -- geometry
    def _arrange(self, *, moving: bool) -> None:
        low = self.window().height() < theme().u(_LOW_WINDOW)
        width = self._viewport.width() or self.width()
        order = self.selection.order
        for card in self._cards.values():
            card.set_head(COMPACT_HEAD if low else HEAD)
        inner = max(1, width - 2 * theme().px(10))
        heights = [self._cards[uid].height_for(inner) for uid in order]
        gap = COMPACT_GAP if low else GAP
        self._closed = arrange(heights, width, gap)
        self.arrangement = arrange(heights, width, gap, self.drop.open_at)
        self._place_hint(width)
        self.resize(width, max(self._viewport.height(), self._hint.geometry().bottom() + theme().px(8)))
        cards = [self._cards[uid] for uid in order]
        self._motion.go(cards, self.arrangement.rects, smoothly=moving and self.isVisible())

    def _place_hint(self, width: int) -> None:
        left = self.arrangement.rects[0].left() + theme().px(TEXT_X) - theme().px(8)
        size = self._hint.sizeHint()
        self._hint.setGeometry(left, self.arrangement.bottom, min(size.width(), width - left), size.height())

    # -- what it hears
    def _on_document_changed(self, old: ProjectSpec) -> None:
        if old.network != self.document.network or old.data != self.document.spec.data:
            self._sync()

    def _on_document_focus_requested(self, uids: tuple[str, ...]) -> None:
        for uid in uids:
            if uid in self._cards:
                self._cards[uid].flash()
        first = next((uid for uid in uids if uid in self._cards), None)
        if first is not None:
            self.reveal(first)

    def _on_current_changed(self, uid: str) -> None:
        for card in self._cards.values():
            card.setFocusPolicy(Qt.FocusPolicy.StrongFocus if card.uid == uid else Qt.FocusPolicy.ClickFocus)
        if uid in self._cards and len(self.arrangement.rects) == len(self.selection.order):
            self.reveal(uid)
            if self.isAncestorOf(self.window().focusWidget() or self.window()):
                self._cards[uid].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_drop_changed(self) -> None:
        for uid, card in self._cards.items():
            card.set_faded(uid in self.drop.moving)
        self._arrange(moving=True)

    def _on_card_renamed(self, uid: str, name: str) -> None:
        layer_edits.rename(self.document, uid, name)

    def _on_card_repair_requested(self, uid: str, repair: Repair) -> None:
        self.document.edit(repair.label, repair.network, focus=(uid,))
        self.focus_card(uid)

    def _on_theme_changed(self) -> None:
        self._arrange(moving=False)
        self.update()

    # -- Qt's events
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the keyboard to the card it stands on."""
        card = self._cards.get(self.selection.current)
        if card is not None:
            card.setFocus(event.reason())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the cards; whatever moved is at its end first."""
        finish_motion(self)
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -10_000, Qt.Key.Key_End: 10_000}
        by = steps.get(Qt.Key(event.key()))
        if by is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        else:
            self.selection.step(by, extend=extend)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Become a drag when far enough."""
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click."""
        self._mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename."""
        self._mouse.double_click(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Look at what comes."""
        self.drop.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would land."""
        self.drop.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show nothing any more."""
        self.drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it."""
        self.drop.drop(event)

    def changeEvent(self, event: QEvent) -> None:
        """Measure again in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._cards:
            self._arrange(moving=False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the spine and the drop line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_spine(painter, [self._cards[uid] for uid in self.selection.order])
        if self.drop.plan is not None:
            rect = QRectF(self.arrangement.rects[0])
            y = self.arrangement.line_y(self.drop.plan.index)
            paint_drop_line(painter, rect.left(), rect.right(), y, refused=bool(self.drop.plan.refusal))
