"""Which image is looked at: of those to learn from or those set aside, by its number, or the next one.

Images are called by one number in all views, that of `ImageSet.numbers`. Those of a part are scattered over all, so
only the answer tells which number the next one has: it is asked for as so many steps on from a number that is known.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.core.probes.one_image import OneImage
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

    What is typed may be in the other part, and that is turned to then. `options` are those of a question. `page` is for
    the keys of a view that has one.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None, *, buttons: bool = True) -> None:
        super().__init__(parent)
        self._from, self._steps, self._split = 1, 0, "train"
        self._ends = 1, MOST
        self._build(name)
        self.before.setVisible(buttons)
        self.next.setVisible(buttons)
        self._connect()
        self._sync()

    def _build(self, name: str) -> None:
        self.part = PartChoice(f"{name}.part", self)
        self.number = _NumberInput(self)
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
        self.number.stepped.connect(self.go_on)
        self.before.clicked.connect(self.number.stepDown)
        self.next.clicked.connect(self.number.stepUp)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        self._row.setSpacing(theme().px(4))
        self.number.setFixedWidth(theme().px(_NUMBER))
        self.part.setFixedWidth(theme().px(_PART))
        self._sync_buttons()

    def _sync_buttons(self) -> None:
        first, last = self._ends
        self.before.setEnabled(self.number.value() > first)
        self.next.setEnabled(self.number.value() < last)

    @property
    def options(self) -> dict[str, Any]:
        """Return `split`, `image` and `step` for a question, as `one_image` takes them."""
        return {"split": self._split, "image": self._from, "step": self._steps}

    def go_on(self, steps: int) -> None:
        """Go so many images on in this part, or back."""
        self._split = self.part.value
        self._steps += steps
        self.changed.emit()

    def page(self, event: QKeyEvent) -> bool:
        """Go to the next image on Page Down, to the one before on Page Up; return whether it was one of them."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        if step is not None and self.isEnabled():
            self.go_on(step)
        return step is not None

    def show_image(self, found: OneImage) -> None:
        """This is the one that was asked for."""
        self._from, self._steps, self._split = found.number, 0, found.split
        self._ends = found.first, found.last
        with QSignalBlocker(self.number), QSignalBlocker(self.part):
            self.number.setMaximum(found.highest)
            self.number.setValue(found.number)
            self.part.setCurrentIndex(self.part.findData(found.split))
        self._sync_buttons()

    def _on_part_changed(self) -> None:
        self._split, self._steps = self.part.value, 0
        self.changed.emit()

    def _on_number_value_changed(self, number: int) -> None:
        self._from, self._steps, self._split = number, 0, ""
        self.changed.emit()


class _NumberInput(IntInput):
    """A number that is typed; its arrows go to the next image of the part, whatever number that has."""

    stepped = Signal(int)

    def stepBy(self, steps: int) -> None:
        self.stepped.emit(steps)
