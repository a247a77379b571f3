"""What every row of the stack is: a widget with a content that is compared, and looks that come and go."""

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import FLASH, animate

_PLACE_WHILE_DRAGGED = 0.4


class StackRow(QWidget):
    """A row that shows a content with `uid`, `spoken` and `state`.

    Mouse presses go through to the stack, which owns the gestures.
    """

    def __init__(self, content: Any, parent: QWidget) -> None:
        super().__init__(parent)
        self.uid: str = content.uid
        self.content = content
        self._selected = self._faded = False
        self._flash, self._arrival = 0.0, 1.0
        self._show_content()

    def set_content(self, content: Any) -> None:
        """Show `content`."""
        if content != self.content:
            self.content = content
            self._show_content()
            self.update()

    def _show_content(self) -> None:
        self.setAccessibleName(self.content.spoken)

    def height_for(self, width: int) -> int:
        """Return the height it needs at `width`."""
        raise NotImplementedError

    def set_selected(self, selected: bool) -> None:
        """Look selected, or not."""
        if selected != self._selected:
            self._selected = selected
            self.setAccessibleDescription(self.tr("selected") if selected else "")
            self.update()

    @property
    def selected(self) -> bool:
        """Whether it looks selected."""
        return self._selected

    def set_faded(self, faded: bool) -> None:
        """Look like the old place of what is being dragged."""
        if faded != self._faded:
            self._faded = faded
            self.update()

    def set_arrival(self, share: float) -> None:
        """Be this much there: 0 nothing, 1 all of it."""
        self._arrival = share
        self.update()

    def flash(self) -> None:
        """Show that undo or redo changed this row."""
        animate(self, self._set_flash, 1.0, 0.0, FLASH)

    @property
    def presence(self) -> float:
        """The opacity with which it is drawn."""
        return self._arrival * (_PLACE_WHILE_DRAGGED if self._faded else 1.0)

    def can_stand_on(self) -> None:
        """The keyboard can stand on this row."""
        self.setProperty("focus_ring", True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the hover fill."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the hover fill away."""
        self.update()

    def _set_flash(self, strength: float) -> None:
        self._flash = strength
        self.update()
