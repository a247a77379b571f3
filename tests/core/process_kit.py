"""What tests of helper processes look at: who is alive, who idles, and what is left when they are gone."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from leftovers import shared_memory


def _stat(pid: int) -> list[str]:
    """From the state on, what Linux tells of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def idle(pid: int, seconds: float = 0.3) -> bool:
    """Whether it takes no time of a processor for so long."""
    before = _stat(pid)[11:13]
    time.sleep(seconds)
    return _stat(pid)[11:13] == before


def within(seconds: float, reached: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def left_behind() -> tuple[int, set[str], set[Path]]:
    """Threads, children and shared memory that there are now."""
    gc.collect()
    children = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                children.add(path.parent.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return threading.active_count(), children, shared_memory()
