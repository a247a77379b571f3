"""A row of tabs that shows as many as there is room for, the current one always among them."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.tab_bar import TabBar


class FittingTabs(TabBar):
    """`hidden_changed(count)` tells how many are out of sight; the arrow keys reach them too."""

    hidden_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden = 0
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.currentChanged.connect(self._fit)
        theme().changed.connect(self._fit)

    def minimumSizeHint(self) -> QSize:
        """As narrow as one likes."""
        return QSize(0, super().minimumSizeHint().height())

    def _fit(self) -> None:
        current = self.currentIndex()
        self._show_only(set(range(self.count())))  # one out of sight has no size
        widths = [self.tabSizeHint(index).width() for index in range(self.count())]
        left = self.width() - (widths[current] if widths else 0)
        shown = {current}
        for index, width in enumerate(widths):
            if index != current:
                left -= width
                if left < 0:
                    break
                shown.add(index)
        self._show_only(shown)
        self._scroll_back(min(shown), current)
        self._tell(self.count() - len(shown))

    def _show_only(self, shown: set[int]) -> None:
        for index in range(self.count()):
            if self.isTabVisible(index) is not (index in shown):  # saying what is so already keeps Qt from laying out
                self.setTabVisible(index, index in shown)

    def _scroll_back(self, first: int, current: int) -> None:
        """Qt scrolled to where the current tab was before others were hidden, and does not take that back."""
        if self.tabRect(first).left() == 0:
            return
        if first == current:
            super().resizeEvent(QResizeEvent(self.size(), self.size()))
            return
        with QSignalBlocker(self):
            self.setCurrentIndex(first)
            self.setCurrentIndex(current)

    def _tell(self, hidden: int) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            self.hidden_changed.emit(hidden)

    def tabInserted(self, index: int) -> None:
        """There is one more."""
        super().tabInserted(index)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is more room, or less."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Only now it has its letters."""
        super().showEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the neighbour, seen or not; Home and End to the first and the last."""
        last = self.count() - 1
        places = {
            Qt.Key.Key_Left: max(0, self.currentIndex() - 1), Qt.Key.Key_Right: min(last, self.currentIndex() + 1),
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }  # fmt: skip
        place = places.get(Qt.Key(event.key()))
        if place is None:
            super().keyPressEvent(event)
        else:
            self.setCurrentIndex(place)
