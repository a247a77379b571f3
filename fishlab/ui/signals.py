"""SIGTERM, SIGHUP and Ctrl+C: Python would only look at them when its next code runs, and Qt waits without any."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from fishlab.ui.early_end import NUMBERS, early_end


class SignalWatch(QObject):
    """Calls `ask` in the GUI thread when the process is asked to end; a byte in a socket wakes Qt up for it.

    What was asked while the window was made is asked again.
    """

    def __init__(self, ask: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_notifier_activated)
        self._before_fd = signal.set_wakeup_fd(self._writer.fileno())
        self._before = {number: signal.signal(number, self._on_signal) for number in NUMBERS}
        if early_end.wished:
            self._on_signal(0, None)

    def stop(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before_fd)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def _on_notifier_activated(self) -> None:
        self._reader.recv(64)  # Python runs `_on_signal` on the way here

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, self._ask)  # not here: this may be in the midst of a paint event
