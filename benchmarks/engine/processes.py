"""A process and its children: how much memory they hold together, how much of the processors they use."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process, its children and theirs."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for known in found:  # grows while it is gone through
        found += children.get(known, [])
    return found


def _parents() -> dict[int, int]:
    if (PROC / "self" / "stat").exists():
        stats = {int(folder.name): _stat(int(folder.name)) for folder in PROC.iterdir() if folder.name.isdecimal()}
        return {pid: int(stat[1]) for pid, stat in stats.items() if stat}
    return {int(pid): int(parent) for pid, parent in _ps("pid=,ppid=")}


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty where the process has gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ps(columns: str) -> list[list[str]]:
    done = subprocess.run(["ps", "-axo", columns], capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines()]


def cpu_seconds(pid: int) -> float | None:
    """Processor time of the whole tree so far; None where there is no /proc."""
    if not PROC.exists():
        return None
    stats = (_stat(member) for member in tree(pid))
    return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float | None:
    """Memory of the whole tree now, pages that several hold counted once (PSS); resident memory where there is no PSS.

    None where neither can be told.
    """
    if PROC.exists():
        return sum(map(_pss, tree(pid))) / 1024
    if os.name == "posix":
        members = set(tree(pid))
        return sum(int(size) for member, size in _ps("pid=,rss=") if int(member) in members) / 1024
    return None


def _pss(pid: int) -> int:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0  # it has gone
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


class PeakMemory:
    """The most that a tree held at once, looked at 50 times a second from here while it is open."""

    def __init__(self, pid: int) -> None:
        self.megabytes: float | None = None
        self._pid, self._done = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.is_set():
            now = megabytes(self._pid)
            if now is not None:
                self.megabytes = max(now, self.megabytes or 0.0)
            time.sleep(0.02)

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
