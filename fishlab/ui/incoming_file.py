"""Files that come to the window by themselves: dropped on it, or named when it starts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDropEvent

from fishlab.core.exchange.choosing import import_suffixes
from fishlab.ui.prompts import SUFFIX


def dropped_file(event: QDropEvent) -> Path | None:
    """The first project, or file of another program, among what is dropped."""
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and (path.suffix.casefold() == SUFFIX or is_foreign(path)):
            return path
    return None


def is_foreign(path: Path) -> bool:
    """Whether another program has written it, by its name."""
    return path.suffix.casefold() in import_suffixes()
