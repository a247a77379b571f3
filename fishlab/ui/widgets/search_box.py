"""A field to search in: magnifier before, a cross to clear behind, arrows that move in the list below.

box = SearchBox(self.tr("Search layers"))
box.textChanged                 as in QLineEdit
box.stepped                     Signal(int): +1 for Down, -1 for Up
box.returnPressed               take what is chosen
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.inputs import LineInput


class SearchBox(LineInput):
    """A line to search by. Escape clears it first, and only then goes to the window.

    Qt's own icons in a line are 16 pixels whatever the font; these are measured in u.
    """

    stepped = Signal(int)

    def __init__(self, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self._cross = IconButton("close", self.tr("Clear"), self)
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cross.setCursor(Qt.CursorShape.ArrowCursor)
        self._cross.hide()
        self._cross.clicked.connect(self.clear)
        self.textChanged.connect(self._on_text_changed)
        self._sync()
        theme().changed.connect(self._sync)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send Up and Down on, clear on Escape."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            self.stepped.emit(step)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the magnifier over the line."""
        super().paintEvent(event)
        size = theme().px(16)
        picture = icon_pixmap("search", "ink2", size, self.devicePixelRatioF())
        QPainter(self).drawPixmap(theme().px(8), (self.height() - size) // 2, picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cross at the end."""
        super().resizeEvent(event)
        self._cross.move(
            self.width() - self._cross.width() - theme().px(3), (self.height() - self._cross.height()) // 2
        )

    def _sync(self) -> None:
        self.setTextMargins(theme().px(24), 0, theme().px(20), 0)

    def _on_text_changed(self, text: str) -> None:
        self._cross.setVisible(bool(text))
