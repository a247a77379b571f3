"""Rows on their way to new places."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect, Signal

from fishlab.ui.panels.network.arrangement import between
from fishlab.ui.panels.network.stack_row import StackRow
from fishlab.ui.theme import ARRIVE, animate, finish_motion


class CardMotion(QObject):
    """`go` takes rows to their rectangles, smoothly or at once; `moved` is sent after each step."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._paths: list[tuple[StackRow, QRect, QRect]] = []

    def go(self, cards: Sequence[StackRow], rects: Sequence[QRect], *, smoothly: bool) -> None:
        """Begin; a card that is new is there at once."""
        finish_motion(self)
        placed = {card for card, _, _ in self._paths}
        pairs = zip(cards, rects, strict=True)
        self._paths = [(card, card.geometry() if card in placed else rect, rect) for card, rect in pairs]
        if smoothly:
            animate(self, self._set_share, 0.0, 1.0, ARRIVE)
        else:
            self._set_share(1.0)

    def forget(self, card: StackRow) -> None:
        """A card goes away."""
        self._paths = [path for path in self._paths if path[0] is not card]

    def _set_share(self, share: float) -> None:
        for card, start, end in self._paths:
            card.setGeometry(between(start, end, share))
        self.moved.emit()
