"""Every action of the window by its name: those of the table, and those that panels add.

Menus, toolbar, command search and shortcut sheet read them; Explain shows their help.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from fishlab.ui.action_table import ACTIONS, ActionInfo
from fishlab.ui.widgets.icon import icon


class Actions(QObject):
    """The actions by name: `actions["train.run"].triggered.connect(...)`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = {info.name: self._make(info) for info in ACTIONS}
        self._titles: dict[str, str] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the table and then as they were added."""
        return list(self._actions.values())

    def add(self, name: str, action: QAction, title: str = "") -> None:
        """Take in an action that was made elsewhere; `title` is what it is called outside its menu, if not the same."""
        if not action.objectName():
            action.setObjectName(name)
        self._actions[name] = action
        self._titles[name] = title

    def named(self) -> list[tuple[str, str, QAction]]:
        """(name, words outside a menu, action) of every action."""
        return [(name, self._titles.get(name) or plain_text(action), action) for name, action in self._actions.items()]

    def titled(self) -> list[tuple[str, QAction]]:
        """Every action with its words outside a menu."""
        return [(title, action) for _, title, action in self.named()]

    def of_menu(self, menu: str) -> list[tuple[ActionInfo, QAction]]:
        """The actions of one menu, in order."""
        return [(info, self._actions[info.name]) for info in ACTIONS if info.menu == menu]

    def tip(self, name: str) -> str:
        """The words of an action with its key, and what it does: the tooltip of its button."""
        action = self._actions[name]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        first = f"{plain_text(action)} ({keys})" if keys else plain_text(action)
        return f"{first}\n{action.whatsThis()}" if action.whatsThis() else first

    def _make(self, info: ActionInfo) -> QAction:
        action = QAction(self.tr(info.text), self)
        action.setObjectName(info.name)
        action.setCheckable(info.checkable)
        if info.icon:
            action.setIcon(icon(info.icon))
        if info.help:
            action.setWhatsThis(self.tr(info.help))
        action.setShortcuts([QKeySequence(keys) for keys in info.shortcuts.split()])
        return action


def plain_text(action: QAction) -> str:
    """The words of an action without mnemonics and dots."""
    return action.text().replace("&", "").rstrip("…")
