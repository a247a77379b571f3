"""Every key that does something, on one sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from fishlab.ui.actions import Actions
from fishlab.ui.theme import theme
from fishlab.ui.widgets.command_search import plain_text
from fishlab.ui.widgets.label import Label


class ShortcutSheet(QDialog):
    """Reads the table of actions each time it opens."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle(self.tr("Shortcuts"))
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self._scroll, 1)
        column.addWidget(buttons)

    def open(self) -> None:
        """Show the keys as they are now."""
        self._scroll.setWidget(self._table())
        self._scroll.viewport().setAutoFillBackground(False)
        self.resize(theme().px(460), theme().px(560))
        super().open()

    def _table(self) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setHorizontalSpacing(theme().px(24))
        grid.setColumnStretch(0, 1)
        native = QKeySequence.SequenceFormat.NativeText
        with_keys = [action for action in self._actions.all() if action.shortcuts()]
        for row, action in enumerate(with_keys):
            keys = "   ".join(sequence.toString(native) for sequence in action.shortcuts())
            grid.addWidget(Label(plain_text(action)), row, 0)
            grid.addWidget(Label(keys, "body", 500, "ink2"), row, 1, Qt.AlignmentFlag.AlignRight)
        return table
