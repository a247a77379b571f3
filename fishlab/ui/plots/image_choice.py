"""Which image is looked at: of those to learn from or those set aside, by its number, or the next one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.inputs import ChoiceInput, IntInput

_NUMBER, _PART = 84, 104  # u
MOST = 10_000_000


class PartChoice(ChoiceInput):
    """The images to learn from, or those set aside to validate; `value` is "train" or "validation"."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(self.tr("Images"))
        self.addItem(self.tr("Training"), "train")
        self.addItem(self.tr("Validation"), "validation")
        self.currentIndexChanged.connect(self._on_current_index_changed)

    @property
    def value(self) -> str:
        """Return what is chosen."""
        return str(self.currentData())

    def _on_current_index_changed(self, _index: int) -> None:
        self.changed.emit()


class ImageChoice(QWidget):
    """Part and number, and where there is room `buttons` for the one before and the next.

    `options` are those of a question. `page` is for the keys of a view that has one.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None, *, buttons: bool = True) -> None:
        super().__init__(parent)
        self._build(name)
        self.before.setVisible(buttons)
        self.next.setVisible(buttons)
        self._connect()
        self._sync()

    def _build(self, name: str) -> None:
        self.part = PartChoice(f"{name}.part", self)
        self.number = IntInput(self)
        self.number.setObjectName(f"{name}.image")
        self.number.setAccessibleName(self.tr("Number of the image"))
        self.number.setRange(1, MOST)
        self.number.setKeyboardTracking(False)
        self.before = IconButton("left", self.tr("The image before"), self)
        self.next = IconButton("right", self.tr("The next image"), self)
        self.before.setObjectName(f"{name}.before")
        self.next.setObjectName(f"{name}.next")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.part, self.before, self.number, self.next):
            self._row.addWidget(widget)

    def _connect(self) -> None:
        self.part.changed.connect(self._on_part_changed)
        self.number.valueChanged.connect(self._on_number_value_changed)
        self.before.clicked.connect(self.number.stepDown)
        self.next.clicked.connect(self.number.stepUp)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self._row.setSpacing(theme().px(4))
        self.number.setFixedWidth(theme().px(_NUMBER))
        self.part.setFixedWidth(theme().px(_PART))
        self._sync_buttons()

    def _sync_buttons(self) -> None:
        self.before.setEnabled(self.number.value() > 1)
        self.next.setEnabled(self.number.value() < self.number.maximum())

    @property
    def options(self) -> dict[str, Any]:
        """Return `split` and `image`, from 0, for a question."""
        return {"split": self.part.value, "image": self.number.value() - 1}

    def page(self, event: QKeyEvent) -> bool:
        """Go to the next image on Page Down, to the one before on Page Up; return whether it was one of them."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.number.stepBy(step)
        return step is not None

    def set_count(self, count: int) -> None:
        """There are so many images; a number beyond becomes the last."""
        if count and count != self.number.maximum():
            with QSignalBlocker(self.number):
                self.number.setMaximum(count)
            self._sync_buttons()

    def _on_part_changed(self) -> None:
        with QSignalBlocker(self.number):
            self.number.setMaximum(MOST)  # until it is known how many there are
        self._sync_buttons()
        self.changed.emit()

    def _on_number_value_changed(self, _number: int) -> None:
        self._sync_buttons()
        self.changed.emit()
