"""What Python and NumPy take of memory while something is done again and again."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

SETTLING = 8  # steps until Python and NumPy have filled their lists of small things to use again


def memory_taken(step: Callable[[], object], times: int) -> tuple[int, int]:
    """Bytes that so many steps leave behind, and the most they hold at once, beyond what a few before them left."""
    tracemalloc.start()
    try:
        for _ in range(SETTLING):
            step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(times):
            step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before, peak - before
