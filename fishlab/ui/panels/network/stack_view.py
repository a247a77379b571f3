"""The stack: Input, one card a layer, loss, the spine between them and the line that says how to add one.

What there is to see are the rows of `Outline`; `RowWidgets` keeps a widget for each, `StackLayout` puts them in place.
Gestures live in `StackMouse` and `StackDrop`, selection in `StackSelection`.
"""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
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
from fishlab.core.spec import Place, ProjectSpec
from fishlab.ui import layer_edits
from fishlab.ui.branches import branch_place
from fishlab.ui.document import Document
from fishlab.ui.panels.network.arrangement import Arrangement
from fishlab.ui.panels.network.card import LayerCard
from fishlab.ui.panels.network.card_paint import text_x
from fishlab.ui.panels.network.content import stack_contents
from fishlab.ui.panels.network.hint_button import HintButton
from fishlab.ui.panels.network.outline import Outline
from fishlab.ui.panels.network.row_widgets import RowWidgets
from fishlab.ui.panels.network.rows import RowKind
from fishlab.ui.panels.network.selection import StackSelection
from fishlab.ui.panels.network.spring import Spring
from fishlab.ui.panels.network.stack_drop import StackDrop
from fishlab.ui.panels.network.stack_layout import StackLayout
from fishlab.ui.panels.network.stack_mouse import StackMouse
from fishlab.ui.panels.network.stack_paint import paint_stack
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import finish_motion, theme

_LOW_WINDOW = 800


class StackView(QWidget):
    """The cards of the document's network. `reveal_requested(rect)` asks the scroll area to show a rectangle."""

    reveal_requested = Signal(QRect)
    quick_add_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._data_name = ""
        self._viewport = QSize(0, 0)
        self._build()
        self._connect()
        self._sync()

    def _build(self) -> None:
        self.setObjectName("network.stack")
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAcceptDrops(True)
        self.outline = Outline(self.document, self)
        self.selection = StackSelection(self.document, self.outline, self)
        self.rows = RowWidgets(self)
        self.drop = StackDrop(self)
        self._mouse = StackMouse(self)
        self._layout = StackLayout(self)
        self._spring = Spring(self.outline, self)
        self._hint = HintButton(self)
        self._hint.setObjectName("network.hint")

    def _connect(self) -> None:
        self.document.changed.connect(self._on_document_changed)
        self.document.selection_changed.connect(self._sync_selection)
        self.document.focus_requested.connect(self._on_document_focus_requested)
        self.outline.changed.connect(self._on_outline_changed)
        self.selection.current_changed.connect(self._on_current_changed)
        self.rows.leaving.connect(self._on_row_leaving)
        self.rows.renamed.connect(self._on_card_renamed)
        self.rows.repair_requested.connect(self._on_card_repair_requested)
        self.drop.changed.connect(self._on_drop_changed)
        self.drop.hovered.connect(self._on_drop_hovered)
        self.drop.ended.connect(self._spring.stop)
        self._layout.moved.connect(self.update)
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

    @property
    def arrangement(self) -> Arrangement:
        """Where the rows are, or are going."""
        return self._layout.arrangement

    def card(self, uid: str) -> LayerCard | None:
        """Return the card of a layer, of 'input' or of 'loss', if it is in sight."""
        widget = self.rows.by_uid.get(uid)
        return widget if isinstance(widget, LayerCard) else None

    def uid_at(self, y: float) -> str | None:
        """Return the row at height `y`; the end of a block is the block's."""
        row = self._layout.row_at(y)
        if row is None:
            return None
        return row.layer if row.kind is RowKind.END else row.uid

    def place_at(self, y: float) -> Place:
        """Return where a layer dropped at height `y` goes in."""
        return self._layout.place_at(y)

    def reveal(self, uid: str) -> None:
        """Scroll to a row, out of a folded block if need be."""
        self.outline.show([uid])
        rect = self._layout.rect_of(uid)
        if rect is not None:
            self.reveal_requested.emit(rect)

    def focus_card(self, uid: str) -> None:
        """Select a row, scroll to it and put the keyboard there."""
        self.reveal(uid)
        self.selection.go(uid)
        self.rows.by_uid[uid].setFocus(Qt.FocusReason.OtherFocusReason)

    def place_for_popup(self) -> QRect:
        """Scroll to the row after which a new layer goes, and return its rectangle."""
        rect = self.arrangement.rects[self.arrangement.position(layer_edits.place_after_selection(self.document))]
        self.reveal_requested.emit(rect)
        return rect

    # -- rows
    def _sync(self) -> None:
        contents = stack_contents(self.document, self._data_name, self.outline.rows)
        shape = self.document.network.in_shape
        self.rows.show_contents(contents, shape[-2] if len(shape) == 3 else 28)
        self.selection.keep_in_stack()
        some = bool(self.document.network.layers)
        self._hint.set_words(
            self.tr("Type  /  to add a layer") if some else self.tr("Drag a layer here, or type  /  to add one")
        )
        self._arrange(moving=True)
        self._sync_selection()
        if self.hasFocus():  # it came here when the row that had it went
            self.rows.by_uid[self.selection.current].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_row_leaving(self, row: StackRow) -> None:
        self._layout.forget(row)
        if row.isAncestorOf(self.focusWidget() or self) or row is self.focusWidget():
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _sync_selection(self) -> None:
        for uid, row in self.rows.by_uid.items():
            row.set_selected(uid in self.document.selection)
        self.update()  # the frames of blocks

    # -- geometry
    def _arrange(self, *, moving: bool) -> None:
        low = self.window().height() < theme().u(_LOW_WINDOW)
        width = self._viewport.width() or self.width()
        self._layout.arrange(self.outline.rows, self.rows.by_uid, width, low=low, open_at=self.drop.open_at)
        self._place_hint(width)
        self.resize(width, max(self._viewport.height(), self._hint.geometry().bottom() + theme().px(8)))
        self._layout.go(self.rows.by_uid, smoothly=moving and self.isVisible())

    def _place_hint(self, width: int) -> None:
        left = self.arrangement.rects[0].left() + theme().px(text_x(0)) - theme().px(8)
        size = self._hint.sizeHint()
        self._hint.setGeometry(left, self.arrangement.bottom, min(size.width(), width - left), size.height())

    # -- what it hears
    def _on_document_changed(self, old: ProjectSpec) -> None:
        if old.network != self.document.network or old.data != self.document.spec.data:
            self.outline.show(self.document.selection)  # it may have been moved into a folded block
            self._sync()

    def _on_document_focus_requested(self, uids: tuple[str, ...]) -> None:
        self.outline.show(uids)
        for uid in uids:
            if uid in self.rows.by_uid:
                self.rows.by_uid[uid].flash()
        first = next((uid for uid in uids if uid in self.rows.by_uid), None)
        if first is not None:
            self.reveal(first)

    def _on_outline_changed(self) -> None:
        self._sync()
        self.drop.follow_scroll(0)  # other rows are under a pointer that rests

    def _on_current_changed(self, uid: str) -> None:
        for row in (*self.rows.cards, *self.rows.headings):
            row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if row.uid == uid else Qt.FocusPolicy.ClickFocus)
        if uid in self.rows.by_uid and len(self.arrangement.rows) == len(self.outline.rows):
            self.reveal(uid)
            if self.isAncestorOf(self.window().focusWidget() or self.window()):
                self.rows.by_uid[uid].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_drop_changed(self) -> None:
        for row in self.arrangement.rows:
            inside = row.layer in self.drop.moving
            self.rows.by_uid[row.uid].set_faded(inside)
        plan = self.drop.plan
        for heading in self.rows.headings:
            meant = plan is not None and plan.place == branch_place(heading.uid)
            heading.set_targeted(meant, bool(plan and plan.refusal))
        self._arrange(moving=True)

    def _on_drop_hovered(self, point: QPoint) -> None:
        self._spring.hover(self.uid_at(point.y()) or "")

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
        row = self.rows.by_uid.get(self.selection.current)
        if row is not None:
            row.setFocus(event.reason())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the cards; whatever moved is at its end first."""
        finish_motion(self)
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -10_000, Qt.Key.Key_End: 10_000}
        by = steps.get(Qt.Key(event.key()))
        across = {Qt.Key.Key_Left: self.selection.outward, Qt.Key.Key_Right: self.selection.inward}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        elif by is not None:
            self.selection.step(by, extend=extend)
        elif event.key() in across:
            across[Qt.Key(event.key())]()
        else:
            super().keyPressEvent(event)

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
        if event.type() == QEvent.Type.FontChange and self.rows.by_uid:
            self._arrange(moving=False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frames of blocks, the spine and the drop line."""
        paint_stack(QPainter(self), self.arrangement, self.rows.by_uid, self.drop.plan, self.width())
