"""Where the docks stand: three named layouts, and the one the person left behind."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme
from fishlab.ui.widgets.dock import Dock

COMPACT = 1360
VERSION = 1

# For each layout the docks that are open and their widths in u, wide and compact.
LAYOUTS = {
    "build": {"palette": (206, 186), "network": (420, 330), "inspector": (280, 250)},
    "watch": {"palette": (206, 186), "network": (326, 302), "inspector": (260, 240)},
    "explain": {"network": (326, 302), "inspector": (380, 320)},
}


class Layouts:
    """Puts docks in their places and remembers them."""

    def __init__(self, window: QMainWindow, docks: dict[str, Dock], settings: Settings) -> None:
        self._window, self._docks, self._settings = window, docks, settings

    def place(self) -> None:
        """The first arrangement: palette and network at the left, inspector at the right."""
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self._window.addDockWidget(left, self._docks["palette"])
        self._window.splitDockWidget(self._docks["palette"], self._docks["network"], Qt.Orientation.Horizontal)
        self._window.addDockWidget(right, self._docks["inspector"])

    def show(self, name: str) -> None:
        """Open and size the docks of a named layout, in their first places."""
        widths = LAYOUTS[name]
        compact = self._window.width() < theme().px(COMPACT)
        for dock in self._docks.values():
            dock.setFloating(False)
        self.place()
        for key, dock in self._docks.items():
            dock.setVisible(key in widths)
        shown = [self._docks[key] for key in widths]
        sizes = [theme().px(pair[1 if compact else 0]) for pair in widths.values()]
        self._window.resizeDocks(shown, sizes, Qt.Orientation.Horizontal)

    def remember(self, name: str) -> None:
        """Keep the arrangement, the window's place and the layout's name for the next start."""
        self._settings.set("window/geometry", self._window.saveGeometry())
        self._settings.set("window/docks", self._window.saveState(VERSION))
        self._settings.set("window/layout", name)

    def restore(self) -> bool:
        """Bring back the arrangement of the last time; False if there is none that fits."""
        geometry, docks = self._settings.data("window/geometry"), self._settings.data("window/docks")
        if geometry is None or docks is None:
            return False
        return self._window.restoreGeometry(geometry) and self._window.restoreState(docks, VERSION)
