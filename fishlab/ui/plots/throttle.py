"""Many requests, few redraws; and while a run goes on one view after the other, for a small part of the time.

A drawing holds the interpreter, and with it the run that computes beside it, so all drawings together keep to SHARE of
the time: each takes its place in a line, and the next one's turn comes when this one has paid for itself. With a few
views open nobody notices; with twenty each is drawn less often, and never two in one turn of the event loop.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from fishlab.ui.plots.seen import is_seen

INTERVAL = 120  # milliseconds: less than the session's pump rests while a run goes on, so that it sets the beat
SHARE = 0.08
"""The part of the window's time that all drawings together take beside a run."""
USUAL = 0.004  # seconds: what a view is expected to cost that was never drawn


class DrawingLine:
    """When the next drawing may begin."""

    def __init__(self) -> None:
        self._free = 0.0

    def place(self, seconds: float) -> float:
        """Take the next place for a drawing that is expected to cost this; returns when its turn comes."""
        turn = max(time.monotonic(), self._free)
        self._free = turn + seconds / SHARE
        return turn

    def charge(self, seconds: float) -> None:
        """One has cost so much more than was expected, or less."""
        self._free += seconds / SHARE


line = DrawingLine()
"""That of the window's thread."""


class Throttle(QTimer):
    """Calls `action` (a bound method of `owner`) soon after `ask`, at most once in `interval` milliseconds.

    After a rest it is called as soon as events are looked at again: views that ask in one breath are drawn in one, and
    Qt paints the window once for all of them. While `crowded()` says that a run goes on, it waits in the line. While
    `owner` is hidden nothing is drawn; what was asked for then is drawn when it calls `catch_up` on being shown, which
    costs no place: a person has done something and looks.
    """

    def __init__(
        self, owner: QWidget, action: Callable[[], None], crowded: Callable[[], bool], interval: int = INTERVAL
    ) -> None:
        super().__init__(owner)
        self._owner, self._action, self._crowded = owner, action, crowded
        self._interval = interval / 1000
        self._asked = False
        self._drawn = 0.0
        self._cost = USUAL  # seconds of the processor: drawing, and the painting that follows
        self._paid: float | None = None  # what the place in the line was paid for, while it has one
        self._began: float | None = None  # the processor's time before a drawing whose cost is not known yet
        self.setSingleShot(True)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.timeout.connect(self._on_timeout)

    def ask(self) -> None:
        """Something has changed."""
        self._asked = True
        if not self.isActive():
            self._wait_until(self._drawn + self._interval)

    def catch_up(self) -> None:
        """Draw now what was asked for, if it can be seen."""
        if self._asked and is_seen(self._owner):
            self._asked = False
            self._drawn = time.monotonic()
            if self._paid is not None:
                self._began = time.thread_time()
                self.start(0)  # comes after the painting
            self._action()

    def _on_timeout(self) -> None:
        if self._began is not None:
            self._settle(time.thread_time() - self._began)
        elif self._asked and self._paid is None and self._crowded():
            self._paid = self._cost
            self._wait_until(line.place(self._cost))
        else:
            self.catch_up()
            if self._began is None:
                self._paid = None  # nobody sees it

    def _settle(self, cost: float) -> None:
        """The drawing has cost this."""
        assert self._paid is not None
        line.charge(cost - self._paid)
        self._cost, self._paid, self._began = cost, None, None
        if self._asked:
            self.ask()

    def _wait_until(self, moment: float) -> None:
        self.start(max(0, round(1000 * (moment - time.monotonic()))))
