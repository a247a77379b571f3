"""The Input card: the size of one image, where the images come from, how they are scaled."""

import math

from PySide6.QtWidgets import QWidget

from fishlab.core.layers.base import shape_text
from fishlab.core.shapes import BYTES
from fishlab.core.spec import DataSpec
from fishlab.ui.document import Document
from fishlab.ui.numbers import bytes_text
from fishlab.ui.panels.inspector.edits import change_data, change_in_shape
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.panels.inspector.words import SHORT_CHOICES, soft_breaks
from fishlab.ui.plots.things import input_words, things
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.fields import PairField
from fishlab.ui.widgets.form import Form
from fishlab.ui.widgets.label import Label

_LARGEST = 4096


class InputPage(Page):
    """Shows what goes into the network."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._build()
        self.size.edited.connect(self._on_size_edited)
        self.form.edited.connect(self._on_form_edited)

    def _build(self) -> None:
        self.heading = Heading()
        self.facts = FactTable()
        self._size_form = Form()
        self.size = PairField(self.tr("Image size"), 1, _LARGEST)
        self.size.setObjectName("inspector.input.size")
        self.size.setToolTip(self.tr("Rows and columns of one image.\n1 to 4,096\nDefault 28 × 28"))
        self._size_form.add(self.tr("Image size"), self.size)
        self.form = SpecForm("inspector.input", only=("source", "scaling"), words=SHORT_CHOICES)
        self.form.align_with(self._size_form)
        self.help = Label("", "small", 400, "ink2", wrap=True)
        self.add(self.heading)
        self.add(self._size_form)
        self.add(self.form)
        self.add_section(self.tr("What comes in"))
        self.add(self.facts)
        self.add_section(self.tr("What it does"))
        self.add(self.help)

    def sync(self) -> None:
        """Show the input as the document has it now."""
        shape = self._document.network.in_shape
        name = self._session.data_in_use()
        sub = "  ·  ".join(part for part in (self.tr("before layer 1"), soft_breaks(name)) if part)
        self.heading.set_words("image", self.tr("Input"), sub)
        self.help.setText(input_words(shape))
        self._size_form.setVisible(len(shape) == 3)
        if len(shape) == 3 and self.size.value() != shape[1:]:
            self.size.set_value(shape[1:])
        self.form.show_spec(self._document.spec.data)
        self.facts.set_facts(self._facts())

    def _facts(self) -> tuple[Fact, ...]:
        shape, batch = self._document.network.in_shape, self._document.spec.training.batch_size
        count = math.prod(shape)
        per_batch = self.tr("batch of {n}").format(n=f"{batch:,}")
        return (
            Fact(self.tr("Shape"), shape_text(shape)),
            Fact(self.tr("Numbers"), f"{count:,}", things(shape).called(self.tr("one image"))),
            Fact(self.tr("Memory"), bytes_text(count * batch * BYTES), per_batch),
        )

    def _on_size_edited(self, size: tuple[int, int]) -> None:
        change_in_shape(self._document, (self._document.network.in_shape[0], *size))

    def _on_form_edited(self, data: DataSpec, name: str) -> None:
        change_data(self._document, data, name)
