"""Mouse gestures on the stack: click, and press then pull, which becomes a drag.

The stack and not the card handles them, so that a card may go away while its layer is being dragged.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from fishlab.ui import layer_edits
from fishlab.ui.layer_drag import drag_layers

if TYPE_CHECKING:
    from fishlab.ui.panels.network.stack_view import StackView

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class StackMouse:
    """Told of each mouse event by the stack."""

    def __init__(self, stack: "StackView") -> None:
        self._stack = stack
        self._pressed: str | None = None
        self._start = QPoint()

    def press(self, event: QMouseEvent) -> None:
        """Select, unless a card of a selection of several is pressed: that may become a drag of all of them."""
        uid = self._stack.uid_at(event.position().y())
        if uid is None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            event.ignore()
            return
        if self._folds(uid, event):
            return
        self._pressed, self._start = uid, event.position().toPoint()
        if uid not in self._stack.document.selection or event.modifiers() & _ADDING:
            self._stack.selection.click(uid, event.modifiers())

    def move(self, event: QMouseEvent) -> None:
        """Begin the drag when the pointer is far enough from where it was pressed."""
        far = (event.position().toPoint() - self._start).manhattanLength() >= QApplication.startDragDistance()
        if self._pressed is None or not far or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._pressed = None
        self.drag()

    def release(self, event: QMouseEvent) -> None:
        """A click on one of several selected cards selects it alone."""
        uid, self._pressed = self._pressed, None
        if uid is not None and event.button() == Qt.MouseButton.LeftButton and not event.modifiers() & _ADDING:
            self._stack.selection.go(uid)

    def double_click(self, event: QMouseEvent) -> None:
        """Rename the layer; on a chevron it is a second press."""
        self._pressed = None
        uid = self._stack.uid_at(event.position().y())
        card = self._stack.card(uid or "")
        if uid is not None and self._folds(uid, event):
            return
        if card is not None and card.content.movable:
            card.start_rename()

    def _folds(self, uid: str, event: QMouseEvent) -> bool:
        """Fold or open a block whose chevron is pressed."""
        card = self._stack.card(uid)
        if card is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        if not card.folds_at(event.position() - QPointF(card.pos())):
            return False
        self._stack.selection.fold(uid, not card.content.folded)
        return True

    def drag(self) -> None:
        """Drag the selected layers, until they are dropped or the drag is cancelled."""
        document = self._stack.document
        layers = layer_edits.selected_layers(document)
        if not layers:
            return
        self._stack.drop.begin(layers)
        gone = drag_layers(self._stack, layers, removable=True)
        self._stack.drop.end()
        if gone:
            layer_edits.remove(document, [layer.uid for layer in layers])
