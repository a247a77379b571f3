"""The list at the left of a sheet, to choose from what stands at the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from fishlab.ui.theme import theme

DATA = Qt.ItemDataRole.UserRole
_INK, _HEADING = DATA + 1, DATA + 2


class SideList(QListWidget):
    """Rows of 28 u in a list so many u wide; long words give way with an ellipsis."""

    def __init__(self, name: str, title: str, width: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width = width
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sync()
        theme().changed.connect(self._sync)

    def add(self, text: str, data: Any, ink: str = "ink") -> QListWidgetItem:
        """Append a row that carries `data`."""
        return self._add(text, data, ink, heading=False)

    def add_heading(self, text: str) -> QListWidgetItem:
        """Append a row that cannot be chosen."""
        item = self._add(text, None, "ink2", heading=True)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        return item

    def data_of(self, row: int) -> Any:
        """What a row carries; None for a heading, and where there is no such row."""
        item = self.item(row)
        return item.data(DATA) if item is not None else None

    def chosen(self) -> Any:
        """What the row carries that is chosen, if any."""
        return self.data_of(self.currentRow())

    def _add(self, text: str, data: Any, ink: str, *, heading: bool) -> QListWidgetItem:
        item = QListWidgetItem(text)
        for role, value in ((DATA, data), (_INK, ink), (_HEADING, heading)):
            item.setData(role, value)
        self._dress(item)
        self.addItem(item)
        return item

    def _dress(self, item: QListWidgetItem) -> None:
        """Colours, letters and heights that a row was given stay those of the theme before."""
        item.setForeground(theme().colour(item.data(_INK)))
        item.setFont(theme().font("caption", 600) if item.data(_HEADING) else theme().font())
        item.setSizeHint(QSize(0, theme().px(28)))

    def _sync(self) -> None:
        self.setFixedWidth(theme().px(self._width))
        for row in range(self.count()):
            self._dress(self.item(row))
