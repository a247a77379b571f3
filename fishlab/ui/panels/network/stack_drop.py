"""What the stack does with layers that are dragged over it: says what they would become, refuses, takes them.

Start (`begin`), acceptance (`enter`, `move`) and drop stand apart; a drop ends in exactly one edit of the document.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDropEvent

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import Place, walk
from fishlab.ui import layer_edits
from fishlab.ui.layer_drag import heading
from fishlab.ui.layer_mime import LAYERS_MIME, unpack
from fishlab.ui.panels.network.drop_plan import DropPlan, plan_drop
from fishlab.ui.widgets.compact_card import CompactCard

if TYPE_CHECKING:
    from fishlab.ui.panels.network.stack_view import StackView


class StackDrop(QObject):
    """`plan` is what a drop at the pointer would do, or None.

    `moving` holds the uids of own layers being dragged, and of all that is in them.
    """

    changed = Signal()
    hovered = Signal(QPoint)
    ended = Signal()

    def __init__(self, stack: "StackView") -> None:
        super().__init__(stack)
        self._stack = stack
        self._layers: tuple[LayerSpec, ...] = ()
        self._card: CompactCard | None = None
        self._point = QPoint()
        self._copying = False
        self.plan: DropPlan | None = None
        self.moving: frozenset[str] = frozenset()

    @property
    def open_at(self) -> Place | None:
        """The place whose gap is open."""
        return self.plan.place if self.plan else None

    @property
    def card(self) -> CompactCard | None:
        """The card under the pointer while something is over the stack."""
        return self._card

    def begin(self, layers: Sequence[LayerSpec]) -> None:
        """Layers of this stack are being dragged."""
        self.moving = frozenset(layer.uid for layer in walk(layers))
        self.changed.emit()

    def end(self) -> None:
        """That drag is over."""
        self.moving = frozenset()
        self.leave()
        self.changed.emit()

    def enter(self, event: QDropEvent) -> None:
        """Take part where layers come; anything else is not for the stack."""
        self._layers = unpack(event.mimeData()) if event.mimeData().hasFormat(LAYERS_MIME) else ()
        if not self._layers:
            event.ignore()
            return
        self._hover(event)
        event.accept()  # a refusal is for the moves: who ignores the entry hears nothing more

    def move(self, event: QDropEvent) -> None:
        """Show what they become at the pointer, and accept only what can work there."""
        if not self._layers:
            event.ignore()
            return
        self._hover(event)
        self._answer(event)

    def leave(self) -> None:
        """They went elsewhere, or the drag was cancelled."""
        self._layers = ()
        self._put_away()

    def drop(self, event: QDropEvent) -> None:
        """Take them at the pointer as one undo step."""
        layers = self._layers or (unpack(event.mimeData()) if event.mimeData().hasFormat(LAYERS_MIME) else ())
        plan = self._plan_at(event, layers) if layers else None
        moving = self.moving if not self._copying else frozenset()
        self.leave()
        if plan is None or plan.refusal:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.MoveAction if moving else Qt.DropAction.CopyAction)
        event.accept()
        if moving:
            layer_edits.move(self._stack.document, moving, plan.place)
        else:
            layer_edits.add(self._stack.document, layers, plan.place)

    def follow_scroll(self, by: int) -> None:
        """The stack moved under a resting pointer by `by` pixels."""
        self._point += QPoint(0, by)
        if self._layers:
            self._show(self._planned(self._layers, self._point.y()))

    def _hover(self, event: QDropEvent) -> None:
        self._point = event.position().toPoint()
        self._show(self._plan_at(event, self._layers))
        if self._card is None:
            self._card = CompactCard(self._stack.window())
        icon, title = heading(self._layers)
        refusal = self.plan.refusal if self.plan else ""
        self._card.tell(icon, title, refusal or (self.plan.words if self.plan else ""), refused=bool(refusal))
        self._card.show_at(self._stack.mapTo(self._stack.window(), self._point))
        self.hovered.emit(self._point)

    def _answer(self, event: QDropEvent) -> None:
        if self.plan is None or self.plan.refusal:
            event.ignore()
            return
        own = self.moving and not self._copying
        event.setDropAction(Qt.DropAction.MoveAction if own else Qt.DropAction.CopyAction)
        event.accept()

    def _plan_at(self, event: QDropEvent, layers: Sequence[LayerSpec]) -> DropPlan:
        self._copying = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return self._planned(layers, event.position().y())

    def _planned(self, layers: Sequence[LayerSpec], y: float) -> DropPlan:
        place = self._stack.place_at(y)
        moving = frozenset() if self._copying else self.moving
        return plan_drop(self._stack.document.network, layers, place, moving)

    def _show(self, plan: DropPlan | None) -> None:
        if plan != self.plan:
            self.plan = plan
            self.changed.emit()

    def _put_away(self) -> None:
        self._show(None)
        self.ended.emit()
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None
