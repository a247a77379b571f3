"""How often a fault is made: a few times in every run of the tests, all of them where FISHLAB_FULL is 1."""

from __future__ import annotations

import os

FULL = os.environ.get("FISHLAB_FULL") == "1"


def times(usual: int, full: int) -> int:
    """`full` where the environment has FISHLAB_FULL=1, else `usual`."""
    return full if FULL else usual
