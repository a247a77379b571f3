"""What the parts of the window are that no registry describes; layers and fields bring their own words.

Each part of the window has a table of its own: object name -> words, or an `Explanation` with formula, chapter, and
what happens when it is larger or smaller. Chapters are those of "Deep Learning from Scratch".
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fishlab.ui.explanations import inspector, instruments, live, network, palette, run, sheets
from fishlab.ui.explanations.entry import Entries
from fishlab.ui.widgets.explanation import as_explanation, set_explanation


def all_entries() -> Entries:
    """The tables of all parts as one."""
    parts = (palette, network, inspector, sheets, run, live, instruments)
    return {name: entry for part in parts for name, entry in part.entries().items()}


def explain_parts(window: QWidget) -> None:
    """Give every part of a window that is named in the tables its words."""
    entries = all_entries()
    for part in (window, *window.findChildren(QWidget)):
        entry = entries.get(part.objectName())
        if entry is not None:
            set_explanation(part, as_explanation(entry))
