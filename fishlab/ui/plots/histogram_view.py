"""Rows of histograms, which scroll where they are many, under a sentence and above their axis."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QScrollBar, QVBoxLayout, QWidget

from fishlab.ui.plots.histogram_axis import HistogramAxis
from fishlab.ui.plots.histogram_row import Row
from fishlab.ui.plots.histogram_rows import HistogramRows
from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label


class HistogramView(QWidget):
    """`rows` with what belongs to them; the sentence takes no room while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = HistogramRows()
        self._axis = HistogramAxis(self.rows)
        self._scrolled = 0
        self._build()
        self._sync()
        theme().changed.connect(self._sync)

    def _build(self) -> None:
        self._sentence = Label("", "small", 400, "ink2", elide=True)
        self._sentence.hide()
        self._above = QHBoxLayout()
        self._above.addWidget(self._sentence)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.rows)
        self.rows.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addLayout(self._above)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._axis)

    @property
    def scroll_bar(self) -> QScrollBar:
        """Asked for anew each time: one that was kept is gone once the view has been in another window."""
        return self._scroll.verticalScrollBar()

    def _sync(self) -> None:
        self.layout().setContentsMargins(0, 0, 0, theme().px(4))
        self._above.setContentsMargins(theme().px(10), 0, theme().px(10), 0)

    def show_rows(self, rows: Sequence[Row], sentence: str = "", moment: float | None = None) -> None:
        """Show these under a sentence."""
        self.rows.show_rows(rows, moment)
        self._axis.refresh()
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find places for the numbers anew."""
        super().resizeEvent(event)
        self._axis.refresh()

    def step_cursor(self, down: int, right: int) -> list[str]:
        """Move the cursor, keep it in sight, and return what is read there."""
        lines = self.rows.step_cursor(down, right)
        row = self.rows.cursor_row().toRect()
        self._scroll.ensureVisible(0, row.center().y(), 0, row.height() // 2)
        return lines

    def hidden_height(self) -> int:
        """The rows that only scrolling shows."""
        return self.scroll_bar.maximum()

    def draw_for_picture(self, ratio: float | None) -> None:
        """A picture shows all rows and needs no scroll bar; the screen is where it was before."""
        if ratio is not None:
            self._scrolled = self.scroll_bar.value()
            self.rows.hide_cursor()
        shown = Qt.ScrollBarPolicy.ScrollBarAsNeeded if ratio is None else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self._scroll.setVerticalScrollBarPolicy(shown)
        if ratio is None:
            self.scroll_bar.setValue(self._scrolled)
