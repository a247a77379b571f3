"""Where the rows of a stack lie, and which place belongs to a height."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF

from fishlab.core.spec import Place
from fishlab.ui.panels.network.rows import Row, RowKind
from fishlab.ui.theme import theme

MARGIN, TOP = 10, 6
INDENT, INSET = 12, 6  # of what a block holds, at its left and at its right
GAP, COMPACT_GAP = 10, 8
DROP_GAP = 10
_UNDER_BLOCK, _UNDER_HEADING, _OVER_HEADING, _OVER_END = 6, 3, 8, 6


@dataclass(frozen=True)
class Arrangement:
    """The rectangle of each row, and the y below the last one."""

    rows: tuple[Row, ...]
    rects: tuple[QRect, ...]
    bottom: int

    def place_at(self, y: float) -> Place:
        """Return where layers go that are dropped at `y`: before or after a row by its halves; a slot is one whole."""
        passed = sum(self._begins(position) < y for position in range(1, len(self.rows) - 1))
        place = self.rows[passed].below
        assert place is not None
        return place

    def position(self, where: int | Place) -> int:
        """Return the row right under which a place lies; a number is a place in the network's own stack."""
        place = where if isinstance(where, Place) else Place(where)
        return max(position for position, row in enumerate(self.rows) if row.below == place)

    def line_y(self, where: int | Place) -> float:
        """Return the middle of the gap of a place; for an empty branch that of its slot."""
        above = self.position(where)
        if self.rows[above].empty:
            return self.rects[above].center().y()
        return (self.rects[above].bottom() + 1 + self.rects[above + 1].top()) / 2

    def _begins(self, position: int) -> float:
        rect = self.rects[position]
        if self.rows[position].empty:
            return (self.rects[position - 1].bottom() + 1 + rect.top()) / 2
        return rect.top() + rect.height() / 2


def arrange(
    rows: Sequence[Row], heights: Sequence[int], width: int, gap: int, open_at: Place | None = None
) -> Arrangement:
    """Stack rows of these heights in a column of `width`, deeper ones indented; the gap of `open_at` is wider."""
    t = theme()
    y = t.px(TOP)
    rects: list[QRect] = []
    for position, (row, height) in enumerate(zip(rows, heights, strict=True)):
        if position:
            y += t.px(_gap(rows[position - 1], row, gap))
        rects.append(QRect(row_left(row.depth), y, row_width(row.depth, width), height))
        y += height
    closed = Arrangement(tuple(rows), tuple(rects), y + t.px(gap))
    return closed if open_at is None else _opened(closed, closed.position(open_at))


def row_left(depth: int) -> int:
    """Return the left edge of rows of this depth."""
    return theme().px(MARGIN) + depth * theme().px(INDENT)


def row_width(depth: int, width: int) -> int:
    """Return how wide rows of this depth are in a column of `width`."""
    return max(1, width - 2 * theme().px(MARGIN) - depth * theme().px(INDENT + INSET))


def _gap(above: Row, row: Row, gap: int) -> int:
    """The space between two rows, in u."""
    if above.opens:
        return _UNDER_BLOCK
    if row.kind is RowKind.BRANCH:
        return _OVER_HEADING
    if row.kind is RowKind.END:
        return _OVER_END
    return _UNDER_HEADING if above.kind is RowKind.BRANCH else gap


def _opened(closed: Arrangement, position: int) -> Arrangement:
    """What is under a row moves down a little; an empty branch has its slot."""
    if closed.rows[position].empty:
        return closed
    by = theme().px(DROP_GAP)
    rects = tuple(rect.translated(0, by * (at > position)) for at, rect in enumerate(closed.rects))
    return Arrangement(closed.rows, rects, closed.bottom + by)


def between(start: QRect, end: QRect, share: float) -> QRect:
    """Return the rectangle `share` of the way from `start` to `end`."""
    if share >= 1.0:
        return end
    parts = zip(QRectF(start).getRect(), QRectF(end).getRect(), strict=True)
    x, y, w, h = (a + (b - a) * share for a, b in parts)
    return QRect(round(x), round(y), round(w), round(h))
