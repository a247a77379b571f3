"""A row of tabs with the keyboard focus as a border of the current one."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionTab, QTabBar, QWidget

from fishlab.ui.theme import theme


class TabBar(QTabBar):
    """Tabs at the left; `rule` draws a hairline under the whole row."""

    def __init__(self, parent: QWidget | None = None, *, rule: bool = False) -> None:
        super().__init__(parent)
        self._rule = rule
        self.setExpanding(False)
        self.setDrawBase(False)

    def initStyleOption(self, option: QStyleOptionTab, tab: int) -> None:
        """Leave out the focus: the style would draw a dotted box round the word."""
        super().initStyleOption(option, tab)
        option.state = option.state & ~QStyle.StateFlag.State_HasFocus

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the hairline, the tabs and, with the focus, the border of the current one."""
        if self._rule:
            painter = QPainter(self)
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme().colour("line"))
            painter.end()
        super().paintEvent(event)
        if self.hasFocus() and self.currentIndex() >= 0:
            self._paint_focus(QPainter(self))

    def _paint_focus(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("accent"), 2))
        painter.drawRoundedRect(
            QRectF(self.tabRect(self.currentIndex())).adjusted(2, 2, -2, -1), theme().u(5), theme().u(5)
        )
