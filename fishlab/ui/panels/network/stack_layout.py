"""Puts the rows' widgets where they belong, and answers what lies where."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QRect, Signal

from fishlab.core.spec import Place
from fishlab.ui.panels.network.arrangement import COMPACT_GAP, GAP, Arrangement, arrange, row_width
from fishlab.ui.panels.network.card import COMPACT_HEAD, HEAD, LayerCard
from fishlab.ui.panels.network.card_motion import CardMotion
from fishlab.ui.panels.network.rows import Row
from fishlab.ui.panels.network.stack_row import StackRow


class StackLayout(QObject):
    """`arrangement` is where the rows go; `moved` is sent while they are on their way."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.arrangement = self._closed = Arrangement((), (), 0)
        self._motion = CardMotion(self)
        self._motion.moved.connect(self.moved)

    def arrange(
        self, rows: Sequence[Row], widgets: Mapping[str, StackRow], width: int, *, low: bool, open_at: Place | None
    ) -> None:
        """Find a rectangle for each row in a column of `width`; `low` is for windows with little room."""
        for widget in widgets.values():
            if isinstance(widget, LayerCard):
                widget.set_head(COMPACT_HEAD if low else HEAD)
        heights = [widgets[row.uid].height_for(row_width(row.depth, width)) for row in rows]
        gap = COMPACT_GAP if low else GAP
        self._closed = arrange(rows, heights, width, gap)
        self.arrangement = arrange(rows, heights, width, gap, open_at)

    def go(self, widgets: Mapping[str, StackRow], *, smoothly: bool) -> None:
        """Take the widgets to their rectangles."""
        cards = [widgets[row.uid] for row in self.arrangement.rows]
        self._motion.go(cards, self.arrangement.rects, smoothly=smoothly)

    def forget(self, row: StackRow) -> None:
        """A row goes away."""
        self._motion.forget(row)

    def row_at(self, y: float) -> Row | None:
        """Return the row at height `y`."""
        pairs = zip(self.arrangement.rows, self.arrangement.rects, strict=True)
        return next((row for row, rect in pairs if rect.top() <= y <= rect.bottom()), None)

    def place_at(self, y: float) -> Place:
        """Return where a layer dropped at height `y` goes in, wherever the gap is open now."""
        return self._closed.place_at(y)  # by where the rows lie without the gap, or it would run from the pointer

    def rect_of(self, uid: str) -> QRect | None:
        """Return where a row lies, or None for one out of sight."""
        pairs = zip(self.arrangement.rows, self.arrangement.rects, strict=True)
        return next((rect for row, rect in pairs if row.uid == uid), None)
