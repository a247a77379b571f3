"""Which cards are selected, and which one the keyboard stands on."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, Signal

from fishlab.core.spec import INPUT_UID
from fishlab.ui.branches import branch_key, branch_place
from fishlab.ui.document import Document
from fishlab.ui.panels.network.outline import Outline
from fishlab.ui.panels.network.rows import RowKind


class StackSelection(QObject):
    """Turns clicks and arrow keys into `Document.select`. `current` is the row the keyboard stands on.

    Headings of branches are selected alone: several rows are always cards.
    """

    current_changed = Signal(str)

    def __init__(self, document: Document, outline: Outline, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._outline = document, outline
        self._anchor = self.current = INPUT_UID
        self._own = False
        self._place = 0
        document.selection_changed.connect(self._on_document_selection_changed)

    @property
    def order(self) -> list[str]:
        """The uids of all cards and headings in sight, from top to bottom."""
        return self._outline.order

    def click(self, uid: str, modifiers: Qt.KeyboardModifier) -> None:
        """Select by mouse: alone, Ctrl for one more or less, Shift for all up to it."""
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.go(uid, extend=True)
        elif modifiers & Qt.KeyboardModifier.ControlModifier and branch_place(uid) is None:
            self._anchor = uid
            self._stand_on(uid)
            self._select(set(self._document.selection) ^ {uid})
        else:
            self.go(uid)

    def step(self, by: int, *, extend: bool = False) -> None:
        """Go `by` cards down (or up, if negative)."""
        order = self.order
        at = order.index(self.current) if self.current in order else 0
        self.go(order[max(0, min(len(order) - 1, at + by))], extend=extend)

    def go(self, uid: str, *, extend: bool = False) -> None:
        """Stand on `uid` and select it alone, or all from where the selection began."""
        order = self.order
        if not extend or self._anchor not in order:
            self._anchor = uid
        first, last = sorted((order.index(self._anchor), order.index(uid)))
        self._stand_on(uid)
        self._select(order[first : last + 1])

    def fold(self, uid: str, folded: bool) -> None:
        """Put the branches of a block away, or bring them back; what is out of sight is not selected."""
        self._outline.set_folded(uid, folded)
        if set(self._document.selection) - set(self.order):
            self.go(uid)

    def fold_all(self, folded: bool) -> None:
        """The same for every block."""
        stands = next(iter(self._outline.around(self.current)), self.current)
        self._outline.fold_all(folded)
        if set(self._document.selection) - set(self.order):
            self.go(stands)

    def inward(self) -> None:
        """Open the block it stands on, or go into it."""
        row = self._outline.row(self.current)
        if row is not None and row.folded:
            self.fold(row.uid, False)
        elif row is not None and (row.opens or (row.kind is RowKind.BRANCH and not row.empty)):
            self.step(1)

    def outward(self) -> None:
        """Fold the block it stands on, or go to the heading of the branch, and from there to the block."""
        row = self._outline.row(self.current)
        if row is not None and row.opens:
            self.fold(row.uid, True)
        elif row is not None and row.block:
            self.go(row.block if row.kind is RowKind.BRANCH else branch_key(row.block, row.branch))

    def select_layers(self) -> None:
        """Select every layer."""
        self._select(layer.uid for layer in self._document.network.layers)

    def keep_in_stack(self) -> None:
        """Stand on a row that is there, after rows have come or gone: on the one in the old one's place."""
        order = self.order
        if self.current not in order:
            self._stand_on(order[min(self._place, len(order) - 1)])
        self._place = order.index(self.current)

    def _select(self, uids: Iterable[str]) -> None:
        chosen = set(uids)
        if len(chosen) > 1:
            chosen = {uid for uid in chosen if branch_place(uid) is None}
        self._own = True  # Ctrl takes a card out of the selection and still stands on it
        self._document.select(tuple(uid for uid in self.order if uid in chosen))
        self._own = False

    def _stand_on(self, uid: str) -> None:
        if uid != self.current:
            self.current = uid
            self._place = self.order.index(uid)
            self.current_changed.emit(uid)

    def _on_document_selection_changed(self) -> None:
        chosen = self._document.selection
        if chosen and not self._own and self.current not in chosen:
            self._outline.show(chosen)
            self._anchor = chosen[0]
            self._stand_on(chosen[-1])
