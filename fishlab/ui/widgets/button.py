"""A push button with an icon in the colour of its state.

run = Button(self.tr("Run"), "run")
run.set_primary(True)                   exactly one button of a window is filled
"""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QPushButton, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon
from fishlab.ui.widgets.mark import mark


class Button(QPushButton):
    """A button of 30 u; its icon is ink2, or the ink on accent while it is the primary one."""

    def __init__(self, text: str, icon_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._icon_name = icon_name
        self._primary = False
        self._sync()
        theme().changed.connect(self._sync)

    def set_primary(self, primary: bool) -> None:
        """Fill the button with the accent colour, or no longer."""
        self._primary = primary
        mark(self, "primary", primary)
        self._sync()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the icon's ink in step with the state."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.update()

    def _sync(self) -> None:
        # A picture wider than high: Qt leaves only four pixels between icon and word.
        self.setIconSize(QSize(theme().px(22), theme().px(16)))
        if self._icon_name:
            self.setIcon(icon(self._icon_name, "on_accent" if self._primary else "ink2"))
