"""What the Network and Edit menus and the keys do to the stack, as actions and as methods; each is one undo step."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget

from fishlab.core.spec import fresh_copies
from fishlab.ui import layer_edits
from fishlab.ui.document import Document
from fishlab.ui.layer_mime import pack, unpack
from fishlab.ui.panels.network.block_commands import BlockCommands
from fishlab.ui.panels.network.panel_action import Key, panel_action
from fishlab.ui.panels.network.stack_view import StackView

_Key = QKeySequence.StandardKey
_DELETE = ("Del", "Backspace")  # not StandardKey.Delete: on X11 that is Ctrl+D too, which duplicates here
_NEED_SELECTION = ("cut", "copy", "duplicate", "rename", "move_up", "move_down")


class StackCommands(QObject):
    """`actions["duplicate"]` and the like. Their keys count while the keyboard is in `panel`."""

    def __init__(self, document: Document, stack: StackView, panel: QWidget) -> None:
        super().__init__(panel)
        self._document, self._stack = document, stack
        self.actions: dict[str, QAction] = {}
        self._build(panel)
        self._blocks = BlockCommands(document, stack, panel)
        self.actions.update(self._blocks.actions)
        document.selection_changed.connect(self._sync)
        document.changed.connect(self._sync)
        self._sync()

    def _build(self, panel: QWidget) -> None:
        self._add(panel, "cut", self.tr("Cut"), _Key.Cut, self.cut)
        self._add(panel, "copy", self.tr("Copy"), _Key.Copy, self.copy, "copy")
        self._add(panel, "paste", self.tr("Paste"), _Key.Paste, self.paste)
        self._add(panel, "duplicate", self.tr("Duplicate"), "Ctrl+D", self.duplicate_selected)
        self._add(panel, "delete", self.tr("Delete"), _DELETE, self.delete_selected, "trash")
        self._add(panel, "rename", self.tr("Rename"), "F2", self.rename_selected)
        self._add(panel, "move_up", self.tr("Move up"), "Alt+Up", self.move_up, "up")
        self._add(panel, "move_down", self.tr("Move down"), "Alt+Down", self.move_down, "down")
        self._add(panel, "select_all", self.tr("Select all layers"), _Key.SelectAll, self.select_all)
        self._add(panel, "quick_add", self.tr("Add a layer…"), "/", self.quick_add, "plus")
        # from anywhere in the window: whatever takes text keeps its own "/"
        self.actions["quick_add"].setShortcutContext(Qt.ShortcutContext.WindowShortcut)

    def _add(
        self, panel: QWidget, name: str, words: str, key: Key, slot: Callable[[], None], picture: str = ""
    ) -> None:
        self.actions[name] = panel_action(panel, name, words, key, slot, picture)

    def _sync(self) -> None:
        chosen = bool(layer_edits.selected_layers(self._document))
        for name in _NEED_SELECTION:
            self.actions[name].setEnabled(chosen)
        self.actions["select_all"].setEnabled(bool(self._document.network.layers))
        self.actions["delete"].setEnabled(chosen or self._blocks.removable_branch() is not None)
        self._blocks.sync()

    # -- slots
    def cut(self) -> None:
        """Copy the selected layers, then delete them."""
        self.copy()
        gone = [layer.uid for layer in layer_edits.selected_layers(self._document)]
        layer_edits.remove(self._document, gone, self.tr("Cut {what}"))

    def copy(self) -> None:
        """Put the selected layers on the clipboard, as JSON."""
        layers = layer_edits.selected_layers(self._document)
        if layers:
            QGuiApplication.clipboard().setMimeData(pack(layers, text=True))

    def paste(self) -> None:
        """Put the clipboard's layers in after the selection; anything else there does nothing."""
        layers = fresh_copies(unpack(QGuiApplication.clipboard().mimeData()))
        layer_edits.add(self._document, layers, words=self.tr("Paste {what}"))

    def duplicate_selected(self) -> None:
        """Put copies of the selected layers after them."""
        layer_edits.duplicate(self._document)

    def delete_selected(self) -> None:
        """Take the selected layers out, or the branch whose heading is selected."""
        if self._blocks.removable_branch() is not None:
            self._blocks.remove_branch()
        layer_edits.remove(self._document, [layer.uid for layer in layer_edits.selected_layers(self._document)])

    def rename_selected(self) -> None:
        """Let the name of the card the keyboard stands on be typed."""
        chosen = layer_edits.selected_layers(self._document)
        uids = [layer.uid for layer in chosen]
        current = self._stack.selection.current
        card = self._stack.card(current if current in uids else uids[0]) if uids else None
        if card is not None:
            self._stack.reveal(card.uid)
            card.start_rename()

    def move_up(self) -> None:
        """Move the selected layers one place up."""
        layer_edits.shift(self._document, -1)

    def move_down(self) -> None:
        """Move the selected layers one place down."""
        layer_edits.shift(self._document, 1)

    def select_all(self) -> None:
        """Select every layer."""
        self._stack.selection.select_layers()

    def quick_add(self) -> None:
        """Open the quick adder at the selection."""
        self._stack.quick_add_requested.emit()
