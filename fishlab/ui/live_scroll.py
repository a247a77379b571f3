"""The middle of the window: the live panel, which scrolls only where the window is too low for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from fishlab.ui.theme import theme

LEAST_PANEL, LEAST = 528, 240  # u: below the first the panel scrolls, below the second the window does not go


class LiveScroll(QScrollArea):
    """Keeps the panel as wide as the view, and as high where that is enough for it.

    Large text on a small screen is what it is for. A scroll area's own way of resizing would ask the panel's wrapped
    sentences how high they would like to be, and scroll although everything has room.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self.setObjectName("live.scroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(panel)
        for surface in (panel, self.viewport()):
            surface.setAutoFillBackground(False)
        theme().changed.connect(self._fit)

    def _fit(self) -> None:
        size = self.viewport().size()
        self.widget().resize(size.width(), max(size.height(), theme().px(LEAST_PANEL)))
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the panel."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """As wide as the panel at least, but not as high."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self.widget().minimumSizeHint().width() + bar, theme().px(LEAST))
