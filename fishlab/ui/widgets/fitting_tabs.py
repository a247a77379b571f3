"""A row of tabs that shows as many as there is room for, the current one always among them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.tab_bar import TabBar


class FittingTabs(TabBar):
    """`hidden_changed(count)` tells how many are out of sight; the arrow keys reach them too."""

    hidden_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widths: dict[str, int] = {}
        self._hidden = 0
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.currentChanged.connect(self._fit)
        theme().changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        """The words may have another size."""
        for index in range(self.count()):
            self.setTabVisible(index, True)
        self._widths.clear()
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """As narrow as one likes."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """The width of all."""
        return QSize(sum(self._width(index) for index in range(self.count())), super().sizeHint().height())

    def _width(self, index: int) -> int:
        if self.isTabVisible(index):  # one out of sight has no size of its own
            self._widths[self.tabText(index)] = self.tabSizeHint(index).width()
        return self._widths.get(self.tabText(index), 0)

    def _fit(self) -> None:
        widths = [self._width(index) for index in range(self.count())]
        current = self.currentIndex()
        left = self.width() - (widths[current] if widths else 0)
        shown = {current}
        for index, width in enumerate(widths):
            if index != current:
                left -= width
                if left < 0:
                    break
                shown.add(index)
        for index in range(self.count()):
            self.setTabVisible(index, index in shown)
        hidden = self.count() - len(shown)
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
