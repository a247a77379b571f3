"""How long something takes, fit to be compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from fishlab.core.evaluation import computing

Result = TypeVar("Result")
ROUNDS = 3


def timed(work: Callable[[], Result], rounds: int = ROUNDS) -> tuple[Result, float]:
    """What the work gives, and the seconds of the fastest of some rounds, on one processor."""
    best = float("inf")
    with computing():
        for _ in range(rounds):
            began = time.perf_counter()
            result = work()
            best = min(best, time.perf_counter() - began)
    return result, best
