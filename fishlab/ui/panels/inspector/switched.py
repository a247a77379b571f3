"""Buttons that go off while they work: the keyboard waits for them instead of falling on the field that comes next."""

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget


class Switched:
    """Switches the buttons of a box. While the one that has the focus is off, the box itself holds it."""

    def __init__(self, box: QWidget) -> None:
        self._box = box
        self._waits: QWidget | None = None

    def switch(self, buttons: Mapping[QWidget, bool]) -> None:
        """Enable each button or not; the focus goes back to the one that waits, or to one that is on in its place."""
        leaves = next((button for button, on in buttons.items() if button.hasFocus() and not on), None)
        if leaves is not None:
            self._waits = leaves
            self._box.setFocus()
        for button, on in buttons.items():
            button.setEnabled(on)
        if self._box.hasFocus():
            ready = sorted((button for button, on in buttons.items() if on), key=lambda one: one is not self._waits)
            if ready:
                ready[0].setFocus()
