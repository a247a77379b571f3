"""What a curve plot shows at one moment, as plain data: a chart makes it, the plot paints it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fishlab.core.history import Mark
from fishlab.ui.plots.axis import Range, Tick
from fishlab.ui.plots.decimate import Floats, Points

MOST_WORDS = 50  # marks with a text; where each looks for room among all others, thousands would hold up the window
_PLACES = 500  # of marks that can be told apart

NOTHING: Points = (np.empty(0), np.empty(0))

Style = Literal["raw", "line", "dash", "dot"]


@dataclass(frozen=True)
class Line:
    """One curve: `points` are epochs and places on the y axis. `colour` counts the theme's curves; a line without a
    `name` is not read by the crosshair. A dashed line has an open dot at each point.
    """

    key: str
    points: Points
    colour: int
    style: Style
    name: str = ""


@dataclass(frozen=True)
class Drawing:
    """y is in the coordinates of the axis (log10 of a loss, say); `say` turns such a y into words.

    x runs over `x_range`, in epochs; where `log_x`, the axis is logarithmic. Lines are painted in their order.
    `moment` is the epoch that all other views show, where that is of the past.
    """

    x_range: Range
    y_range: Range
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    say: Callable[[float], str] = field(default=str)
    log_x: bool = False
    moment: float | None = None

    @property
    def epochs(self) -> int:
        """How many epochs the axis shows."""
        return math.ceil(self.x_range[1] - 1e-9)

    def line(self, key: str) -> Points:
        """The points of the line `key`."""
        return next((line.points for line in self.lines if line.key == key), NOTHING)

    def share(self, epoch: float) -> float:
        """Where an epoch stands on the axis, from 0 to 1."""
        left, right = self.x_range
        if self.log_x:
            return math.log(max(epoch, left) / left) / math.log(right / left)
        return (epoch - left) / (right - left)

    def epoch(self, share: float) -> float:
        """The epoch at a place of the axis, from 0 to 1."""
        left, right = self.x_range
        return left * (right / left) ** share if self.log_x else left + (right - left) * share

    def shares(self, epochs: Floats) -> Floats:
        """`share` of many."""
        left, right = self.x_range
        if self.log_x:
            found: Floats = np.log(np.maximum(epochs, left) / left) / math.log(right / left)
            return found
        return (epochs - left) / (right - left)

    def told_apart(self, marks: Sequence[Mark]) -> tuple[Mark, ...]:
        """Of very many rising `marks` those that can be told apart on the axis, and the last ones, which have words."""
        last, index, found = len(marks) - MOST_WORDS, 0, []
        while index < last:
            found.append(marks[index])
            beyond = self.epoch(self.share(marks[index].x) + 1 / _PLACES)
            index = bisect_right(marks, beyond, index + 1, last, key=lambda mark: mark.x)
        return (*found, *marks[max(0, last) :])

    def readings(self, x: float) -> list[str]:
        """What the named lines say next to `x`, a line of text for each."""
        return [f"{line.name} {self.say(float(line.points[1][nearest(line.points[0], x)]))}" for line in self.read(x)]

    def read(self, x: float) -> list[Line]:
        """The lines that say something at `x`, earlier runs last; one that did not come as far says nothing."""
        named = [line for line in self.lines if line.name and len(line.points[0])]
        earlier = [line for line in named if line.style == "dot"]
        return [line for line in named if line not in earlier] + [line for line in earlier if x <= line.points[0][-1]]


def nearest(xs: Floats, x: float) -> int:
    """The index of the value of the rising `xs` that is nearest to `x`."""
    right = int(np.searchsorted(xs, x).clip(1, max(1, len(xs) - 1)))
    if len(xs) == 1:
        return 0
    return right if xs[right] - x < x - xs[right - 1] else right - 1
