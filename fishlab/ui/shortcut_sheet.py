"""Every key that does something, on one sheet."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QGridLayout, QScrollArea, QWidget

from fishlab.ui.actions import Actions
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.more_below import MoreBelow
from fishlab.ui.widgets.sheet import Sheet

_HEIGHT = 560


class ShortcutSheet(Sheet):
    """Reads the table of actions each time it opens."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__("shortcuts", self.tr("Shortcuts"), parent)
        self._actions = actions
        self._build()
        self.sync_space()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName(self.tr("Shortcuts"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.close)
        self.column.addWidget(self._scroll, 1)
        self.column.addWidget(MoreBelow(self._scroll.verticalScrollBar()))
        self.column.addWidget(buttons)

    def open(self) -> None:
        """Show the keys as they are now."""
        self._show_table()
        beside = self.column.contentsMargins().left() * 2 + theme().px(24)
        self.fit((self._scroll.widget().sizeHint().width() + beside) / theme().u(1), _HEIGHT)
        super().open()

    def sync_space(self) -> None:
        """The table too, where it is in sight."""
        super().sync_space()
        if self.isVisible():
            self._show_table()

    def _show_table(self) -> None:
        self._scroll.setWidget(self._table())
        for surface in (self._scroll.widget(), self._scroll.viewport()):
            surface.setAutoFillBackground(False)

    def rows(self) -> list[tuple[str, str, str]]:
        """(group, what it does, keys) of every action that has a key, group by group."""
        rows = [(name.split(".")[0], title, keys_of(action)) for name, title, action in self._actions.named()]
        return sorted((row for row in rows if row[2]), key=lambda row: _GROUPS.index(row[0]))

    def _table(self) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(theme().px(4), theme().px(4), theme().px(12), theme().px(4))
        grid.setHorizontalSpacing(theme().px(40))
        grid.setVerticalSpacing(theme().px(6))
        grid.setColumnStretch(0, 1)
        titles = dict(zip(_GROUPS, self._titles(), strict=True))
        for group, rows in groupby(self.rows(), key=lambda row: row[0]):
            heading = Label(titles[group], "body", 600)
            heading.setContentsMargins(0, theme().px(10) if grid.count() else 0, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0)
            for _, title, keys in rows:
                row = grid.rowCount()
                grid.addWidget(Label(title), row, 0)
                grid.addWidget(Label(keys, "body", 500, "ink2"), row, 1, Qt.AlignmentFlag.AlignRight)
        return table

    def _titles(self) -> tuple[str, ...]:
        return (
            self.tr("File"), self.tr("Edit"), self.tr("Network, while the keyboard is there"), self.tr("Train"),
            self.tr("View"), self.tr("Help"),
        )  # fmt: skip


_GROUPS = ("file", "edit", "network", "train", "view", "help")


def keys_of(action: QAction) -> str:
    """The keys of an action, as this system writes them; of the many that paste, the two best known."""
    native = QKeySequence.SequenceFormat.NativeText
    return "   ".join(sequence.toString(native) for sequence in action.shortcuts()[:2])
