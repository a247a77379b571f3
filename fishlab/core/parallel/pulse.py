"""How processes wait for each other: counters in shared memory, looked at again and again for a short while."""

from __future__ import annotations

import os
import platform
import time
from threading import Lock
from typing import Any

SPIN = 0.001
_IN_ORDER = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
_lock = Lock()


def fence() -> None:
    """What was written before is seen by all before what is written after; taking a lock twice has that effect."""
    with _lock:
        pass
    with _lock:
        pass


def publish() -> None:
    """A fence between data and the counter that announces it; x86 processors keep writes in order by themselves."""
    if not _IN_ORDER:
        fence()


def reached(counter: Any, goal: int, seconds: float = SPIN) -> bool:
    """Look at `counter[0]` until it is at `goal`, for so long at most; whether it is."""
    if counter[0] >= goal:
        publish()
        return True
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(20):
            if counter[0] >= goal:
                publish()
                return True
            _let_others()
    return False


def _sleep_0() -> None:
    time.sleep(0)


_let_others = getattr(os, "sched_yield", _sleep_0)
