"""What happens to a wish to end that comes while the program still starts. No Qt here: it is what takes the time.

A signal that nobody handles ends a program as a crash would. There is nothing to lose yet, but who asked is told that
all went well, as later.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

NUMBERS = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
    NUMBERS.append(signal.SIGHUP)


class EarlyEnd:
    """While entered, SIGINT, SIGTERM and SIGHUP end the program by SystemExit; `hold` has them wait in `wished`."""

    def __init__(self) -> None:
        self.wished = self._holds = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self.wished = self._holds = False
        if threading.current_thread() is threading.main_thread():  # others can set no handlers, and get no signals
            self._before = {number: signal.signal(number, self._on_signal) for number in NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the signals back, to what is no window."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def hold(self) -> None:
        """From now on a wish waits: there are things that take no exception at any moment, such as a paint event."""
        self._holds = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.wished = True
        if not self._holds:
            raise SystemExit(0)


early_end = EarlyEnd()
"""That of the program: signals are sent to all of it."""
