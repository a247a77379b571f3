"""Whether somebody can see a widget: what nobody sees need not be computed, nor drawn."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def is_seen(widget: QWidget) -> bool:
    """Not hidden, and not in a window that is minimized: to Qt such a window is still visible."""
    return widget.isVisible() and not widget.window().isMinimized()
