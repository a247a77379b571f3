"""What is shown before it has its place comes up as a window of its own, and flashes on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from window_kit import Opener
from window_walk import show_instrument

from fishlab.ui.panels.inspector.panel import TABS
from fishlab.ui.plots.live import INSTRUMENTS


class Windows(QObject):
    """Which widgets come up as windows."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched.objectName())
        return False


def test_no_part_of_a_panel_is_a_window_before_it_has_its_place(open_window: Opener, qapp: QApplication) -> None:
    windows = Windows()
    qapp.installEventFilter(windows)
    try:
        window, _ = open_window()
        for name, _, _ in INSTRUMENTS:
            show_instrument(window, name)
        for tab in TABS:
            window.inspector_panel.show_tab(tab)
    finally:
        qapp.removeEventFilter(windows)
    assert windows.seen == [window.objectName()]
