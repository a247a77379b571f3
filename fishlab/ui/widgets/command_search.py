"""Find a command: type a few letters of what you want, Enter does it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.search_box import SearchBox

WIDTH, ROWS = 440, 12


class CommandSearch(QWidget):
    """A popup over the window's actions; disabled ones are left out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_search")
        self._offered: list[QAction] = []
        self._build()
        self._connect()

    def _build(self) -> None:
        self.box = SearchBox(self.tr("Find a command"))
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.addWidget(self.box)
        column.addWidget(self.list)

    def _connect(self) -> None:
        self.box.textChanged.connect(self._on_text_changed)
        self.box.stepped.connect(self._on_stepped)
        self.box.returnPressed.connect(self._on_return)
        self.list.itemClicked.connect(self._on_item_clicked)
        self.box.installEventFilter(self)

    def offer(self, actions: Sequence[QAction]) -> None:
        """Open over the middle of the window with these actions."""
        self._offered = [action for action in actions if action.isEnabled() and action.text()]
        self.box.clear()
        self._on_text_changed("")
        margin = theme().px(8)
        self.layout().setContentsMargins(margin, margin, margin, margin)
        self.resize(theme().px(WIDTH), theme().px(56 + 26 * ROWS))
        window = self.parentWidget().window()
        place = window.mapToGlobal(window.rect().topLeft())
        self.move(place.x() + (window.width() - self.width()) // 2, place.y() + theme().px(90))
        self.show()
        self.box.setFocus()

    def _on_text_changed(self, text: str) -> None:
        self.list.clear()
        words = text.casefold().split()
        for action in self._offered:
            title = plain_text(action)
            if all(word in title.casefold() for word in words):
                item = QListWidgetItem(action.icon(), f"{title}   {action.shortcut().toString()}".rstrip())
                item.setData(Qt.ItemDataRole.UserRole, action)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _on_stepped(self, step: int) -> None:
        row = self.list.currentRow() + step
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))

    def _on_return(self) -> None:
        if self.list.currentItem():
            self._on_item_clicked(self.list.currentItem())

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in an empty box closes the popup."""
        escape = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape  # type: ignore[attr-defined]
        if escape and not self.box.text():
            self.close()
            return True
        return super().eventFilter(watched, event)


def plain_text(action: QAction) -> str:
    """The words of an action without mnemonics and dots."""
    return action.text().replace("&", "").rstrip("…")
