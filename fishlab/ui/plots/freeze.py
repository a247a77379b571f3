"""Freeze: the button, and its key, by which any instrument keeps what it shows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.ui.widgets.icon import icon

KEY = "F8"


class FreezeAction(QAction):
    """The first action of every instrument. While it is checked nothing that is shown moves; then it catches up."""

    def __init__(self, owner: QWidget, name: str) -> None:
        words = QCoreApplication.translate("FreezeAction", "Freeze: keep what is shown ({key})")
        super().__init__(icon("freeze"), words.format(key=KEY), owner)
        self.setObjectName(f"{name}.freeze")
        self.setCheckable(True)


def toggle_freeze(instrument: QWidget) -> None:
    """Freeze this instrument, or let it go on; nothing where it shows nothing that moves."""
    for action in instrument.actions():
        if isinstance(action, FreezeAction) and action.isEnabled():
            action.toggle()
