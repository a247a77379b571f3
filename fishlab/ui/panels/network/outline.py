"""Which rows of the stack are in sight: blocks may be folded. This is a matter of looking, and no undo step."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from fishlab.core.spec import NetworkSpec
from fishlab.ui.branches import branch_place
from fishlab.ui.document import Document
from fishlab.ui.panels.network.rows import Row, RowKind, stack_rows


class Outline(QObject):
    """`rows` are those of the document as it is now; `changed` is sent when a block was folded or opened."""

    changed = Signal()

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._folded: frozenset[str] = frozenset()
        self._network: NetworkSpec | None = None
        self._rows: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in sight, from top to bottom."""
        if self._network is not self._document.network:
            self._network = self._document.network
            self._rows = stack_rows(self._network, self._folded)
        return self._rows

    @property
    def order(self) -> list[str]:
        """The uids of what the keyboard can stand on, from top to bottom."""
        return [row.uid for row in self.rows if row.kind is not RowKind.END]

    def row(self, uid: str) -> Row | None:
        """Return a row in sight by its uid."""
        return next((row for row in self.rows if row.uid == uid), None)

    def set_folded(self, uid: str, folded: bool) -> None:
        """Put the branches of a block away, or bring them back."""
        self._fold(self._folded | {uid} if folded else self._folded - {uid})

    def fold_all(self, folded: bool) -> None:
        """Put the branches of every block away, or bring them all back."""
        blocks = (layer.uid for layer in self._document.network.walk() if layer.branches)
        self._fold(frozenset(blocks) if folded else frozenset())

    def show(self, uids: Iterable[str]) -> None:
        """Open every block that hides one of these."""
        if self._folded:
            self._fold(self._folded - {block for uid in uids for block in self.around(uid)})

    def around(self, uid: str) -> tuple[str, ...]:
        """Return the blocks round a layer or a branch, from the outside."""
        network, blocks = self._document.network, []
        place = branch_place(uid)
        if place is None and network.find(uid) is not None:
            place = network.place(uid)
        while place is not None and place.block:
            blocks.insert(0, place.block)
            place = network.place(place.block)
        return tuple(blocks)

    def _fold(self, folded: frozenset[str]) -> None:
        if folded != self._folded:
            self._folded, self._network = folded, None
            self.changed.emit()
