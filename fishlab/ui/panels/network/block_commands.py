"""What menus and keys do to blocks: layers into and out of them, branches, folding."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.core.spec import Place
from fishlab.ui import block_edits
from fishlab.ui.document import Document
from fishlab.ui.panels.network.panel_action import panel_action
from fishlab.ui.panels.network.stack_view import StackView


class BlockCommands(QObject):
    """`actions` by name; `sync` after every change of document or selection."""

    def __init__(self, document: Document, stack: StackView, panel: QWidget) -> None:
        super().__init__(panel)
        self._document, self._stack = document, stack
        into, out = self.tr("Move into the block"), self.tr("Move out of the block")
        self.actions: dict[str, QAction] = {
            name: panel_action(panel, name, words, key, slot, picture)
            for name, words, key, slot, picture in (
                ("into_block", into, "Alt+Right", self.move_into_block, "right"),
                ("out_of_block", out, "Alt+Left", self.move_out_of_block, "left"),
                ("add_branch", self.tr("Add a branch"), "Ctrl+B", self.add_branch, "plus"),
                ("remove_branch", self.tr("Remove the branch"), "Ctrl+Shift+B", self.remove_branch, "trash"),
                ("fold_all", self.tr("Fold all blocks"), "Ctrl+Left", self.fold_all, ""),
                ("open_all", self.tr("Open all blocks"), "Ctrl+Right", self.open_all, ""),
            )
        }

    def sync(self) -> None:
        """Offer what can be done now."""
        block = block_edits.selected_block(self._document)
        some = any(layer.branches for layer in self._document.network.layers)
        able = {
            "into_block": block_edits.place_in_block(self._document) is not None,
            "out_of_block": block_edits.place_out_of_block(self._document) is not None,
            "add_branch": block_edits.can_add_branch(block),
            "remove_branch": self.removable_branch() is not None,
            "fold_all": some,
            "open_all": some,
        }
        for name, is_able in able.items():
            self.actions[name].setEnabled(is_able)

    def removable_branch(self) -> Place | None:
        """Return the branch whose heading is selected, where its block can do without it."""
        branch = block_edits.selected_branch(self._document)
        return branch if block_edits.can_remove_branch(block_edits.selected_block(self._document)) else None

    # -- slots
    def move_into_block(self) -> None:
        """Move the selected layers into the block above them, or into the one below."""
        block_edits.move_selected(self._document, block_edits.place_in_block(self._document))

    def move_out_of_block(self) -> None:
        """Move the selected layers out of their block, to the place after it."""
        block_edits.move_selected(self._document, block_edits.place_out_of_block(self._document))

    def add_branch(self) -> None:
        """Give the selected block one more branch."""
        block = block_edits.selected_block(self._document)
        if block is not None:
            block_edits.add_branch(self._document, block)

    def remove_branch(self) -> None:
        """Take the branch out whose heading is selected, with what is in it."""
        branch, block = self.removable_branch(), block_edits.selected_block(self._document)
        if branch is not None and block is not None:
            block_edits.remove_branch(self._document, block, branch.branch)

    def fold_all(self) -> None:
        """Put the branches of every block away."""
        self._stack.selection.fold_all(True)

    def open_all(self) -> None:
        """Bring the branches of every block back."""
        self._stack.selection.fold_all(False)
