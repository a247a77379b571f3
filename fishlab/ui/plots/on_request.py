"""The base of instruments whose answer takes long: it is asked for with a button, tells its progress, can be cancelled.

What was found stays until it is asked for again; it is not asked again because the network goes on learning. While
nobody sees the instrument it waits, and begins again when it is seen. It shows all layers, or the one that it is
pinned to, or that is selected.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fishlab.core.probes import Question
from fishlab.core.shapes import NetworkReport
from fishlab.core.spec import NetworkSpec, ProjectSpec, numbered, walk
from fishlab.ui.document import Document
from fishlab.ui.plots.instrument import Instrument
from fishlab.ui.plots.layer_table import LayerTable
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.label import Label

_LOW = 190  # u
_SENTENCE_ENDS = re.compile(r"(?<=\.) ")


class OnRequest(Instrument):
    """A subclass gives `wanted` and `keep`, and shows a table with a line of words under it.

    `found(data)` is sent when an answer came. `found_for` is the network that the last one is about, None before it.
    """

    found = Signal(object)
    least_picture = (640, 0)  # as high as its lines

    def __init__(
        self,
        name: str,
        title: str,
        start: str,
        table: LayerTable,
        document: Document,
        session: TrainSession,
        parent: QWidget | None = None,
    ) -> None:
        self.lines, self._page = table, _Page(table)
        super().__init__(name, title, self._page, document, session, parent)
        table.setObjectName(f"{self.objectName()}.table")
        self.found_for: NetworkSpec | None = None
        self.problem = ""
        self._attempt, self._busy, self._start = 0, False, start
        self._asked_for = document.network
        self._still: tuple[ProjectSpec, NetworkReport] | None = None  # the network of then, while frozen
        self.add_layer_choice(every=True)
        self.button = Button(start)
        self.button.setObjectName(f"{self.objectName()}.start")
        self.add_control(self.button)
        self.button.clicked.connect(self._on_button_clicked)
        self.lines.chosen.connect(self._on_lines_chosen)
        session.looks.progressed.connect(self._on_looks_progressed)
        document.changed.connect(self._on_document_edited)
        document.selection_changed.connect(self._mark_selected)

    # -- what a subclass gives -----------------------------------------------------------------------------------
    def wanted(self, attempt: int) -> Question:
        """What the button asks; `attempt` makes each time another question."""
        raise NotImplementedError

    def keep(self, data: Any) -> None:
        """Keep the answer."""
        raise NotImplementedError

    def note(self) -> str:
        """What stands in the header while nothing is on its way."""
        return ""

    # -- which network, and which of its layers ------------------------------------------------------------------
    @property
    def project(self) -> ProjectSpec:
        """The project that is shown: the document's, or while frozen that of then."""
        return self._still[0] if self._still else self.document.spec

    @property
    def shapes(self) -> NetworkReport:
        """Shapes and problems of its network."""
        return self._still[1] if self._still else self.document.report

    def shows(self, uid: str) -> bool:
        """Whether a line about this layer is shown: it is the one to show, or inside it, or all are."""
        one = self.layers.one if self.layers is not None else ""
        found = next((layer for number, layer in numbered(self.project.network.layers) if layer.uid == one), None)
        return found is None or uid in {layer.uid for layer in walk((found,))}

    def _on_freeze_toggled(self, frozen: bool) -> None:
        self._still = (self.document.spec, self.document.report) if frozen else None
        super()._on_freeze_toggled(frozen)
        self.sync_button()

    # -- asking --------------------------------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """Whether the answer is on its way."""
        return self._busy

    def question(self) -> Question | None:
        """Nothing, unless the button asks."""
        return self.wanted(self._attempt) if self._busy else None

    def start(self) -> None:
        """Ask anew."""
        self._attempt += 1
        self._asked_for = self.document.network
        self._set_busy(True)

    def cancel(self) -> None:
        """Do not wait for the answer."""
        self._set_busy(False)

    def _set_busy(self, busy: bool) -> None:
        self._busy, self.problem = busy, ""
        self.ask()
        self.redraw()

    def take(self, data: Any) -> None:
        """Keep the answer, and ask no more."""
        if data is not None:
            self.found_for = self._asked_for
            self.keep(data)
            self._set_busy(False)
            self.found.emit(data)

    def take_error(self, sentence: str) -> None:
        """Say it under what was shown before."""
        self._set_busy(False)
        self.problem = sentence
        self.redraw()

    def _on_button_clicked(self) -> None:
        if self._busy:
            self.cancel()
        else:
            self.start()

    def _on_document_edited(self, _before: object) -> None:
        """Another network is another question."""
        if self._busy and self.document.network != self._asked_for:
            self.start() if self.document.report.ok else self.cancel()

    def _on_looks_progressed(self, question: Question, done: int, total: int) -> None:
        if self._busy and question == self._asked and not self.frozen:
            self.set_note(self.tr("{share} % done").format(share=100 * done // max(1, total)))

    def _on_lines_chosen(self, uid: str) -> None:
        self.document.select((uid,))

    def _mark_selected(self) -> None:
        """The line of the layer that is selected in the network is marked, and in sight."""
        for uid in self.document.selection[:1]:
            if not self.frozen:
                self.lines.mark(uid)

    def showEvent(self, event: QShowEvent) -> None:
        """Another layer may have been selected meanwhile."""
        super().showEvent(event)
        self._mark_selected()

    # -- showing -------------------------------------------------------------------------------------------------
    @property
    def current(self) -> bool:
        """Whether what was found is about the network as it stands in the document."""
        return self.found_for is not None and self.found_for == self.project.network

    def sync_button(self) -> None:
        """The button says what it does now, and cannot be pressed where the network cannot run."""
        self.button.setText(self.tr("Cancel") if self._busy else self._start)
        self.button.setEnabled(not self.frozen and (self._busy or self.document.report.ok))
        if not self._busy and not self.frozen:
            self.set_note(self.note())

    def say(self, words: str) -> None:
        """Write this under the table; what went wrong goes before it."""
        self._page.say(self.problem or words, "bad" if self.problem else "ink2")

    def draw_for_picture(self, ratio: float | None) -> None:
        """Without a scroll bar in a picture."""
        self.hide_bar(self.lines, ratio)

    def hidden_height(self) -> int:
        """The lines that only scrolling shows."""
        return self.lines.verticalScrollBar().maximum()


class _Page(QWidget):
    """The table, and the words under it: where there is little height, the sentences that two lines have room for."""

    def __init__(self, table: LayerTable) -> None:
        super().__init__()
        self._words, self._table = "", table
        self._whole = Label("", "small", 400, "ink2", wrap=True)
        self._short = Label("", "small", 400, "ink2", wrap=True)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(table, 1)
        for label in (self._whole, self._short):
            column.addWidget(label)
            label.hide()
        self._sync()
        theme().changed.connect(self._sync)

    def say(self, words: str, ink: str) -> None:
        self._words = words
        self._whole.setText(words)
        for label in (self._whole, self._short):
            label.set_ink(ink)
        self._choose()

    def _choose(self) -> None:
        low = self.height() < theme().u(_LOW)
        self._short.setText(self._sentences())
        self._short.setToolTip("" if self._short.text() == self._words else self._words)
        self._whole.setVisible(bool(self._words) and not low)
        self._short.setVisible(bool(self._words) and low)

    def _sentences(self) -> str:
        """Whole sentences, as many as two lines hold; the first one in any case."""
        metrics, margins = self._short.fontMetrics(), self._short.contentsMargins()
        edges = self.layout().contentsMargins()
        width = self.width() - margins.left() - margins.right() - edges.left() - edges.right()
        first, *others = _SENTENCE_ENDS.split(self._words)
        for sentence in others:
            longer = f"{first} {sentence}"
            area = metrics.boundingRect(QRect(0, 0, width, 0), Qt.TextFlag.TextWordWrap, longer)
            if area.height() > 2 * metrics.lineSpacing():
                break
            first = longer
        return first

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline over the words where the table goes on below: what is cut there is not its end."""
        words = self._short if self._short.isVisible() else self._whole
        if words.isVisible() and self._table.verticalScrollBar().maximum():
            QPainter(self).fillRect(QRect(words.x(), words.y(), words.width(), 1), theme().colour("line"))

    def _sync(self) -> None:
        u = theme().px
        self.layout().setContentsMargins(u(6), 0, u(6), u(6))
        for label in (self._whole, self._short):
            label.setContentsMargins(u(7), u(6), u(7), 0)
        self._choose()
