"""Every action of the window in one table: words, shortcut, icon. Menus, command search and shortcut sheet read it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

from fishlab.ui.widgets.icon import icon


@dataclass(frozen=True)
class ActionInfo:
    """One action; `shortcuts` are separated by commas, `separator` draws a line before it."""

    name: str
    menu: str
    text: str
    shortcuts: str = ""
    icon: str = ""
    checkable: bool = False
    separator: bool = False


def _table() -> tuple[ActionInfo, ...]:
    """The actions in menu order."""
    return (
        ActionInfo("file.open", "File", "Open…", "Ctrl+O", "open"),
        ActionInfo("file.save", "File", "Save", "Ctrl+S", "save", separator=True),
        ActionInfo("file.save_as", "File", "Save as…", "Ctrl+Shift+S"),
        ActionInfo("file.quit", "File", "Quit", "Ctrl+Q", separator=True),
        ActionInfo("network.rename_network", "Network", "Rename network…", separator=True),
        ActionInfo("train.run", "Train", "Run", "F5", "run"),
        ActionInfo("train.pause", "Train", "Pause", "Shift+F6", "pause"),
        ActionInfo("train.step", "Train", "Step one batch", "F6", "step"),
        ActionInfo("train.stop", "Train", "Stop", "Shift+F5", "stop"),
        ActionInfo("train.more", "Train", "One more epoch", "Ctrl+F5", separator=True),
        ActionInfo("train.over", "Train", "Start over"),
        ActionInfo("train.test", "Train", "Evaluate the test images", "Ctrl+T", "lock", separator=True),
        ActionInfo("data.fetch", "Train", "Get MNIST", "", "data"),
        ActionInfo("view.larger", "View", "Larger text", "Ctrl++,Ctrl+=", separator=True),
        ActionInfo("view.smaller", "View", "Smaller text", "Ctrl+-"),
        ActionInfo("view.normal", "View", "Normal text", "Ctrl+0"),
        ActionInfo("view.motion", "View", "Reduce motion", checkable=True, separator=True),
        ActionInfo("help.explain", "Help", "Explain what I click", "Shift+F1,F1", "lightbulb"),
        ActionInfo("help.commands", "Help", "Find a command…", "Ctrl+Shift+P", "search"),
        ActionInfo("help.shortcuts", "Help", "Shortcuts", "Ctrl+/"),
        ActionInfo("help.about", "Help", "About FishLab", separator=True),
    )


class Actions(QObject):
    """The actions by name: `actions["train.run"].triggered.connect(...)`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.table = _table()
        self._actions = {info.name: self._make(info) for info in self.table}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action in menu order."""
        return list(self._actions.values())

    def add(self, name: str, action: QAction) -> None:
        """Take in an action that was made elsewhere, so that the command search finds it."""
        action.setObjectName(name)
        self._actions[name] = action

    def of_menu(self, menu: str) -> list[tuple[ActionInfo, QAction]]:
        """The actions of one menu, in order."""
        return [(info, self._actions[info.name]) for info in self.table if info.menu == menu]

    def _make(self, info: ActionInfo) -> QAction:
        action = QAction(QCoreApplication.translate("Actions", info.text), self)
        action.setObjectName(info.name)
        action.setCheckable(info.checkable)
        if info.icon:
            action.setIcon(icon(info.icon))
        action.setShortcuts([QKeySequence(keys) for keys in info.shortcuts.split(",") if keys])
        return action
