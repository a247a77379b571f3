"""How many processors there are for this program."""

import os


def processors() -> int:
    """Return how many processors this process may use; at least 1."""
    if hasattr(os, "sched_getaffinity"):  # a container or a scheduler may leave fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
