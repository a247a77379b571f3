"""The base of views of many pictures: one of them is looked at, by the pointer or by the arrows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.arrows import ARROWS


class PictureWalk(QWidget):
    """A click looks at a picture, arrows go to those beside it, Enter opens it, and the pointer is told the numbers.

    A subclass paints, and gives `hit`, `beside`, `told` and `sync_theme`. `current` is the place of the picture that
    is looked at, None for none; what a place is, is the subclass's affair. `opened(place)` when one is opened.
    """

    current_changed = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current: Any = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme().changed.connect(self.sync_theme)

    def set_current(self, place: Any) -> None:
        """Look at this picture."""
        if place != self.current:
            self.current = place
            self.current_changed.emit(place)
            self.update()

    # -- what a subclass gives -------------------------------------------------------------------------------------
    def hit(self, position: QPointF) -> tuple[Any, int, int] | None:
        """The place of the picture at a point, and row and column of its number there."""
        raise NotImplementedError

    def beside(self, down: int, over: int) -> Any:
        """The place that an arrow leads to, the current one where it leads nowhere; None without pictures."""
        raise NotImplementedError

    def told(self, place: Any, row: int, column: int) -> str:
        """What a tooltip says of a number."""
        raise NotImplementedError

    def sync_theme(self) -> None:
        """Colours and sizes are others now."""
        raise NotImplementedError

    # -- pointer and keys ------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at what was clicked."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        hit = self.hit(event.position())
        self.set_current(hit[0] if hit else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the pictures; Enter opens one."""
        step = ARROWS.get(Qt.Key(event.key()))
        beside = self.beside(*step) if step else None
        if beside is not None:
            self.set_current(beside)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell the number under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            hit = self.hit(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.told(*hit) if hit else "", self)
            return True
        return super().event(event)
