"""What every dialog of the program's own has in common: its margins, and a size that follows the text.

class Wishes(Sheet):
    def __init__(self, parent):
        super().__init__("wishes", self.tr("Wishes"), parent)
        self.column.addWidget(...)
        self.sync_space()

    def open(self):
        self.fit(520, 360)                  in u; never more than the screen has
        super().open()
"""

from PySide6.QtCore import QSize, QSizeF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from fishlab.ui.theme import theme

_MARGIN, _SPACE, _FRAME = 16, 12, 32


class Sheet(QDialog):
    """A dialog whose parts stand in `column`. While it is open it grows and shrinks with the size of the text."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self._wanted, self._taken, self._unit = QSizeF(), QSize(), theme().u(1)
        theme().changed.connect(self.sync_space)
        # After all parts have heard of the change: as long as their words are large the sheet cannot be small.
        theme().changed.connect(self._on_theme_settled, Qt.ConnectionType.QueuedConnection)

    def sync_space(self) -> None:
        """Measure anew what stands in u; a sheet with lengths of its own adds them."""
        margin = theme().px(_MARGIN)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme().px(_SPACE))

    def fit(self, width: float, height: float = 0.0) -> None:
        """Take a size in u; without a height, as high as the parts are then."""
        self._wanted, self._unit = QSizeF(width, height), theme().u(1)
        self._take()

    def room(self) -> QSize:
        """The most that there is for it: the screen without the frame of a window."""
        return self.screen().availableGeometry().size() - QSize(0, theme().px(_FRAME))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A person who draws it to another size finds that again when the text has grown and shrunk."""
        super().resizeEvent(event)
        if event.spontaneous() and event.size() != self._taken:
            self._wanted = event.size().toSizeF() / self._unit

    def _take(self) -> None:
        self.column.activate()
        size = (self._wanted * self._unit).toSize()
        if not self._wanted.height():
            size.setHeight(self.column.totalHeightForWidth(size.width()))
        self._taken = size.boundedTo(self.room())
        self.resize(self._taken)

    def _on_theme_settled(self) -> None:
        if self._unit != theme().u(1) and self.isVisible():
            self._unit = theme().u(1)
            self._take()
