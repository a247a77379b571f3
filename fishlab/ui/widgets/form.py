"""Rows of label and field, as in the inspector."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.label import Label

_LABEL_COLUMN = 60
_AROUND_TEXT = 42  # u, of a field that is a choice: its padding and its arrow


class Form(QWidget):
    """A column of labels in ink2 and a column of fields: `form.add("Filters", field)`."""

    def __init__(self, parent: QWidget | None = None, *, least: str = "") -> None:
        """`least` is the longest text of a field here: a column of labels too wide for it is not kept to."""
        super().__init__(parent)
        self._least = least
        self._grid = QGridLayout(self)
        self._labels: list[tuple[Label, int]] = []
        self._aligned: tuple[Form, ...] = (self,)
        self._grid.setColumnStretch(1, 1)
        self._sync()
        theme().changed.connect(self._sync)

    def add(self, text: str, field: Field) -> None:
        """Append a row."""
        label = Label(text, "body", 400, "ink2")
        label.setBuddy(field.controls[0])
        self._labels.append((label, field.line_height))
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(field, row, 1)
        self._sync()

    def show_row(self, field: Field, shown: bool) -> None:
        """Show the row of `field`, or take it out of sight until it matters again."""
        field.setVisible(shown)
        for label, _ in self._labels:
            if label.buddy() is field.controls[0]:
                label.setVisible(shown)

    def align_with(self, *others: Form) -> None:
        """Give the label columns of several forms under one another the same width."""
        for form in (self, *others):
            form._aligned = (self, *others)
        self._align()

    def clear(self) -> None:
        """Take all rows away."""
        self._labels.clear()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _sync(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().px(12))
        self._grid.setVerticalSpacing(theme().px(8))
        for label, height in self._labels:
            label.setFixedHeight(theme().px(height))
        self._align()

    def _align(self) -> None:
        """By the theme's measures: labels may not yet have taken its new font."""
        common = max(form._labels_width() for form in self._aligned)
        for form in self._aligned:
            width = common if form._field_fits_beside(common) else form._labels_width()
            if width != form._grid.columnMinimumWidth(0):
                form._grid.setColumnMinimumWidth(0, width)

    def _labels_width(self) -> int:
        widths = (1 + math.ceil(theme().text_width(label.text())) for label, _ in self._labels)
        return max(widths, default=0) if self._least else max([*widths, theme().px(_LABEL_COLUMN)])

    def _field_fits_beside(self, labels: int) -> bool:
        needed = theme().text_width(self._least) + theme().u(_AROUND_TEXT) if self._least else 0
        return self.width() - labels - self._grid.horizontalSpacing() >= needed

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See whether the common column of labels still leaves room."""
        super().resizeEvent(event)
        self._align()
