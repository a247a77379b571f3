"""Where the cards of a stack lie. Positions count cards (the Input is 0), indexes count layers (the first is 0)."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF

from fishlab.ui.theme import theme

MARGIN, TOP = 10, 6
GAP, COMPACT_GAP = 10, 8
DROP_GAP = 10


@dataclass(frozen=True)
class Arrangement:
    """The rectangle of each card, and the y below the last one."""

    rects: tuple[QRect, ...]
    bottom: int

    def index_at(self, y: float) -> int:
        """Return the index at which a layer dropped at `y` goes in: between 0 and the number of layers."""
        return sum(rect.top() + rect.height() / 2 < y for rect in self.rects[1:-1])

    def line_y(self, index: int) -> float:
        """Return the middle of the gap before layer `index`."""
        return (self.rects[index].bottom() + 1 + self.rects[index + 1].top()) / 2


def arrange(heights: Sequence[int], width: int, gap: int, open_at: int | None = None) -> Arrangement:
    """Stack cards of these heights in a column of `width`; the gap before layer `open_at` is wider."""
    t = theme()
    left, y = t.px(MARGIN), t.px(TOP)
    rects = []
    for position, height in enumerate(heights):
        if open_at is not None and position == open_at + 1:
            y += t.px(DROP_GAP)
        rects.append(QRect(left, y, max(1, width - 2 * left), height))
        y += height + t.px(gap)
    return Arrangement(tuple(rects), y)


def between(start: QRect, end: QRect, share: float) -> QRect:
    """Return the rectangle `share` of the way from `start` to `end`."""
    if share >= 1.0:
        return end
    parts = zip(QRectF(start).getRect(), QRectF(end).getRect(), strict=True)
    x, y, w, h = (a + (b - a) * share for a, b in parts)
    return QRect(round(x), round(y), round(w), round(h))
