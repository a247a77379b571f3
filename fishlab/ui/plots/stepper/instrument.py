"""The stepper: one batch, or one image, through the network and back, with the training's own numbers."""

from __future__ import annotations

from itertools import islice

import numpy as np
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from fishlab.core.losses import LOSSES
from fishlab.core.probes import Question
from fishlab.core.shapes import layer_title
from fishlab.core.spec import LOSS_UID, numbered
from fishlab.core.stepper import Trace
from fishlab.ui.document import Document
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.stepper import words
from fishlab.ui.plots.stepper.page import StepPage
from fishlab.ui.plots.stepper.sides import sides_of
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon_button import IconButton
from fishlab.ui.widgets.inputs import IntInput
from fishlab.ui.widgets.segmented import Segmented

NAME = "stepper"
ALONE, BATCH = "alone", "batch"
MOST_ROWS = 100_000  # of the table
_NUMBER = 64  # u
_GO = {Qt.Key.Key_N: 1, Qt.Key.Key_P: -1}


class Stepper(Instrument):
    """Shows the probe 'stepper'. N and P go to the next step and the one before, wherever the focus is in it.

    It turns to the layer that is selected, unless it is pinned: then only who steps takes it, and the pin, elsewhere.
    """

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self.page = StepPage(f"live.{NAME}")
        title = QCoreApplication.translate("Stepper", "Stepper")
        super().__init__(NAME, title, self.page, document, session, parent)
        self._pin = self._pinned_title = ""
        self._build_controls()
        self._connect_controls()
        self._sync_controls()
        self.redraw()

    def _build_controls(self) -> None:
        buttons = (
            ("first", "first", self.tr("First step")),
            ("before", "left", self.tr("Step before (P)")),
            ("next", "right", self.tr("Next step (N)")),
            ("last", "last", self.tr("Last step")),
        )
        self.buttons = {name: IconButton(icon, text, self) for name, icon, text in buttons}
        for name, button in self.buttons.items():
            button.setObjectName(f"live.{NAME}.{name}")
            self.add_control(button)
        self.image = IntInput(self)
        self.image.setObjectName(f"live.{NAME}.image")
        self.image.setAccessibleName(self.tr("Place in the batch"))
        self.image.setToolTip(self.tr("Which one of the batch is shown"))
        self.image.setRange(1, document_batch(self.document))
        self.image.setKeyboardTracking(False)
        options = [(BATCH, self.tr("Batch")), (ALONE, self.tr("Alone"))]
        self.mode = Segmented(self.tr("What goes through the network"), options, self)
        self.mode.setObjectName(f"live.{NAME}.mode")
        self.mode.setToolTip(self.tr("The whole batch, as in training, or the one by itself"))
        self.im2col = QCheckBox(self.tr("im2col"), self)
        self.im2col.setObjectName(f"live.{NAME}.im2col")
        self.im2col.setAccessibleName(self.tr("Show the convolution as im2col"))
        for widget in (self.image, self.mode):
            self.add_control(widget, asks=True)
        self.add_control(self.im2col)
        self.add_pin().setWhatsThis(
            self.tr("Stays at this layer while others are selected in the network. Steps go on from here, and the pin "
                    "goes with them. Without it the stepper turns to the layer selected.")
        )  # fmt: skip

    def _connect_controls(self) -> None:
        self.buttons["first"].clicked.connect(self._on_first_clicked)
        self.buttons["before"].clicked.connect(self._on_before_clicked)
        self.buttons["next"].clicked.connect(self._on_next_clicked)
        self.buttons["last"].clicked.connect(self._on_last_clicked)
        self.pin_action.triggered.connect(self._on_pin_triggered)
        self.document.changed.connect(self._sync_pin)
        self.document.replaced.connect(self._on_document_to_go)
        self.image.valueChanged.connect(self._on_question_changed)
        self.mode.edited.connect(self._on_question_changed)
        self.im2col.toggled.connect(self._on_im2col_toggled)
        self.page.step_changed.connect(self._on_page_step_changed)
        self.document.selection_changed.connect(self._on_document_selection_changed)
        theme().changed.connect(self._sync_controls)

    def _sync_controls(self) -> None:
        self.image.setFixedWidth(theme().px(_NUMBER))
        index, count = self.page.index, len(self.page.steps)
        for name, enabled in (("first", index > 0), ("before", index > 0), ("next", index < count - 1)):
            self.buttons[name].setEnabled(enabled)
        self.buttons["last"].setEnabled(index < count - 1)
        self.im2col.setEnabled(self.page.can_unfold)

    # -- the pin -----------------------------------------------------------------------------------------------------
    @property
    def pin(self) -> str:
        """The layer that it stays at, "" where it follows the selection."""
        return self._pin

    def set_pin(self, uid: str) -> None:
        """Stay at this layer, as soon as there is one."""
        self._pin, self._pinned_title = uid, ""
        self.page.go_to_layer(uid)
        self._sync_pin()

    def _on_pin_triggered(self, pinned: bool) -> None:
        self._pin, self._pinned_title = self.page.step.uid if pinned and self.page.steps else "", ""
        self._sync_pin()
        if not self._pin:
            self._on_document_selection_changed()

    def _sync_pin(self, *_: object) -> None:
        """Say what it is pinned to, or was until that was removed."""
        network = self.document.network
        titles = {layer.uid: f"{number} {layer_title(layer)}" for number, layer in numbered(network.layers)}
        titles[LOSS_UID] = LOSSES[network.loss.kind].title
        there = self._pin in titles
        self._pinned_title = titles.get(self._pin, self._pinned_title if self._pin else "")
        self.pin_action.show_pin(self._pinned_title if there else "", "" if there else self._pinned_title)

    def _on_document_to_go(self) -> None:
        self._pinned_title = ""

    # -- asking ------------------------------------------------------------------------------------------------------
    def question(self) -> Question | None:
        """Return what asks for the step that follows, with one image of its batch."""
        return Question(NAME, fresh=True, image=self.image.value() - 1, alone=self.mode.value() == ALONE)

    def take(self, data: Trace | None) -> None:
        """Show the trace."""
        if data is None:
            self.page.trace = None
            return
        with QSignalBlocker(self.image):
            self.image.setMaximum(data.count)
        first = not self.page.steps
        self.page.set_trace(data)
        if first:  # what was selected before it was there
            self._on_document_selection_changed()
        if self._pin and self._pin != self.page.step.uid:  # it may be there again
            self.page.go_to_layer(self._pin)
        self._sync_controls()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show what there is, or say what to do."""
        if self.page.trace is None:
            self.set_note("")
            words_ = self.tr("Build a network that works, with data to learn from, and its next step appears here.")
            self.show_nothing(self.tr("No step yet."), words_)
            return
        self._sync_note()
        self.show_view()

    def _sync_note(self) -> None:
        trace, layer = self.page.trace, self.page.layer
        if trace is not None:
            title = words.title_of(layer) if layer is not None else trace.loss.title
            self.set_note(f"{title} · {words.batch_words(trace)}")

    # -- stepping ----------------------------------------------------------------------------------------------------
    def _go(self, by: int) -> None:
        self.page.go_to(self.page.index + by)

    def _on_first_clicked(self) -> None:
        self.page.go_to(0)

    def _on_last_clicked(self) -> None:
        self.page.go_to(len(self.page.steps) - 1)

    def _on_before_clicked(self) -> None:
        self._go(-1)

    def _on_next_clicked(self) -> None:
        self._go(1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """N and P step."""
        if event.key() in _GO and not event.modifiers():
            self._go(_GO[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _on_im2col_toggled(self, checked: bool) -> None:
        self.page.set_unfolds(checked)

    def _on_page_step_changed(self) -> None:
        if self.pin_action.isChecked() and self.page.layer is not None:
            self._pin = self.page.step.uid
            self._sync_pin()
        self._sync_controls()
        self._sync_note()
        self.setAccessibleDescription(self.summary())

    def _on_document_selection_changed(self) -> None:
        for uid in tuple(self.document.selection)[:1]:
            if not (self.pin_action.isChecked() or self.frozen):
                self.page.go_to_layer(uid)

    # -- words and numbers -------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Return where one is, what happens there, and the sum behind the number that is pointed at."""
        trace = self.page.trace
        if trace is None:
            return ""
        parts = [self.page.rail.words(self.page.index), words.step_words(trace, self.page.step), self.page.sum.text()]
        layer = self.page.layer
        return ". ".join(part for part in (*parts, words.fused_words(trace, layer) if layer else "") if part)

    def table(self) -> Table:
        """Return a row for each number of the step's tensors: tensor, place, value; of very many the first."""
        trace = self.page.trace
        if trace is None:
            return (), ()
        sides = sides_of(trace, self.page.step)
        shown = ((one.words, one.tensor) for one in (sides.left, *sides.middle, sides.right) if one.tensor is not None)
        numbers = ((name, *pair) for name, tensor in shown for pair in np.ndenumerate(tensor))
        rows = ((name, " ".join(map(str, place)), str(value)) for name, place, value in numbers)
        return ("tensor", "place", "value"), list(islice(rows, MOST_ROWS))


def document_batch(document: Document) -> int:
    """How many images a batch has, until the first has been seen."""
    return document.spec.training.batch_size
