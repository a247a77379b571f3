"""Rows of label and field, as in the inspector."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.field import Field
from fishlab.ui.widgets.label import Label

_LABEL_COLUMN = 60


class Form(QWidget):
    """A column of labels in ink2 and a column of fields: `form.add("Filters", field)`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        labels = [label for form in self._aligned for label, _ in form._labels]
        widest = max((label.sizeHint().width() for label in labels), default=0)
        for form in self._aligned:
            form._grid.setColumnMinimumWidth(0, max(widest, theme().px(_LABEL_COLUMN)))
