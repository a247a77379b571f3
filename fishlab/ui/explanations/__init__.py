"""What the parts of the window are that no registry describes; layers and fields bring their own words.

Each part of the window has a table of its own: object name -> words, or an `Explanation` with formula, chapter, and
what happens when it is larger or smaller. Chapters are those of "Deep Learning from Scratch".
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from fishlab.ui.explanations import inspector, instruments, live, network, palette, run, sheets
from fishlab.ui.explanations.entry import Entries
from fishlab.ui.plots.things import Things, things
from fishlab.ui.widgets.explanation import Explanation, as_explanation, set_explanation

OF_IMAGES = (
    "try.", "live.maps", "live.saliency", "live.excite", "live.filter_bank", "live.data.variants",
    "inspector.fold.augmentation", "inspector.augmentation_preview",
)  # these speak of images, whatever the data are


def all_entries() -> Entries:
    """The tables of all parts as one."""
    parts = (palette, network, inspector, sheets, run, live, instruments)
    return {name: entry for part in parts for name, entry in part.entries().items()}


def explain_parts(window: QWidget, data: Things | None = None) -> None:
    """Give every part of a window that is named in the tables its words, about the images or what the `data` are."""
    entries = all_entries()
    for part in (window, *window.findChildren(QWidget)):
        name = part.objectName()
        if name in entries:
            said = as_explanation(entries[name])
            set_explanation(part, said if name.startswith(OF_IMAGES) else _about(data or things(()), said))


def _about(data: Things, said: Explanation) -> Explanation:
    return replace(said, text=data.called(said.text), larger=data.called(said.larger),
                   smaller=data.called(said.smaller))  # fmt: skip
