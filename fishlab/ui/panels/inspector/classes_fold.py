"""The classes of a data set: what they are called, and how many there are of each to learn from."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from fishlab.ui.panels.inspector.costs import DASH
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.words import soft_breaks
from fishlab.ui.widgets.fold import Fold

MOST = 30  # classes that are listed


class ClassesFold(Fold):
    """Closed, it says how many classes there are and whether they are alike in size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Classes"), parent)
        self.setObjectName("inspector.classes")
        self.setWhatsThis(
            self.tr("What the labels 0, 1, 2 … stand for, and how many there are of each to learn from. Where one "
                    "class has many more than another, always saying that one is right too often.")
        )  # fmt: skip
        self.table = FactTable()
        self.add(self.table)

    def show_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show the names, with their counts where they are known."""
        self.setVisible(bool(names))
        known = len(counts) <= len(names) and bool(counts)
        table = [*counts, *[0] * (len(names) - len(counts))] if known else []
        self.set_note(self._note(len(names), table))
        facts = [
            Fact(soft_breaks(name), f"{table[number]:,}" if known else DASH)
            for number, name in enumerate(names[:MOST])
        ]
        if len(names) > MOST:
            facts.append(Fact(self.tr("and {n} more").format(n=len(names) - MOST), ""))
        self.table.set_facts(facts)

    def _note(self, count: int, counts: Sequence[int]) -> str:
        if not counts:
            return f"{count:,}"
        low, high = min(counts), max(counts)
        if low == high:
            return self.tr("{n} of {each} each").format(n=f"{count:,}", each=f"{low:,}")
        return self.tr("{n}, {low} to {high} each").format(n=f"{count:,}", low=f"{low:,}", high=f"{high:,}")
