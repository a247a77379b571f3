"""Explanation: what a control, a card, a curve or a formula is, in parts that Explain can lay out.

set_explanation(widget, Explanation("How far one step goes.", larger="Faster, until the loss jumps about."))
explanation_of(widget)          the one given, or its "what's this" text, or None
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

_PROPERTY = "explanation"
EXPLANATION_ROLE = Qt.ItemDataRole.UserRole + 100  # of a row in a list or a tree


@dataclass(frozen=True)
class Explanation:
    """All but `text` may be empty. `formula` has an equation a line, as one types it: "L = −1 / N Σ log p".

    `limits` is the range and the default of a setting, `shape` that of what comes out of a layer; `chapter` is a
    number, such as "6.1.2". `larger` and `smaller` are what happens then.
    """

    text: str
    formula: str = ""
    shape: str = ""
    larger: str = ""
    smaller: str = ""
    limits: str = ""
    chapter: str = ""
    title: str = ""

    def plain(self) -> str:
        """All of it as lines of text: for a tooltip, and where one clicks in Explain mode."""
        lines = (self.text, self.formula, self.shape, self.larger_line, self.smaller_line, self.limits,
                 self.chapter_line)  # fmt: skip
        return "\n".join(line for line in lines if line)

    @property
    def larger_line(self) -> str:
        """What happens when it is larger, said as such."""
        return _tr("Larger: {what}").format(what=self.larger) if self.larger else ""

    @property
    def smaller_line(self) -> str:
        """What happens when it is smaller, said as such."""
        return _tr("Smaller: {what}").format(what=self.smaller) if self.smaller else ""

    @property
    def chapter_line(self) -> str:
        """Where the book has it."""
        return _tr("Chapter {chapter}").format(chapter=self.chapter) if self.chapter else ""


def as_explanation(words: Explanation | str) -> Explanation:
    """Words alone are an explanation too."""
    return words if isinstance(words, Explanation) else Explanation(words)


def set_explanation(widget: QWidget, explanation: Explanation) -> None:
    """Have Explain say this of `widget` and of whatever lies in it that has no words of its own."""
    widget.setProperty(_PROPERTY, explanation)
    widget.setWhatsThis(explanation.plain())


def explanation_of(widget: QWidget) -> Explanation | None:
    """What was set, as long as its plain words are still those of the widget; else those."""
    given, words = widget.property(_PROPERTY), widget.whatsThis()
    if isinstance(given, Explanation) and given.plain() == words:
        return given
    return Explanation(words) if words else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Explanation", text)
