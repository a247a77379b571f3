"""The fields an inspector is made of. What they share is in `field.py`.

SpinField(name, minimum, maximum, step=1, unit="")                     int
FloatField(name, minimum, maximum, step=0.1, log=False, unit="")       float; `log` steps 1, 3, 10
PairField(name, minimum, maximum, step=1)                              (int, int), height × width
ChoiceField(name, [(value, text), ...])                                any value
CheckField(name, text)                                                 bool
TextField(name, placeholder="")                                        str, sent when Enter or leaving ends it
"""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.inputs import ChoiceInput, FloatInput, IntInput, LineInput, give_text_room
from fishlab.ui.widgets.label import Label


class _NumberField(Field):
    """What fields of numbers share."""

    def _listen(self, box: IntInput | FloatInput) -> None:
        box.valueChanged.connect(self._on_control_changed)
        box.lineEdit().textEdited.connect(self._on_text_edited)
        box.editingFinished.connect(self._on_editing_finished)

    def _on_text_edited(self, _text: str) -> None:
        """Say what the number being typed is beyond; it becomes the nearest that can be when the typing ends."""
        boxes = [box for box in self.controls if isinstance(box, (IntInput, FloatInput))]
        self.refuse(next((words for box in boxes if (words := box.refusal())), ""))

    def _on_editing_finished(self) -> None:
        self.refuse("")


class SpinField(_NumberField):
    """A whole number."""

    def __init__(
        self, name: str, minimum: int, maximum: int, step: int = 1, unit: str = "", parent: QWidget | None = None
    ) -> None:
        self._box = _int_box(minimum, maximum, step)
        super().__init__([self._box], name, parent)
        self._box.setSuffix(f" {unit}" if unit else "")
        self.row.addWidget(self._box)
        self._listen(self._box)

    def value(self) -> int:
        return self._box.value()

    def _show(self, value: int) -> None:
        self._box.setValue(value)

    def _sync(self) -> None:
        super()._sync()
        give_text_room(self._box)


class FloatField(_NumberField):
    """A number; `log` for what is chosen by its order of magnitude, such as a learning rate."""

    def __init__(
        self,
        name: str,
        minimum: float,
        maximum: float,
        step: float = 0.1,
        log: bool = False,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self._box = FloatInput(log=log)
        super().__init__([self._box], name, parent)
        self._box.setRange(minimum, maximum)
        self._box.setSingleStep(step)
        self._box.setSuffix(f" {unit}" if unit else "")
        _may_shrink(self._box)
        self.row.addWidget(self._box)
        self._listen(self._box)

    def value(self) -> float:
        return self._box.value()

    def _show(self, value: float) -> None:
        self._box.setValue(value)

    def _sync(self) -> None:
        super()._sync()
        give_text_room(self._box)


class PairField(_NumberField):
    """Two whole numbers with × between them: height, then width."""

    def __init__(self, name: str, minimum: int, maximum: int, step: int = 1, parent: QWidget | None = None) -> None:
        self._boxes = [_int_box(minimum, maximum, step) for _ in range(2)]
        super().__init__(list(self._boxes), name, parent)
        self.row.addWidget(self._boxes[0], 1)
        self.row.addWidget(Label("×", "body", 400, "ink2"))
        self.row.addWidget(self._boxes[1], 1)
        for box in self._boxes:
            self._listen(box)

    def value(self) -> tuple[int, int]:
        return (self._boxes[0].value(), self._boxes[1].value())

    def _show(self, value: tuple[int, int]) -> None:
        for box, number in zip(self._boxes, value, strict=True):
            box.setValue(number)

    def set_name(self, name: str) -> None:
        """Name the two boxes apart."""
        super().set_name(name)
        self._boxes[0].setAccessibleName(self.tr("%1, height").replace("%1", name))
        self._boxes[1].setAccessibleName(self.tr("%1, width").replace("%1", name))

    def _sync(self) -> None:
        super()._sync()
        self.row.setSpacing(theme().px(6))
        for box in self._boxes:
            give_text_room(box)


class ChoiceField(Field):
    """One of a list of values, each shown by its text."""

    def __init__(self, name: str, choices: Iterable[tuple[Any, str]] = (), parent: QWidget | None = None) -> None:
        self._box = ChoiceInput()
        super().__init__([self._box], name, parent)
        _may_shrink(self._box)
        self.row.addWidget(self._box)
        self.set_choices(choices)
        self._box.activated.connect(self._on_control_changed)

    def set_choices(self, choices: Iterable[tuple[Any, str]]) -> None:
        """Offer other values; the one held stays if it is among them."""
        held = self.value()
        with QSignalBlocker(self._box):
            self._box.clear()
            for value, text in choices:
                self._box.addItem(text, value)
        self.set_value(held)

    def value(self) -> Any:
        return self._box.currentData()

    def _show(self, value: Any) -> None:
        self._box.setCurrentIndex(max(0, self._box.findData(value)))


class CheckField(Field):
    """Yes or no, with a few words behind the box."""

    line_height = 24

    def __init__(self, name: str, text: str = "", parent: QWidget | None = None) -> None:
        self._box = QCheckBox(text)
        super().__init__([self._box], name, parent)
        self.row.addWidget(self._box)
        self.row.addStretch(1)
        self._box.clicked.connect(self._on_control_changed)

    def value(self) -> bool:
        return self._box.isChecked()

    def _show(self, value: bool) -> None:
        self._box.setChecked(value)


class TextField(Field):
    """A line of text; `edited` is sent once, when Enter or leaving the field ends the writing."""

    def __init__(self, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        self._line = LineInput()
        super().__init__([self._line], name, parent)
        self._line.setPlaceholderText(placeholder)
        self.row.addWidget(self._line)
        self._told = ""
        self._line.editingFinished.connect(self._on_control_changed)

    def value(self) -> str:
        return self._line.text()

    def _show(self, value: str) -> None:
        if self._line.text() != value:  # the cursor stays where it is
            self._line.setText(value)


def _int_box(minimum: int, maximum: int, step: int) -> IntInput:
    box = IntInput()
    box.setRange(minimum, maximum)
    box.setSingleStep(step)
    _may_shrink(box)
    return box


def _may_shrink(widget: QWidget) -> None:
    """Let the layout, not the longest possible number, decide the width."""
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(1)
