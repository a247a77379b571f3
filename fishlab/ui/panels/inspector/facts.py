"""Rows of a word, how it comes about, and the number: 'Weights   30·1·5·5 + 30   780'."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Step
from fishlab.ui.widgets.label import Label


@dataclass(frozen=True)
class Fact:
    """One row; `note` goes under it where there is no room. `warns` is for what works, but should be looked at."""

    label: str
    value: str
    note: str = ""
    warns: bool = False


class FactTable(QWidget):
    """Facts under one another, values at the right edge; notes stand in a column where there is room for one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._rows: list[_Row] = []
        self._facts: tuple[Fact, ...] = ()
        self._sync()
        theme().changed.connect(self._sync)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        while len(self._rows) < len(facts):
            self._rows.append(_Row())
            self._column.addWidget(self._rows[-1])
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(facts))
            row.show_fact(facts[index] if index < len(facts) else Fact("", ""))
        self.setAccessibleName("; ".join(f"{fact.label} {fact.value}" for fact in facts))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See whether the notes still fit into a column."""
        self._fit()

    def _fit(self) -> None:
        widest = max((row.value_width() for row in self._rows), default=0)
        fits = all(row.least_width(widest) <= self.width() for row in self._rows)
        for row in self._rows:
            row.set_value_column(widest if fits else 0)
            row.set_note_below(row.least_width(row.value_width()) > self.width())

    def _sync(self) -> None:
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(3))
        self._fit()


class _Row(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.label = Label("", "small", 400, "ink2")
        self.note = Label("", "caption", 400, "ink2", elide=True)
        self.value = Label("", "body", 600)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self.label, 0, 0)
        self._grid.addWidget(self.note, 0, 1)
        self._grid.addWidget(self.value, 0, 2)
        self._below = False

    def show_fact(self, fact: Fact) -> None:
        for part, text in ((self.label, fact.label), (self.note, fact.note), (self.value, fact.value)):
            part.setText(text)
        for part, ink in ((self.note, "ink2"), (self.value, "ink")):
            part.set_ink("warn" if fact.warns else ink)

    def set_note_below(self, below: bool) -> None:
        if below != self._below:
            self._below = below
            self._grid.removeWidget(self.note)
            self._grid.addWidget(self.note, *((1, 0, 1, 3) if below else (0, 1, 1, 1)))

    def set_value_column(self, width: int) -> None:
        """At least so wide: the column, for a label would remember it."""
        self._grid.setColumnMinimumWidth(2, width)

    def value_width(self) -> int:
        """By the theme's measures: labels may not yet have its new letters."""
        return _width(self.value, "body", 600)

    def least_width(self, value_width: int) -> int:
        words = _width(self.label, "small", 400) + _width(self.note, "caption", 400)
        return words + value_width + 2 * self._grid.horizontalSpacing()


def _width(label: Label, step: Step, weight: int) -> int:
    return 1 + math.ceil(theme().text_width(label.text(), step, weight)) if label.text() else 0
