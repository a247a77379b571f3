"""How often the session looks at what its run has sent: each look sets off redraws, and the run pays for them."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer

WAITING = 33  # milliseconds, while something is about to change or somebody waits for an answer
RUNNING = 200  # milliseconds, while numbers come in
ANSWER_SECONDS = 1.0  # how long somebody who asks for an answer waits


class Pace(QTimer):
    """Times out at the pace of the moment; `set_running` and `ask` choose it, `look` is called at each timeout."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._running = False
        self._asked = -math.inf
        self.setInterval(WAITING)

    def set_running(self, running: bool) -> None:
        """Whether numbers come in and nothing else is expected."""
        self._running = running
        self.look()

    def ask(self) -> None:
        """Somebody asks for something that the run has to answer."""
        self._asked = time.monotonic()
        self.look()

    def look(self) -> None:
        """Take the pace of the moment."""
        calm = self._running and time.monotonic() - self._asked > ANSWER_SECONDS
        pace = RUNNING if calm else WAITING
        if pace != self.interval():
            self.setInterval(pace)
