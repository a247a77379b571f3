"""The palette's rows: groups and the layers in them, read from the registry."""

from enum import IntEnum

from PySide6.QtCore import QMimeData, QModelIndex, QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from fishlab.core.layers import LAYERS
from fishlab.core.registry import Entry
from fishlab.ui import layer_edits
from fishlab.ui.layer_mime import LAYERS_MIME, pack
from fishlab.ui.layer_words import help_text, layer_explanation
from fishlab.ui.widgets.explanation import EXPLANATION_ROLE


class Role(IntEnum):
    """What a row of the palette carries beside its title."""

    KIND = Qt.ItemDataRole.UserRole
    ICON = Qt.ItemDataRole.UserRole + 1
    CHAPTER = Qt.ItemDataRole.UserRole + 2


class PaletteModel(QStandardItemModel):
    """Groups in the registry's order; a layer's row carries its kind and can be dragged."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refresh()

    def refresh(self) -> None:
        """Read the registry anew."""
        self.clear()
        for title, entries in LAYERS.groups().items():
            group = QStandardItem(title)
            group.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            group.appendRows([_row(entry) for entry in entries])
            self.appendRow(group)

    def kind(self, index: QModelIndex) -> str:
        """Return the kind of a layer's row, empty for a group."""
        return index.data(Role.KIND) or ""

    def matches(self, index: QModelIndex, words: str) -> bool:
        """Return whether the layer of a row is found by `words`."""
        return LAYERS[self.kind(index)].matches(words)

    def mimeTypes(self) -> list[str]:
        """Return the one type that a drag carries."""
        return [LAYERS_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:
        """Return fresh layers of the kinds of these rows."""
        return pack([layer_edits.new_layer(self.kind(index)) for index in indexes if self.kind(index)])


def _row(entry: Entry) -> QStandardItem:  # type: ignore[type-arg]
    row = QStandardItem(entry.title)
    row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    row.setData(entry.kind, Role.KIND)
    row.setData(entry.icon, Role.ICON)
    row.setData(entry.chapter, Role.CHAPTER)
    row.setToolTip(help_text(entry.kind))
    row.setWhatsThis(help_text(entry.kind))
    row.setData(layer_explanation(entry.kind), EXPLANATION_ROLE)
    return row
