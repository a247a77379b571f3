"""Many requests, few redraws."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

INTERVAL = 120  # milliseconds: less than the session's pump rests while a run goes on, so that it sets the beat


class Throttle(QTimer):
    """Calls `action` (a bound method of `owner`) soon after `ask`, at most once in `interval` milliseconds.

    After a rest it is called as soon as events are looked at again: views that ask in one breath are drawn in one, and
    Qt paints the window once for all of them. While `owner` is hidden nothing is drawn; what was asked for then is
    drawn when it calls `catch_up` on being shown.
    """

    def __init__(self, owner: QWidget, action: Callable[[], None], interval: int = INTERVAL) -> None:
        super().__init__(owner)
        self._owner = owner
        self._asked = False
        self.setSingleShot(True)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self._interval = interval
        self._drawn = 0.0
        self._action = action
        self.timeout.connect(self.catch_up)

    def ask(self) -> None:
        """Something has changed."""
        self._asked = True
        if not self.isActive():
            passed = round(1000 * (time.monotonic() - self._drawn))
            self.start(max(0, self._interval - passed))

    def catch_up(self) -> None:
        """Draw now what was asked for, if it can be seen."""
        if self._asked and self._owner.isVisible():
            self._asked = False
            self._drawn = time.monotonic()
            self._action()
