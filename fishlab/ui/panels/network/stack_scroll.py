"""The scroll area round the stack: keeps it as wide as the view, shows what is asked for, scrolls under a drag."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from fishlab.ui.panels.network.auto_scroll import AutoScroll
from fishlab.ui.panels.network.stack_view import StackView
from fishlab.ui.theme import theme


class StackScroll(QScrollArea):
    """Holds a `StackView`; scrolls up and down only."""

    def __init__(self, stack: StackView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = stack
        self.setObjectName("network.scroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(stack)
        for surface in (stack, self.viewport()):
            surface.setAutoFillBackground(False)
        self._auto = AutoScroll(self)
        self._auto.scrolled.connect(stack.drop.follow_scroll)
        stack.drop.hovered.connect(self._on_drop_hovered)
        stack.drop.ended.connect(self._auto.stop)
        stack.reveal_requested.connect(self._on_reveal_requested)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the stack the view's width."""
        super().resizeEvent(event)
        self._stack.set_viewport(self.viewport().size())

    def _on_drop_hovered(self, point: QPoint) -> None:
        self._auto.hover(point.y() - self.verticalScrollBar().value())

    def _on_reveal_requested(self, rect: QRect) -> None:
        edge = theme().px(16)
        centre = rect.center()
        self.ensureVisible(centre.x(), centre.y(), 0, min(rect.height() // 2 + edge, self.viewport().height() // 2))
