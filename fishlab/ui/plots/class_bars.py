"""A small bar for each class, the largest in the accent: for where the rows of ProbabilityBars have no room."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from fishlab.ui.theme import theme

_LEAST, _ROW, _BAR, _NAME = 13, 19, 8, 56  # u


def paint_class_bars(
    painter: QPainter, area: QRectF, values: NDArray[np.floating], names: Sequence[str], span: tuple[float, float]
) -> None:
    """Bars from `span[0]` to `span[1]`; where not all classes have room, those with the largest values."""
    rows = max(1, min(len(values), int(area.height() / theme().u(_LEAST))))
    ranked = np.argsort(-np.nan_to_num(values, nan=-np.inf))
    shown = sorted(ranked[:rows].tolist())
    height = min(theme().u(_ROW), area.height() / rows)
    widest = max(theme().text_width(names[k], "caption", 600) for k in shown)
    name = min(theme().u(_NAME), widest + theme().u(8))
    for place, k in enumerate(shown):
        row, chosen = QRectF(area.left(), area.top() + place * height, area.width(), height), k == ranked[0]
        painter.setFont(theme().font("caption", 600 if chosen else 400))
        painter.setPen(theme().colour("ink" if chosen else "ink2"))
        cut = painter.fontMetrics().elidedText(names[k], Qt.TextElideMode.ElideRight, round(name))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, cut)
        track = QRectF(row.left() + name, row.center().y() - theme().u(_BAR / 2), row.width() - name, theme().u(_BAR))
        painter.fillRect(track, theme().colour("band"))
        if np.isfinite(values[k]):
            share = (float(values[k]) - span[0]) / ((span[1] - span[0]) or 1.0)
            track.setWidth(track.width() * min(1.0, max(0.0, share)))
            painter.fillRect(track, theme().colour("accent" if chosen else "edge"))
