"""Rows of a word, how it comes about, and the number: 'Weights   30·1·5·5 + 30   780'."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.label import Label


@dataclass(frozen=True)
class Fact:
    """One row; `note` gives way where there is no room."""

    label: str
    value: str
    note: str = ""


class FactTable(QWidget):
    """Facts under one another, values at the right edge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[Label, Label, Label]] = []
        self._facts: tuple[Fact, ...] = ()
        self._sync()
        theme().changed.connect(self._sync)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these."""
        self._facts = tuple(facts)
        while len(self._rows) < len(facts):
            self._add_row()
        for index, row in enumerate(self._rows):
            fact = facts[index] if index < len(facts) else None
            self._show(row, fact)
        self.setAccessibleName("; ".join(f"{fact.label} {fact.value}" for fact in facts))

    def _add_row(self) -> None:
        label = Label("", "small", 400, "ink2")
        note = Label("", "caption", 400, "ink2", elide=True)
        value = Label("", "body", 600)
        note.setAlignment(Qt.AlignmentFlag.AlignRight)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, part in enumerate((label, note, value)):
            self._grid.addWidget(part, len(self._rows), column)
        self._rows.append((label, note, value))

    def _show(self, row: tuple[Label, Label, Label], fact: Fact | None) -> None:
        texts = (fact.label, fact.note, fact.value) if fact else ("", "", "")
        for part, text in zip(row, texts, strict=True):
            part.setText(text)
            part.setVisible(fact is not None)

    def _sync(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().px(8))
        self._grid.setVerticalSpacing(theme().px(3))
