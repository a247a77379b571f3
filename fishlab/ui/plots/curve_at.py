"""Which curve of a drawing is under the pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from fishlab.ui.plots.axes import Axes
from fishlab.ui.plots.drawing import Line


def line_at(axes: Axes, point: QPointF, reach: float) -> Line | None:
    """The line that passes nearest above or below `point`, a place in the widget, within `reach` pixels.

    One with a name goes before the raw points behind it.
    """
    epoch = axes.epoch(point.x())
    near = []
    for line in axes.drawing.lines:
        x, y = line.points
        if len(x) and x[0] <= epoch <= x[-1]:
            away = abs(axes.y(float(np.interp(epoch, x, y))) - point.y())
            if away <= reach:
                near.append((not line.name, away, line))
    return min(near, key=lambda one: one[:2])[2] if near else None
