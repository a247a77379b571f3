"""The branches of a block: what comes out of each, and buttons for one more and one less."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.layers.base import shape_text
from fishlab.core.layers.block import BlockSpec
from fishlab.core.shapes import LayerReport
from fishlab.ui import block_edits
from fishlab.ui.branches import branch_shape, branch_titles
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.costs import DASH
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.switched import Switched
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button


class BranchBox(QWidget):
    """Shows the branches of a block; the buttons are there where their number is free."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._uid = ""
        self._switched = Switched(self)
        self._build()
        self._sync_space()
        self.more.clicked.connect(self._on_more_clicked)
        self.less.clicked.connect(self._on_less_clicked)
        theme().changed.connect(self._sync_space)

    def _build(self) -> None:
        self.table = FactTable()
        self.more = Button(self.tr("Add a branch"), "plus")
        self.less = Button("", "trash")
        self.table.setObjectName("inspector.branches")
        self.more.setObjectName("inspector.add_branch")
        self.less.setObjectName("inspector.remove_branch")
        self.more.setToolTip(self.tr("One more stack side by side with the others. Empty, it passes its input on."))
        self.less.setToolTip(self.tr("Takes the selected branch out, or the last one, with the layers in it."))
        column = QVBoxLayout(self)
        for part in (self.table, self.more, self.less):
            column.addWidget(part)

    def show_block(self, block: BlockSpec, report: LayerReport) -> None:
        """Show the branches of `block`."""
        self._uid = block.uid
        self.table.set_facts([_fact(block, report, branch) for branch in range(len(block.branches))])
        for button in (self.more, self.less):
            button.setVisible(block.least < block.most)
        title = branch_titles(block)[self._chosen(block)]
        self.less.setText(self.tr("Remove {branch}").format(branch=title))
        can_more, can_less = block_edits.can_add_branch(block), block_edits.can_remove_branch(block)
        self._switched.switch({self.more: can_more, self.less: can_less})

    def _chosen(self, block: BlockSpec) -> int:
        """The branch whose heading is selected, else the last."""
        branch = block_edits.selected_branch(self._document)
        return branch.branch if branch and branch.branch < len(block.branches) else len(block.branches) - 1

    def _on_more_clicked(self) -> None:
        block = self._document.network.find(self._uid)
        if isinstance(block, BlockSpec):
            block_edits.add_branch(self._document, block)

    def _on_less_clicked(self) -> None:
        block = self._document.network.find(self._uid)
        if isinstance(block, BlockSpec):
            block_edits.remove_branch(self._document, block, self._chosen(block))

    def _sync_space(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(theme().px(6))


def _fact(block: BlockSpec, report: LayerReport, branch: int) -> Fact:
    count, shape = len(block.branches[branch]), branch_shape(report, branch)
    held = _tr("1 layer") if count == 1 else _tr("{n} layers").format(n=count)
    note = held if count else _tr("passes its input on")
    return Fact(branch_titles(block)[branch], shape_text(shape) if shape else DASH, note)


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspector", text)
