"""A series of numbers that grows, and its exponential average, kept up to date by what is new. NumPy only.

    m(t) = β m(t−1) + (1 − β) y(t)        m(0) = 0, β = 1 − 1/span
    smooth(t) = m(t) / (1 − βᵗ)

Divided by what the weights of the values so far sum up to, the average is not drawn to the zero that it began with
(Kingma and Ba 2015, section 3); its first value is that of the series.
"""

from __future__ import annotations

import math

import numpy as np

from fishlab.core.history import Table
from fishlab.ui.plots.decimate import Floats, finite

_NOTHING_LEFT = 1e-17  # of a value, in 64 bits


class Series:
    """The finite values of one column of a table, by the column x. `follow` takes what has been added to the table.

    `x`, `y` and `smooth` lie in one piece each: a million values are looked through in less than a millisecond.
    """

    def __init__(self, table: Table, column: str, span: float) -> None:
        self.table, self.column, self.span = table, column, span
        self._store = np.empty((3, 1024))
        self._seen = self._count = 0
        self._average = 0.0
        self.follow()

    @property
    def x(self) -> Floats:
        """Where the values are, rising."""
        return self._store[0, : self._count]

    @property
    def y(self) -> Floats:
        """The values."""
        return self._store[1, : self._count]

    @property
    def smooth(self) -> Floats:
        """Their averages so far."""
        return self._store[2, : self._count]

    def follow(self) -> None:
        """Take the rows that are new."""
        rows = self.table.rows[self._seen :]
        if not len(rows):
            return
        self._seen += len(rows)
        x, y = finite(rows[:, 0], rows[:, self.table.columns.index(self.column)])
        begin, self._count = self._count, self._count + len(x)
        self._make_room()
        self._store[0, begin : self._count], self._store[1, begin : self._count] = x, y
        self._smooth(begin)

    def set_span(self, span: float) -> None:
        """Average over about so many values from now on, and all there are so far; 1 leaves them as they are."""
        if span != self.span:
            self.span, self._average = span, 0.0
            self._smooth(0)

    def _make_room(self) -> None:
        room = self._store.shape[1]
        if self._count > room:
            self._store = np.concatenate([self._store, np.empty((3, max(room, self._count * 5 // 4 - room)))], axis=1)

    def _smooth(self, begin: int) -> None:
        """Go on with the average from the value `begin`."""
        y = self.y[begin:]
        if not len(y):
            return
        keep = 1 - 1 / self.span
        averages = averaged(y, keep)
        fading = _powers(keep, 0, len(y))
        averages[: len(fading)] += fading * self._average
        self._average = float(averages[-1])
        missing = _powers(keep, begin, len(y))
        averages[: len(missing)] /= 1 - missing
        self.smooth[begin:] = averages


def _powers(keep: float, begin: int, count: int) -> Floats:
    """keep to the powers `begin` + 1, + 2 and so on: at most `count`, and as long as they are anything beside 1."""
    last = math.log(_NOTHING_LEFT) / math.log(keep) if keep else 0.0
    powers: Floats = keep ** np.arange(begin + 1, min(begin + count, math.ceil(last)) + 1)
    return powers


def averaged(y: Floats, keep: float) -> Floats:
    """m(t) = keep m(t−1) + (1 − keep) y(t) from zero, for all t at once.

    Each pass adds what lies twice as far back (Hillis and Steele 1986), as long as anything of it is left.
    """
    found, reach, left = (1 - keep) * y, 1, keep
    while reach < len(y) and left > _NOTHING_LEFT:
        found[reach:] += left * found[:-reach]
        reach, left = 2 * reach, left * left
    return found
