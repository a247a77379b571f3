"""A histogram over time as a ridge: an outline for each moment, the start far behind, the newest in front."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from fishlab.core.probes.history import HistogramHistory
from fishlab.ui.theme import theme

FEW, MOST, APART = 6, 16, 6  # outlines, and u between two of them: more of them hide each other
_TALL = 0.42  # of the plot: the height of the largest peak, so that it overlaps some of those behind
_BACK, _FRONT = 0.10, 0.55  # how much of the curve's colour is in the card: the first, the newest


class Ridge:
    """Lies in `plot` below `above` pixels that are kept free for words; heights go by the root of the share.

    So what is rare is still told from what is not there, as in the heat map of the same numbers.
    """

    def __init__(self, plot: QRectF, history: HistogramHistory, above: float) -> None:
        self._plot, self._history = plot.adjusted(0, above, 0, -1), history
        room = int((1 - _TALL) * self._plot.height() / theme().u(APART))
        self.moments = evenly(len(history.x), max(FEW, min(MOST, room)))

    def paint(self, painter: QPainter, marked: int | None = None) -> None:
        """All, back to front; the line of the medians over them, and the `marked` moment in the accent."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # five times as quick
        shades = _shades(theme().tokens.card, theme().curve(0).name(), len(self.moments))
        for moment, (fill, line) in zip(self.moments.tolist(), shades, strict=True):
            painter.setPen(QPen(QColor(line), 1))
            painter.setBrush(QBrush(QColor(fill)))
            painter.drawPolygon(self._outline(moment))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_medians(painter)
        if marked is not None:
            self.paint_one(painter, marked)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def paint_one(self, painter: QPainter, moment: int) -> None:
        """One moment over all others, in the accent."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(self._outline(moment))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def nearest(self, x: float) -> int:
        """The moment next to a place in epochs."""
        return int(np.abs(self._history.x - x).argmin())

    def moment_at(self, y: float) -> int:
        """The moment whose outline stands next to this height."""
        feet = [self._foot(moment) for moment in self.moments.tolist()]
        return int(self.moments[int(np.abs(np.array(feet) - y).argmin())])

    def _foot(self, moment: int) -> float:
        """Where an outline stands: the first behind, the newest at the bottom."""
        share = moment / max(1, len(self._history.x) - 1)
        return self._plot.bottom() - (1 - share) * (1 - _TALL) * self._plot.height()

    def _outline(self, moment: int) -> QPolygonF:
        """From the first bin that holds something to the last, and down to the foot at both ends."""
        shares = self._history.spread.shares
        peak = max(float(shares.max()), 1e-12)
        tall = np.sqrt(shares[moment] / peak) * (_TALL * self._plot.height())
        left, width, count = self._plot.left(), self._plot.width(), len(tall)
        xs = left + (np.arange(count) + 0.5) * (width / count)
        foot = self._foot(moment)
        held = np.flatnonzero(tall)
        part = slice(held[0], held[-1] + 1) if len(held) else slice(0, count)
        half = width / count / 2
        xs, ys = xs[part], foot - tall[part]
        xs = np.concatenate([xs[:1] - half, xs, xs[-1:] + half])
        return arrayToQPolygonF(xs, np.concatenate([[foot], ys, [foot]]))

    def _paint_medians(self, painter: QPainter) -> None:
        found = self._history.spread
        low, high = float(found.edges[0]), float(found.edges[-1])
        medians = found.quantiles[self.moments, 1]
        known = np.isfinite(medians)
        xs = self._plot.left() + (medians.clip(low, high) - low) * (self._plot.width() / (high - low))
        feet = map(self._foot, self.moments.tolist())
        points = [QPointF(x, foot) for x, foot, there in zip(xs, feet, known, strict=True) if there]
        painter.setPen(QPen(theme().curve(1), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)


def evenly(count: int, most: int) -> NDArray[np.intp]:
    """At most so many of 0 to count - 1, evenly, with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


@cache
def _shades(card: str, curve: str, count: int) -> list[tuple[str, str]]:
    """The filling and the line of each outline, from the first to the newest."""
    shares = np.linspace(0, 1, count) if count > 1 else np.ones(1)
    return [(_mixed(card, curve, _BACK + (_FRONT - _BACK) * share), _mixed(card, curve, 0.45 + 0.55 * share))
            for share in shares.tolist()]  # fmt: skip


def _mixed(ground: str, colour: str, share: float) -> str:
    below, above = QColor(ground), QColor(colour)
    pairs = zip(below.getRgb()[:3], above.getRgb()[:3], strict=True)
    parts = (round((1 - share) * low + share * high) for low, high in pairs)
    return QColor(*parts).name()
