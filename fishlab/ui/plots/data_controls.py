"""What is chosen in the header of the instrument "Data": the view, the part, the class, the image, the scaling."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.data.overview import PARTS, TEST, Overview
from fishlab.core.spec import SCALES
from fishlab.ui.plots.things import things
from fishlab.ui.theme import theme
from fishlab.ui.widgets.inputs import ChoiceInput, IntInput

IMAGES, AVERAGES, COUNTS, SCALING, VARIANTS = "images", "averages", "counts", "scaling", "variants"
_ALL, _CHOSEN = -1, ""
_VIEW, _PART, _CLASS, _SCALING = 7, 6, 4, 22  # letters of a choice that are seen: all stand in one row
_NUMBER, _POPUP = 84, 280  # u, wide


class DataControls(QObject):
    """`changed()` when another view, part, class or scaling is chosen, `asked_for(number)` when an image is."""

    changed = Signal()
    asked_for = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._build_choices()
        self.number = IntInput()
        self.number.setObjectName("live.data.number")
        self.number.setAccessibleName(self.tr("Number in the data"))
        self.number.setKeyboardTracking(False)
        for box in (self.view_box, self.part_box, self.class_box, self.scaling_box):
            box.activated.connect(self._on_box_activated)
        self.number.valueChanged.connect(self.asked_for)
        self._sync_size()
        theme().changed.connect(self._sync_size)

    def _sync_size(self) -> None:
        self.number.setFixedWidth(theme().px(_NUMBER))

    def _build_choices(self) -> None:
        self.view_box = _choice("view", self.tr("What is shown of the data"), _VIEW)
        for key, words in ((IMAGES, self.tr("Images")), (AVERAGES, self.tr("Averages")), (COUNTS, self.tr("Counts")),
                           (SCALING, self.tr("Scaling")), (VARIANTS, self.tr("Augmentation"))):  # fmt: skip
            self.view_box.addItem(words, key)
        self.part_box = _choice("part", self.tr("Part of the set"), _PART)
        words = (self.tr("to learn"), self.tr("to validate"), self.tr("to test"))
        for key, name in zip((*PARTS, TEST), words, strict=True):
            self.part_box.addItem(name, key)
        self.class_box = _choice("class", self.tr("Class"), _CLASS)
        self.scaling_box = _choice("scaling", self.tr("Scaling that is tried"), _SCALING)
        self.scaling_box.addItem("", _CHOSEN)
        for key, words in SCALES.items():
            self.scaling_box.addItem(words, key)

    # -- what is chosen
    def all(self) -> tuple[QWidget, ...]:
        """The controls, in the order of the header."""
        return self.view_box, self.part_box, self.class_box, self.number, self.scaling_box

    def view(self) -> str:
        """IMAGES, AVERAGES, COUNTS, SCALING or VARIANTS."""
        return str(self.view_box.currentData())

    def part(self) -> str:
        """One of PARTS, or TEST; what is scaled and augmented is never what is there to test."""
        part = str(self.part_box.currentData())
        return PARTS[0] if part == TEST and self.view() in (SCALING, VARIANTS) else part

    def wants_tests(self) -> bool:
        """Whether the images to test are chosen, be it that the view shows all parts or others."""
        return bool(self.part_box.currentData() == TEST)

    def label(self) -> int | None:
        """The class, or None for all."""
        label = self.class_box.currentData()
        return None if label in (None, _ALL) else int(label)

    def scaling(self, chosen: str) -> str:
        """The scaling to try: the chosen one, or another."""
        return str(self.scaling_box.currentData() or chosen)

    def show_chosen(self, scaling: str) -> None:
        """Say which scaling the project has."""
        self.scaling_box.setItemText(0, self.tr("as chosen: {scaling}").format(scaling=SCALES[scaling]))

    def turn_to(self, part: str) -> None:
        """Choose a part, and all classes of it."""
        self.part_box.setCurrentIndex(self.part_box.findData(part))
        self.class_box.setCurrentIndex(0)

    # -- sync
    def show_set(self, found: Overview | None, *, sealed: bool = False) -> None:
        """Offer the classes and numbers of this set, and what the view needs; of what is sealed neither."""
        view = self.view()
        browses = not sealed and (view == IMAGES or (view == AVERAGES and found is not None and found.is_plane))
        for control, shown in ((self.part_box, view in (IMAGES, AVERAGES)), (self.class_box, browses),
                               (self.number, view == IMAGES and not sealed),
                               (self.scaling_box, view == SCALING)):  # fmt: skip
            control.setVisible(shown)
        if found is not None:
            self.view_box.setItemText(0, things(found.shape).many.capitalize())
            self._offer_classes([self.tr("all"), *found.class_names])
            self.number.blockSignals(True)
            self.number.setRange(found.number(0), found.number(max(0, len(found.images) - 1)))
            self.number.blockSignals(False)

    def _offer_classes(self, words: list[str]) -> None:
        if words != [self.class_box.itemText(row) for row in range(self.class_box.count())]:
            self.class_box.clear()
            for row, name in enumerate(words):
                self.class_box.addItem(name, row - 1)
            widest = self.class_box.view().sizeHintForColumn(0) + theme().px(24)
            self.class_box.view().setMinimumWidth(min(widest, theme().px(_POPUP)))  # long names are read in the list

    def show_number(self, number: int) -> None:
        """Say which image is the current one."""
        self.number.blockSignals(True)
        self.number.setValue(number)
        self.number.blockSignals(False)

    def _on_box_activated(self, _row: int) -> None:
        self.changed.emit()


def _choice(name: str, words: str, letters: int) -> ChoiceInput:
    box = ChoiceInput()
    box.setObjectName(f"live.data.{name}")
    box.setAccessibleName(words)
    box.setMinimumContentsLength(letters)
    box.setSizeAdjustPolicy(ChoiceInput.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
