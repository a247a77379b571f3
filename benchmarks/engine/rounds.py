"""Turns in rounds: every engine once a round, and ratios taken round by round.

A machine is not equally fast all the time. Two engines in the same round see much the same machine, so the ratio is
taken there, and the median over the rounds is what counts.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.engine.processes import cpu_seconds
from benchmarks.engine.workers import EngineError, Worker
from fishlab.core.spec import ProjectSpec

EAGER = "torch:eager"
LEAST_ROUNDS = 3
REST = 0.03  # seconds between two turns, in which waiting threads fall asleep
Turn = Callable[[], float]


@dataclass(frozen=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(middle, low, high)


def load_all(workers: Mapping[str, Worker], project: ProjectSpec) -> dict[str, dict[str, Any]]:
    """The answer of each engine to loading a network; {"error": ...} where it cannot."""
    answers = {}
    for name, worker in workers.items():
        try:
            answers[name] = worker.load(project)
        except EngineError as error:
            answers[name] = {"error": str(error)}
    return answers


def steps(workers: Mapping[str, Worker], seconds: float) -> dict[str, Turn]:
    """Turns of training steps; what comes of one is its median step in milliseconds."""

    def turn(worker: Worker) -> Turn:
        return lambda: float(worker.ask("steps", seconds=seconds)["median_ms"])

    return {name: turn(worker) for name, worker in workers.items()}


def take_turns(turns: Mapping[str, Turn], rounds: int, patience: float = math.inf) -> dict[str, list[float]]:
    """What each turn gave in each round. Every round begins with another one.

    After `patience` seconds no further round begins, where there were LEAST_ROUNDS: slow machines get fewer.
    """
    names = list(turns)
    times: dict[str, list[float]] = {name: [] for name in names}
    end = time.monotonic() + patience
    for number in range(rounds):
        if number >= LEAST_ROUNDS and time.monotonic() > end:
            break
        start = number % max(1, len(names))
        for name in names[start:] + names[:start]:
            time.sleep(REST)
            times[name].append(turns[name]())
    return times


def compare(times: Mapping[str, Sequence[float]], against: str = EAGER) -> dict[str, dict[str, Any]]:
    """For each engine `ms` and, where the one it is compared with took part, `ratio`: spreads over the rounds."""
    found: dict[str, dict[str, Any]] = {}
    for name, values in times.items():
        found[name] = {"ms": asdict(Spread.of(values))}
        if against in times:
            ratios = [value / other for value, other in zip(values, times[against], strict=True)]
            found[name]["ratio"] = asdict(Spread.of(ratios))
    return found


def idle_share(workers: Mapping[str, Worker], busy: str, seconds: float) -> float | None:
    """How much of one processor all other engines and their helpers use while one has its turn; None: unknown."""
    idle = [worker for name, worker in workers.items() if name != busy]
    before = [cpu_seconds(worker.pid) for worker in idle]
    begin = time.perf_counter()
    workers[busy].ask("steps", seconds=seconds)
    took = time.perf_counter() - begin
    after = [cpu_seconds(worker.pid) for worker in idle]
    used = [now - then for then, now in zip(before, after, strict=True) if then is not None and now is not None]
    return sum(used) / took if used or not idle else None
