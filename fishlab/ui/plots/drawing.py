"""What a curve plot shows at one moment, as plain data: the tiles make it, the plot paints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fishlab.core.history import Mark
from fishlab.ui.plots.axis import Range, Tick
from fishlab.ui.plots.decimate import Floats, Points

NOTHING: Points = (np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Drawing:
    """Points are in the coordinates of the axes (log10 of a loss, say); `say` turns such a y into words.

    `names` are the words of the lines in the crosshair's chip. x runs from 0 to `epochs`.
    """

    epochs: int
    y_range: Range
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    raw: Points = NOTHING
    train: Points = NOTHING
    validation: Points = NOTHING
    earlier: Points = NOTHING
    marks: tuple[Mark, ...] = ()
    say: Callable[[float], str] = field(default=str)
    names: tuple[tuple[str, str], ...] = ()

    def readings(self, x: float) -> list[str]:
        """What the named lines say next to `x`, a line of text for each."""
        words = []
        for role, name in self.names:
            xs, ys = getattr(self, role)
            if len(xs):
                words.append(f"{name} {self.say(float(ys[nearest(xs, x)]))}")
        return words


def nearest(xs: Floats, x: float) -> int:
    """The index of the value of the rising `xs` that is nearest to `x`."""
    right = int(np.searchsorted(xs, x).clip(1, max(1, len(xs) - 1)))
    if len(xs) == 1:
        return 0
    return right if xs[right] - x < x - xs[right - 1] else right - 1
