"""How much memory there is, asked of the system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def free_bytes() -> int | None:
    """The memory that can still be had, or None where the system does not tell, or refuses by itself (Windows)."""
    if sys.platform.startswith("linux"):
        return available()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def available(told: Path = Path("/proc/meminfo")) -> int | None:
    """What Linux says in `told`, or None."""
    try:
        lines = told.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None
