"""Judging which way of running is the fastest, by slices of time in turns, while other programs come and go.

Another program on a processor makes a team of workers wait for its slowest, and hardly hurts one worker, which moves
to another processor. So a team that wins has won; where fewer workers win, that may be the others' doing.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from fishlab.core.parallel.way import Way

ROUNDS = 5  # at least: chance alone lets the same way win so many in one of 32 cases
LIGHTER = 0.92  # a way with more workers must take less than this share of the time of one with fewer
CALM = 1.15  # times the shortest slice of a way: what half of its slices stay below where nothing else runs
SIMPLER = 0.95  # helper processes must take less than this share of the time of as many threads: they take memory


class Race:
    """What has been measured of some ways, the simplest first: for each round a slice of each, the time of a step."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self.slices: dict[Way, list[float]] = {way: [] for way in ways}

    def add(self, way: Way, seconds: float) -> None:
        """A slice; every way has one in a round."""
        self.slices[way].append(seconds)

    def leave(self, way: Way) -> None:
        """This way cannot be had any more."""
        del self.slices[way]

    def seconds(self, way: Way) -> float:
        """A step of this way: nearly the least of its slices, for other programs make slices longer, never shorter."""
        slices = sorted(self.slices[way])
        return slices[(len(slices) - 1) // 8]

    def best(self) -> Way:
        """The simplest of those that are about as fast as the fastest."""
        fastest = min(self.slices, key=self.seconds)
        return next(way for way in self.slices if _share(way, fastest) * self.seconds(way) <= self.seconds(fastest))

    def settled(self) -> bool:
        """Whether nothing more need be measured: all workers there are won every round against each other way."""
        if min(map(len, self.slices.values())) < ROUNDS:
            return False
        best = self.best()
        if best.workers < max(way.workers for way in self.slices):
            return False
        return all(self._beaten(way, best) for way in self.slices if way != best)

    def calm(self) -> bool:
        """Whether the slices of every way are much alike, as where no other program is at work."""
        return all(statistics.median(slices) < CALM * min(slices) for slices in self.slices.values())

    def _beaten(self, way: Way, best: Way) -> bool:
        """Whether it lost every round; a simpler one by as much as it may be slower."""
        ways = list(self.slices)
        share = _share(way, best) if ways.index(way) < ways.index(best) else 1.0
        return all(won < share * lost for won, lost in zip(self.slices[best], self.slices[way], strict=True))


def _share(simpler: Way, other: Way) -> float:
    """The share of the simpler one's time that the other must stay below."""
    return LIGHTER if simpler.workers < other.workers else SIMPLER
