"""The instrument Histograms: weights, biases, gradients and outputs of the layers, now or over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.plots.histogram_sorts import Sort, over_start, sort
from fishlab.ui.plots.histogram_view import HistogramView
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.things import things
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.arrows import ARROWS
from fishlab.ui.widgets.inputs import ChoiceInput
from fishlab.ui.widgets.legend import Series


class Histograms(Instrument):
    """What is shown, when, and of which layers is chosen in the header; arrow keys read the numbers."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        self._view = HistogramView()
        super().__init__("histograms", self.tr("Histograms"), self._view, document, session, parent)
        self._data: Any = None
        self._shown: Sort | None = None
        self._build(document)
        self.redraw()

    def _build(self, document: Document) -> None:
        name = self.objectName()
        self.what = _choice(f"{name}.what", self.tr("What is counted"), (
            (self.tr("Weights"), "weights"), (self.tr("Biases"), "biases"), (self.tr("Gradients"), "gradients"),
            (self.tr("Activations"), "outputs"),
        ))  # fmt: skip
        when = ((self.tr("Now"), "now"), (self.tr("Over time"), "time"), (self.tr("Ridge"), "ridge"))
        self.when = _choice(f"{name}.when", self.tr("Now or over time"), when)
        self.add_layer_choice(every=True)
        for control in (self.what, self.when):
            self.add_control(control, asks=True)
        self.what.currentIndexChanged.connect(self._on_question_changed)
        self.when.currentIndexChanged.connect(self._on_question_changed)
        self.session.looks.moment_changed.connect(self.throttle.ask)

    @property
    def _sort(self) -> Sort:
        return sort(self.what.currentData(), self.when.currentData())

    @property
    def _uid(self) -> str:
        """The layer to show; "" for all."""
        return self.layers.one if self.layers is not None else ""

    # -- question and answer ---------------------------------------------------------------------------------------
    def question(self) -> Question | None:
        """Return that of the sort of histograms that is chosen."""
        return self._sort.question(self._uid)

    def take(self, data: Any) -> None:
        """Keep the answer with the sort that it belongs to."""
        self._data, self._shown = data, self._sort

    @property
    def _answer(self) -> Any:
        """Of the answer what is about the layer to show; None where it is an answer to something else."""
        if self._data is None or self._shown is not self._sort:
            return None
        return self._shown.only(self._data, self._uid) if self._uid else self._data

    # -- showing ---------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the newest answer."""
        part = self._answer
        rows = self._sort.rows(part) if part is not None else []
        if not rows:
            self._show_why_nothing(answered=part is not None)
            return
        if self.when.currentData() == "ridge":
            rows = [replace(row, ridge=True) for row in rows]
        self.set_series(self._series())
        said = self._findings()
        looks = self.session.looks
        moment = looks.moment.x if looks.in_the_past and looks.moment is not None else None
        self.show_view()  # first: a view that is hidden tells nobody that it needs another height
        self._view.show_rows(rows, said[0] if said else "", moment)

    def _show_why_nothing(self, *, answered: bool) -> None:
        self.set_series(())
        if answered and self._uid:
            words = self.tr("Choose another layer above, or all of them.")
            self.show_empty(self.tr("This layer has nothing of the kind."), words)
        elif answered:
            self.show_empty(self.tr("No layer has anything of the kind."), self.tr("Choose something else above."))
        else:
            words = self.tr("Press Run and it appears here, layer by layer.")
            self.show_nothing(self.tr("Nothing counted yet."), words)

    def _series(self) -> list[Series]:
        if self.when.currentData() == "ridge":
            return [Series(self.tr("then → now"), "curve0", "fill"), Series(self.tr("median"), "curve1")]
        if self.when.currentData() == "time":
            return [Series(self.tr("median"), "curve1"), Series(self.tr("5 and 95 %"), "curve1", "dash")]
        now = Series(self.tr("now"), "curve0", "fill")
        return [now, Series(self.tr("start"), "ink2", "dash")] if over_start(self.what.currentData()) else [now]

    def summary(self) -> str:
        """Everything that was found, in sentences."""
        return " ".join(self._findings())

    def _findings(self) -> list[str]:
        """Sentences about what was counted, in which the data are called what they are."""
        called = things(self.document.network.in_shape).called
        return [called(said) for said in self._sort.findings(self._answer)] if self._answer is not None else []

    def shown_words(self) -> str:
        """Of what, when, and of which layer."""
        when = "" if self.when.currentData() == "now" else self.when.currentText()
        words = (self.what.currentText(), when, self.layers.title() if self.layers is not None else "")
        return " ".join(word for word in words if word)

    def table(self) -> Table:
        """The numbers of the rows."""
        part = self._answer
        return self._sort.table(part) if part is not None else ((), ())

    def hidden_height(self) -> int:
        """The rows that only scrolling shows."""
        return self._view.hidden_height()

    def draw_for_picture(self, ratio: float | None) -> None:
        """Show all rows in a picture."""
        self._view.draw_for_picture(ratio)

    # -- keys ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys carry the cursor to another layer, bin or moment; Escape takes it away."""
        move = ARROWS.get(Qt.Key(event.key()))
        if move is not None and not self.is_empty:
            self.setAccessibleDescription(", ".join(self._view.step_cursor(*move)))
        elif event.key() == Qt.Key.Key_Escape:
            self._view.rows.hide_cursor()
        else:
            super().keyPressEvent(event)


def _choice(name: str, words: str, entries: Iterable[tuple[str, str]]) -> ChoiceInput:
    box = ChoiceInput()
    box.setObjectName(name)
    box.setAccessibleName(words)
    for text, value in entries:
        box.addItem(text, value)
    return box
