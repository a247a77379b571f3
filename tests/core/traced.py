"""What Python and NumPy take of memory while something is done again and again."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def memory_taken(step: Callable[[], object], times: int) -> tuple[int, int]:
    """Bytes that so many steps leave behind, and the most they hold at once, beyond what one step before them left."""
    tracemalloc.start()
    try:
        step()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(times):
            step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before, peak - before
