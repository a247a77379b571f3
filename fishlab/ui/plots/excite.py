"""What excites a unit: of a sample, the images that a channel or a unit of any layer answers to most."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.probes import Question
from fishlab.core.probes.excite import Excitation
from fishlab.ui.document import Document
from fishlab.ui.numbers import significant
from fishlab.ui.plots.excite_view import ExciteView
from fishlab.ui.plots.image_choice import PartChoice
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.inputs import IntInput

_NUMBER, _PART = 96, 104  # u


class ExciteInstrument(Instrument):
    """Shows the probe 'excite' of a layer, a unit at a time: another unit is there without asking again."""

    draws_frozen = True

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self.gallery = ExciteView()
        title = QCoreApplication.translate("ExciteInstrument", "What excites a unit")
        super().__init__("excite", title, self.gallery, document, session, parent)
        self.gallery.setObjectName("live.excite.images")
        self.gallery.setAccessibleName(self.tr("The images that excite the unit most"))
        self._found: Excitation | None = None
        self._done = ""
        self._build_controls()
        self.gallery.current_changed.connect(self._on_gallery_current_changed)
        session.looks.progressed.connect(self._on_looks_progressed)
        theme().changed.connect(self._sync_controls)
        self.redraw()

    def _build_controls(self) -> None:
        self.add_layer_choice(self._fits)
        self.unit = IntInput(self)
        self.unit.setObjectName("live.excite.unit")
        self.unit.setAccessibleName(self.tr("Unit or channel"))
        self.unit.setPrefix(self.tr("unit "))
        self.unit.setRange(1, 1)
        self.unit.setKeyboardTracking(False)
        self.unit.valueChanged.connect(self._on_unit_value_changed)
        self.part = PartChoice("live.excite.part", self)
        self.part.changed.connect(self._on_question_changed)
        self.add_control(self.unit)
        self.add_control(self.part, asks=True)
        self._sync_controls()

    def _sync_controls(self) -> None:
        self.unit.setFixedWidth(theme().px(_NUMBER))
        self.part.setFixedWidth(theme().px(_PART))

    @staticmethod
    def _fits(layer: LayerSpec) -> bool:
        return LAYERS[layer.kind].group != "Shape"  # they hand on the numbers of the layer before

    # -- asking ------------------------------------------------------------------------------------------------------
    def question(self) -> Question | None:
        """Return what asks for the images that excite the units of the layer chosen."""
        uid = self.layers.uid if self.layers else ""
        if not uid or len(self.document.network.in_shape) != 3:
            return None
        return Question("excite", fresh=True, layer=uid, split=self.part.value)

    def take(self, data: Excitation | None) -> None:
        """Keep what was found."""
        self._found, self._done = data, ""
        if data is not None:
            with QSignalBlocker(self.unit):
                self.unit.setMaximum(len(data.values))

    def _on_looks_progressed(self, question: Question, done: int, total: int) -> None:
        if question == self._asked and self.is_empty and not self.frozen:
            self._done = self.tr("Image {done} of {total}").format(done=f"{done:,}", total=f"{total:,}")
            self.throttle.ask()

    def _on_unit_value_changed(self, _unit: int) -> None:
        self.throttle.ask()

    def _on_gallery_current_changed(self, _rank: int) -> None:
        self.throttle.ask()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the unit chosen."""
        found = self._found
        if self.frozen and self.is_empty:
            return
        if found is None or not (self.frozen or self._is_asked(found)):
            self.set_note("")
            self._say_nothing(looking=found is not None)
            return
        self.gallery.show_unit(found, self.unit.value() - 1)
        words = self.tr("{unit}, of {count} images; mostly {name}")
        self.set_note(words.format(unit=self._unit_words(found), count=f"{found.looked:,}", name=self._most()[0]))
        self.show_view()

    def _is_asked(self, found: Excitation) -> bool:
        return self.question() is not None and (self.layers is None or found.uid == self.layers.uid)

    def _unit_words(self, found: Excitation) -> str:
        """The layer; of the last one also the class, whose score a unit is."""
        words = f"{found.number} {found.title}"
        last, unit = self.document.network.layers[-1:], self.unit.value() - 1
        if not last or last[0].uid != found.uid or unit >= len(found.class_names):
            return words
        return self.tr("{layer}, score of {name}").format(layer=words, name=found.class_names[unit])

    def _say_nothing(self, *, looking: bool) -> None:
        if len(self.document.network.in_shape) != 3:
            words = self.tr("This network reads no images: there is none to show that excites a unit.")
            self.show_empty(self.tr("No images."), words)
        elif self.question() is not None and (self._done or looking):
            self.show_empty(self.tr("Looking at images…"), self._done)
        else:
            words = self.tr("Add layers, press Run, and the images that a unit answers to most appear here.")
            self.show_nothing(self.tr("No images yet."), words)

    def _most(self) -> tuple[str, int]:
        """The class that most of the images are of, and how many they are."""
        found = self._found
        assert found is not None
        labels = found.labels[found.places[self.unit.value() - 1]].tolist()
        label = max(sorted(set(labels)), key=labels.count)
        name = found.class_names[label] if 0 <= label < len(found.class_names) else str(label)
        return name, labels.count(label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the units with Page Up and Page Down."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.unit.stepBy(step)

    # -- words and numbers -------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Return which class excites the unit most, and how strongly."""
        found = self._found
        if found is None:
            return ""
        unit = self.unit.value() - 1
        name, count = self._most()
        words = self.tr(
            "Unit {unit} of {number} {title}: {count} of the {top} images that excite it most, among {looked}, are of "
            "class {name}. Its strongest answer is {high}."
        )
        if not found.values[unit].any():
            words = self.tr("Unit {unit} of {number} {title} stays at 0: none of {looked} images excites it.")
        elif self._tells_nothing(found, unit):
            words = self.tr("Unit {unit} of {number} {title} gives {high} for all {looked} images: it tells nothing.")
        return words.format(
            unit=unit + 1, number=found.number, title=found.title, count=count, top=found.places.shape[1],
            looked=f"{found.looked:,}", name=name, high=significant(float(found.values[unit, 0]), 3),
        )  # fmt: skip

    def shown_words(self) -> str:
        """Which unit of which layer."""
        found = self._found
        if found is None:
            return ""
        return self.tr("{unit} of {number} {title}").format(
            unit=self.unit.value(), number=found.number, title=found.title
        )

    @staticmethod
    def _tells_nothing(found: Excitation, unit: int) -> bool:
        """Whether the unit says the same of all images, whatever their class."""
        means = found.means[unit]
        return bool(np.allclose(means[np.isfinite(means)], found.values[unit, 0], rtol=1e-5, atol=0))

    def table(self) -> Table:
        """Return a row for each image of the unit: rank, number, class, answer, and what the unit sees of it."""
        found, rows = self._found, []
        for rank in range(found.places.shape[1] if found else 0):
            unit = self.unit.value() - 1
            assert found is not None
            place = int(found.places[unit, rank])
            value, box = float(found.values[unit, rank]), found.boxes[unit, rank].tolist()
            rows.append((rank + 1, int(found.numbers[place]), int(found.labels[place]), value, *box))
        return ("rank", "image", "class", "answer", "top", "left", "bottom", "right"), rows
