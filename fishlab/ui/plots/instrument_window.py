"""A window of its own for an instrument, beside the main one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.plots import freeze, pin
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.label import Label

WIDTH, HEIGHT = 640, 420
LARGE = "F11"  # what enlarges an instrument in the strip


class InstrumentWindow(QWidget):
    """Holds one instrument until it is closed, which `closed(name)` tells."""

    closed = Signal(str)

    def __init__(self, name: str, title: str, instrument: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.name, self.instrument = name, instrument
        self.setObjectName(f"window.{name}")
        self.setWindowTitle(f"{title} — FishLab")
        self._build(title)
        self.resize(theme().px(WIDTH), theme().px(HEIGHT))
        theme().changed.connect(self._sync)

    def _build(self, title: str) -> None:
        self._header = QHBoxLayout()
        self._header.addWidget(Label(title, "body", 600), 1)
        for action in self.instrument.actions():
            self._header.addWidget(_button(action, self))
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addLayout(self._header)
        column.addWidget(self.instrument, 1)
        self.instrument.show()
        close = QShortcut(QKeySequence("Ctrl+W"), self)
        close.activated.connect(self.close)
        keys = ((freeze.KEY, self._on_freeze_key), (pin.KEY, self._on_pin_key), (LARGE, self._on_large_key))
        for words, slot in keys:
            key = QShortcut(QKeySequence(words), self)
            key.activated.connect(slot)
        self._sync()

    def _sync(self) -> None:
        side = theme().px(10)
        self.layout().setContentsMargins(theme().px(2), theme().px(4), theme().px(2), theme().px(4))
        self._header.setContentsMargins(side, 0, side, 0)
        self.update()

    def _on_freeze_key(self) -> None:
        freeze.toggle_freeze(self.instrument)

    def _on_large_key(self) -> None:
        """Over the whole screen, or as it was."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _on_pin_key(self) -> None:
        pin.toggle_pin(self.instrument)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card under it."""
        QPainter(self).fillRect(self.rect(), theme().colour("card"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the instrument go back to where it came from."""
        self.closed.emit(self.name)
        event.accept()


def _button(action: QAction, parent: QWidget) -> IconButton:
    action.setWhatsThis(action.whatsThis() or action.text())  # the button takes it over
    if isinstance(action, freeze.FreezeAction):
        return freeze.FreezeButton(action, parent)
    button = IconButton("more", action.text(), parent)
    button.setDefaultAction(action)
    button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
    return button
