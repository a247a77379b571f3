"""Saliency: the pixels of an image that the score of a class hangs on."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QSignalBlocker
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.saliency import ANSWER, LABEL, Saliency
from fishlab.ui.document import Document
from fishlab.ui.numbers import answer_text, significant
from fishlab.ui.plots.image_choice import ImageChoice
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.saliency_view import SaliencyView, tie_words
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.inputs import ChoiceInput

_CLASS, _KIND = 108, 104  # u


class SaliencyInstrument(Instrument):
    """Shows the probe 'saliency' of an image, for its label, for the answer, or for any class."""

    draws_frozen = True

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self._pictures = SaliencyView()
        title = QCoreApplication.translate("SaliencyInstrument", "Saliency")
        super().__init__("saliency", title, self._pictures, document, session, parent)
        self._pictures.setAccessibleName(self.tr("Image and saliency"))
        self._found: Saliency | None = None
        self._names: tuple[str, ...] = ()
        self._build_controls()
        theme().changed.connect(self._sync_controls)
        self.redraw()

    def _build_controls(self) -> None:
        self.image = ImageChoice("live.saliency", self, buttons=False)
        self.image.changed.connect(self._on_question_changed)
        self.of = self._choice("class", self.tr("Class"))
        self.kind = self._choice("kind", self.tr("What is shown of the slope"))
        self.kind.addItem(self.tr("Strength"), False)
        self.kind.addItem(self.tr("Signed"), True)
        self._offer_classes(())
        self.of.currentIndexChanged.connect(self._on_question_changed)
        self.kind.currentIndexChanged.connect(self._on_kind_changed)
        for control in (self.image, self.of):
            self.add_control(control, asks=True)
        self.add_control(self.kind)
        self._sync_controls()

    def _choice(self, name: str, words: str) -> ChoiceInput:
        choice = ChoiceInput(self)
        choice.setObjectName(f"live.saliency.{name}")
        choice.setAccessibleName(words)
        return choice

    def _sync_controls(self) -> None:
        self.of.setFixedWidth(theme().px(_CLASS))
        self.kind.setFixedWidth(theme().px(_KIND))

    def _offer_classes(self, names: tuple[str, ...]) -> None:
        chosen = self.of.currentIndex()
        self._names = names
        with QSignalBlocker(self.of):
            self.of.clear()
            self.of.addItem(self.tr("Its label"), LABEL)
            self.of.addItem(self.tr("The answer"), ANSWER)
            for number, name in enumerate(names):
                self.of.addItem(self.tr("Class {name}").format(name=name), number)
            self.of.setCurrentIndex(chosen if 0 <= chosen < self.of.count() else 0)

    # -- asking ------------------------------------------------------------------------------------------------------
    def question(self) -> Question | None:
        """Return what asks for the saliency of the image and class chosen."""
        if len(self.document.network.in_shape) != 3:
            return None
        return Question("saliency", fresh=True, of=self.of.currentData(), **self.image.options)

    def take(self, data: Saliency | None) -> None:
        """Keep what was found."""
        self._found = data
        if data is not None:
            self.image.show_image(data.image)
            if data.class_names != self._names:
                self._offer_classes(data.class_names)

    def _on_kind_changed(self, _index: int) -> None:
        self.throttle.ask()

    # -- drawing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the newest."""
        found = self._found
        if self.frozen and self.is_empty:
            return
        if found is None or not (self.frozen or self.question() is not None):
            self.set_note("")
            self._say_nothing()
            return
        self._pictures.show_saliency(found, signed=bool(self.kind.currentData()))
        best = int(found.answer.argmax())
        words = self.tr("answer {name}, {share}")
        self.set_note(words.format(name=found.class_names[best], share=answer_text(found.answer, best)))
        self.show_view()

    def _say_nothing(self) -> None:
        if len(self.document.network.in_shape) != 3:
            words = self.tr("This network reads no images: there are no pixels that a score could hang on.")
            self.show_empty(self.tr("No saliency."), words)
        else:
            words = self.tr("Press Run, and here are the pixels that the score of a class hangs on.")
            self.show_nothing(self.tr("No saliency yet."), words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the images with Page Up and Page Down."""
        if not self.image.page(event):
            super().keyPressEvent(event)

    # -- words and numbers -------------------------------------------------------------------------------------------
    def summary(self) -> str:
        """Return where the score is most sensitive."""
        found = self._found
        if found is None:
            return ""
        strength = found.magnitude
        row, column = np.unravel_index(int(strength.argmax()), strength.shape)
        words = self.tr(
            "Image {n}: the score of {name} is {score}. It hangs most on the pixel in row {row}, column {column}: its "
            "slope there is {slope}."
        )
        if not strength.any():
            words = self.tr("Image {n}: the score of {name} is {score}, and no pixel changes it: all slopes are 0.")
        said = words.format(
            n=f"{found.image.number:,}", name=found.class_names[found.target], score=significant(found.score, 3),
            row=row + 1, column=column + 1, slope=significant(float(strength.max()), 3),
        )  # fmt: skip
        return f"{said} {tie_words(found.ties)}" if found.ties else said

    def shown_words(self) -> str:
        """Which image, and whose score."""
        found = self._found
        if found is None:
            return ""
        words = self.tr("image {n} as {name}")
        return words.format(n=found.image.number, name=found.class_names[found.target])

    def table(self) -> Table:
        """Return a row for each number of the image: channel, row, column, what it is, and the slope of the score."""
        found = self._found
        if found is None:
            return (), ()
        rows = [
            (*(i + 1 for i in index), float(found.image.pixels[index]), float(slope))
            for index, slope in np.ndenumerate(found.gradient)
        ]
        return ("channel", "row", "column", "pixel", "slope"), rows
