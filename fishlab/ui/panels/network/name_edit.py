"""The line over a card's name in which it is renamed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.layer_edits import MOST_NAME
from fishlab.ui.widgets.inputs import LineInput


class NameEdit(LineInput):
    """Sends `finished(name, by_key)` once: on Enter and when focus goes with the text, on Escape with the old name."""

    finished = Signal(str, bool)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._name = name
        self._done = False
        self.setObjectName("network.rename")
        self.setAccessibleName(self.tr("Name of the layer"))
        self.setMaxLength(MOST_NAME)
        self.returnPressed.connect(self._on_return_pressed)

    def start(self) -> None:
        """Come up with the whole name selected."""
        self.show()
        self.selectAll()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape keeps the name as it was; no key goes on to the card."""
        if event.key() == Qt.Key.Key_Escape:
            self._finish(self._name, by_key=True)
        else:
            super().keyPressEvent(event)
            event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the text when focus goes elsewhere."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._finish(self.text(), by_key=False)

    def _on_return_pressed(self) -> None:
        self._finish(self.text(), by_key=True)

    def _finish(self, name: str, *, by_key: bool) -> None:
        if not self._done:
            self._done = True
            self.hide()
            self.finished.emit(name, by_key)
