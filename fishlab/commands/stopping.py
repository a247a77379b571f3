"""Ctrl+C and requests to end, kept until the work is at a place where it can stop."""

import signal
import threading
from types import FrameType
from typing import Self

from fishlab.core.errors import Cancelled

HANG_UP: int | None = getattr(signal, "SIGHUP", None)
"""A terminal was closed: comes more than once, and together with others, so it counts as no second wish."""


def _numbers() -> list[int]:
    """The signals that ask to end; that of a closed terminal is among them unless nohup took it away."""
    asks = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) is not signal.SIG_IGN:
        return [*asks, HANG_UP]
    return [*asks]


class Stopping:
    """While entered, SIGINT, SIGTERM and SIGHUP only leave their number in `number`; the second of the first two
    interrupts at once.
    """

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # others can set no handlers, and get no signals
            for number in _numbers():
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that this signal ended."""
        return 128 + self.number

    def check(self) -> None:
        """Raise Cancelled if a stop was asked for."""
        if self.number:
            raise Cancelled("Stopped before the training began. Nothing was written.")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.number and HANG_UP not in (self.number, number):
            raise KeyboardInterrupt
        self.number = self.number or number
