"""Help: finding a command, all keys on a sheet, the log, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from fishlab import __version__
from fishlab.ui.actions import Actions
from fishlab.ui.logs import log_folder
from fishlab.ui.prompts import Prompts
from fishlab.ui.shortcut_sheet import ShortcutSheet
from fishlab.ui.widgets.command_search import CommandSearch


class Help(QObject):
    """What the actions of the menu do, but for explaining (see `explaining.py`)."""

    def __init__(self, actions: Actions, prompts: Prompts, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions, self._prompts = actions, prompts
        self.search = CommandSearch(parent)
        self.sheet = ShortcutSheet(actions, parent)
        actions["help.commands"].triggered.connect(self._on_find)
        actions["help.shortcuts"].triggered.connect(self._on_shortcuts)
        actions["help.log"].triggered.connect(self._on_log)
        actions["help.about"].triggered.connect(self._on_about)

    def _on_find(self) -> None:
        self.search.offer(self._actions.titled())

    def _on_shortcuts(self) -> None:
        self.sheet.open()

    def _on_log(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))

    def _on_about(self) -> None:
        words = self.tr("A laboratory for neural networks, built for readers of “Deep Learning from Scratch”.")
        self._prompts.about(f"FishLab {__version__}", words)
