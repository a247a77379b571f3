"""The steps of an augmentation in their order: switched, moved and removed by mouse and keys."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from fishlab.ui.theme import theme

_ROW, _MOST_ROWS = 28, 7
_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
    | Qt.ItemFlag.ItemIsDragEnabled
)  # fmt: skip
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class StepList(QListWidget):
    """It asks for changes and shows what is told: `moved(from, to)`, `removed(row)`, `switched(row, on)`."""

    moved = Signal(int, int)
    removed = Signal(int)
    switched = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Steps of the augmentation"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.viewport().setAutoFillBackground(False)
        self.itemChanged.connect(self._on_item_changed)
        theme().changed.connect(self._sync_height)

    def show_steps(self, steps: Sequence[tuple[str, bool]]) -> None:
        """Show (words, whether it is on) for each step; the current row stays."""
        row = self.currentRow()
        with QSignalBlocker(self):
            while self.count() > len(steps):
                self.takeItem(self.count() - 1)
            for index, (words, on) in enumerate(steps):
                item = self.item(index) or QListWidgetItem(self)
                item.setFlags(_FLAGS)
                item.setText(words)
                item.setToolTip(words)
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.setCurrentRow(min(max(row, 0), len(steps) - 1))
        self._sync_height()

    def _sync_height(self) -> None:
        for index in range(self.count()):
            self.item(index).setSizeHint(QSize(0, theme().px(_ROW)))
        self.setFixedHeight(min(self.count(), _MOST_ROWS) * theme().px(_ROW) + 2 * self.frameWidth())

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        self.switched.emit(self.row(item), item.checkState() is Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with Alt and the arrows, remove with Delete."""
        row, key = self.currentRow(), Qt.Key(event.key())
        if row >= 0 and key in _MOVES and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._ask_to_move(row, row + _MOVES[key])
        elif row >= 0 and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(row)
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask for the new order; the list itself changes when it is told."""
        under = self.indexAt(event.position().toPoint())
        below = event.position().y() > self.visualRect(under).center().y()
        target = under.row() + below if under.isValid() else self.count()
        row = self.currentRow()
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        self._ask_to_move(row, target - (target > row))

    def _ask_to_move(self, row: int, target: int) -> None:
        if row != target and 0 <= target < self.count():
            self.moved.emit(row, target)
            self.setCurrentRow(target)
