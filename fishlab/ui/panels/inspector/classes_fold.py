"""The classes of a data set: what they are called, and how many there are of each to learn from."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from fishlab.ui.panels.inspector.costs import DASH
from fishlab.ui.widgets.fold import Fold
from fishlab.ui.widgets.label import Label

MOST = 30  # classes that are listed


class ClassesFold(Fold):
    """Closed, it says how many classes there are and whether they are alike in size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Classes"), parent, spacing=3)
        self.setObjectName("inspector.classes")
        self.setWhatsThis(
            self.tr("What the labels 0, 1, 2 … stand for, and how many there are of each to learn from. Where one "
                    "class has many more than another, always saying that one is right too often.")
        )  # fmt: skip
        self._rows: list[_Row] = []

    def show_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show the names, with their counts where they are known."""
        self.setVisible(bool(names))
        known = len(counts) <= len(names) and bool(counts)
        table = [*counts, *[0] * (len(names) - len(counts))] if known else []
        self.set_note(self._note(len(names), table))
        lines = [(name, f"{table[number]:,}" if known else DASH) for number, name in enumerate(names[:MOST])]
        if len(names) > MOST:
            lines.append((self.tr("and {n} more").format(n=len(names) - MOST), ""))
        self._show(lines)

    def lines(self) -> list[tuple[str, str]]:
        """What is listed: names, and numbers as words."""
        return [(row.name.text(), row.count.text()) for row in self._rows if not row.isHidden()]

    def _show(self, lines: Sequence[tuple[str, str]]) -> None:
        while len(self._rows) < len(lines):
            self._rows.append(_Row())
            self.add(self._rows[-1])
        for row in self._rows[len(lines) :]:
            row.hide()
        for row, (name, count) in zip(self._rows, lines, strict=False):
            row.name.setText(name)
            row.count.setText(count)
            row.show()

    def _note(self, count: int, counts: Sequence[int]) -> str:
        if not counts:
            return f"{count:,}"
        low, high = min(counts), max(counts)
        if low == high:
            return self.tr("{n} of {each} each").format(n=f"{count:,}", each=f"{low:,}")
        return self.tr("{n}, {low} to {high} each").format(n=f"{count:,}", low=f"{low:,}", high=f"{high:,}")


class _Row(QWidget):
    """A name, which gives way where it is long, and a number."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.count = Label("", "small", 400, "ink2", elide=True), Label("", "body", 600)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name, 1)
        row.addWidget(self.count)
