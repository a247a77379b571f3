"""What every field shares: a control, a value, and one line under it when the value is refused.

    field.value()            what it holds
    field.set_value(v)       show v; sends nothing
    field.edited             Signal(object): the person changed it, with the new value, while typing too
    field.set_error("23 is not divisible by 2")   border and line in bad; None takes it away
    field.error()            the line shown, or ""

`name` is the accessible name. A number beyond its range is said to be so while it is typed, and is not sent.
"""

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.mark import mark


class Field(QWidget):
    """Base of the fields in `fields.py`. `controls` are the bare inputs, the first one takes the focus."""

    edited = Signal(object)
    line_height = 28  # u, of the control without its message; a label beside it is as high

    def __init__(self, controls: list[QWidget], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls = controls
        self._told: Any = None
        self._error = self._refusal = ""
        self.row = QHBoxLayout()
        self._message = Label("", "caption", 400, "bad", wrap=True)
        self._message.hide()
        self._column = QVBoxLayout(self)
        self._column.addLayout(self.row)
        self._column.addWidget(self._message)
        self.setFocusProxy(controls[0])
        self.set_name(name)
        self._sync()
        theme().changed.connect(self._sync)

    def value(self) -> Any:
        """Return the value held."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show `value` without sending `edited`."""
        blockers = [QSignalBlocker(control) for control in self.controls]
        self._show(value)
        for blocker in blockers:
            blocker.unblock()
        self._told = self.value()

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def set_name(self, name: str) -> None:
        """Set the accessible name of the field and its controls."""
        self.setAccessibleName(name)
        for control in self.controls:
            control.setAccessibleName(name)

    def set_error(self, message: str | None) -> None:
        """Show `message` under the field and mark its border, or take both away."""
        self._error = message or ""
        self._sync_message()

    def refuse(self, message: str) -> None:
        """Show `message` before any error, as long as what stands in the field is not its value."""
        if message != self._refusal:
            self._refusal = message
            self._sync_message()

    def _sync_message(self) -> None:
        message = self._refusal or self._error
        self._message.setText(message)
        self._message.setVisible(bool(message))
        for control in self.controls:
            mark(control, "bad", bool(message))
            control.setAccessibleDescription(message)

    def error(self) -> str:
        """Return the message shown, or an empty string."""
        return self._message.text()

    def setToolTip(self, text: str) -> None:
        """Set the tooltip of the field and its controls; it is also what Explain says."""
        super().setToolTip(text)
        self.setWhatsThis(text)
        for control in self.controls:
            control.setToolTip(text)

    def _on_control_changed(self, _new: object = None) -> None:
        value = self.value()
        if value != self._told:  # Enter makes a spin box say again what it has said
            self._told = value
            self.edited.emit(value)

    def _sync(self) -> None:
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(theme().px(8))
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(4))
