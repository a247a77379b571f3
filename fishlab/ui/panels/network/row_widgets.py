"""The widgets of the rows: each stays as long as what it shows is there."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import Repair
from fishlab.ui.panels.network.block_end import BlockEnd
from fishlab.ui.panels.network.branch_content import BranchContent, EndContent
from fishlab.ui.panels.network.branch_heading import BranchHeading
from fishlab.ui.panels.network.card import LayerCard
from fishlab.ui.panels.network.content import Content
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import ARRIVE, animate


class RowWidgets(QObject):
    """`by_uid` holds them, children of `stack`. `leaving(StackRow)` is sent before one goes away."""

    renamed = Signal(str, str)
    repair_requested = Signal(str, object)
    leaving = Signal(object)

    def __init__(self, stack: QWidget) -> None:
        super().__init__(stack)
        self._stack = stack
        self.by_uid: dict[str, StackRow] = {}

    @property
    def cards(self) -> list[LayerCard]:
        """Those of layers, of Input and of loss."""
        return [widget for widget in self.by_uid.values() if isinstance(widget, LayerCard)]

    @property
    def headings(self) -> list[BranchHeading]:
        """Those of branches."""
        return [widget for widget in self.by_uid.values() if isinstance(widget, BranchHeading)]

    def show_contents(self, contents: Sequence[Content], rows: int) -> None:
        """Have one widget for each content; glyphs are scaled to an input of `rows`."""
        for uid in set(self.by_uid) - {content.uid for content in contents}:
            self._drop(self.by_uid.pop(uid))
        for content in contents:
            if content.uid in self.by_uid:
                self.by_uid[content.uid].set_content(content)
            else:
                self._add(_made(content, rows, self._stack))
        for card in self.cards:
            card.set_rows(rows)

    def _add(self, widget: StackRow) -> None:
        self.by_uid[widget.uid] = widget
        if isinstance(widget, LayerCard):
            widget.renamed.connect(self.renamed)
            widget.repair_requested.connect(self._on_card_repair_requested)
        widget.show()
        if self._stack.isVisible():
            animate(widget, widget.set_arrival, 0.0, 1.0, ARRIVE)

    def _drop(self, widget: StackRow) -> None:
        self.leaving.emit(widget)
        widget.hide()
        widget.deleteLater()

    def _on_card_repair_requested(self, uid: str, repair: Repair) -> None:
        self.repair_requested.emit(uid, repair)


def _made(content: Content, rows: int, stack: QWidget) -> StackRow:
    if isinstance(content, BranchContent):
        return BranchHeading(content, stack)
    if isinstance(content, EndContent):
        return BlockEnd(content, stack)
    return LayerCard(content, rows, stack)
