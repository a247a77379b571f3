"""Freeze: the button, and its key, by which any instrument keeps what it shows; the button says that it does."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.icon_button import IconButton

KEY = "F8"


class FreezeAction(QAction):
    """The first action of every instrument. While it is checked nothing that is shown moves; then it catches up."""

    def __init__(self, owner: QWidget, name: str) -> None:
        words = QCoreApplication.translate("FreezeAction", "Freeze: keep what is shown ({key})")
        super().__init__(icon("freeze"), words.format(key=KEY), owner)
        self.setObjectName(f"{name}.freeze")
        self.setIconText(QCoreApplication.translate("FreezeAction", "Frozen"))
        self.setCheckable(True)


class FreezeButton(IconButton):
    """Only an icon, and while it is pressed the word beside it."""

    def __init__(self, action: FreezeAction, parent: QWidget) -> None:
        super().__init__("freeze", action.text(), parent)
        self.setDefaultAction(action)
        action.toggled.connect(self._sync)
        self._sync()

    def _sync(self, *_: object) -> None:
        super()._sync()
        frozen, styles = self.isChecked(), Qt.ToolButtonStyle
        self.setToolButtonStyle(styles.ToolButtonTextBesideIcon if frozen else styles.ToolButtonIconOnly)
        if frozen:
            self.setFont(theme().font("small", 500))
            self.setFixedWidth(self.sizeHint().width())


def toggle_freeze(instrument: QWidget) -> None:
    """Freeze this instrument, or let it go on; nothing where it shows nothing that moves."""
    for action in instrument.actions():
        if isinstance(action, FreezeAction) and action.isEnabled():
            action.toggle()
