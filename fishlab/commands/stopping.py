"""Ctrl+C and requests to end, kept until the work is at a place where it can stop."""

import signal
import threading
from types import FrameType
from typing import Self

from fishlab.core.errors import Cancelled


class Stopping:
    """While entered, SIGINT and SIGTERM only leave their number in `number`; a second one interrupts at once."""

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # others can set no handlers, and get no signals
            for number in (signal.SIGINT, signal.SIGTERM):
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
        if self.number:
            raise KeyboardInterrupt
        self.number = number
