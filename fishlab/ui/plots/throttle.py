"""Many requests, few redraws."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

INTERVAL = 100  # milliseconds


class Throttle(QTimer):
    """Calls `action` (a bound method of `owner`) soon after `ask`, at most once in `interval` milliseconds.

    While `owner` is hidden nothing is drawn; what was asked for then is drawn when it calls `catch_up` on being shown.
    """

    def __init__(self, owner: QWidget, action: Callable[[], None], interval: int = INTERVAL) -> None:
        super().__init__(owner)
        self._owner = owner
        self._asked = False
        self.setSingleShot(True)
        self.setInterval(interval)
        self._action = action
        self.timeout.connect(self.catch_up)

    def ask(self) -> None:
        """Something has changed."""
        self._asked = True
        if not self.isActive():
            self.start()

    def catch_up(self) -> None:
        """Draw now what was asked for, if it can be seen."""
        if self._asked and self._owner.isVisible():
            self._asked = False
            self._action()
