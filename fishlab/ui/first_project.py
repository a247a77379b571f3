"""FirstProject: what is open when the window comes up."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fishlab.core.files.opening import is_file
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.exchange import Exchange
from fishlab.ui.incoming_file import is_foreign
from fishlab.ui.project_files import ProjectFiles
from fishlab.ui.recovery import Recovery
from fishlab.ui.settings import Settings

FIRST_NETWORK = "SimpleConvNet"


class FirstProject(QObject):
    """The file asked for, else what was not saved last time, else the last file, else the first example.

    Signals: `said(sentence)`, and `warned(sentence)` where something could not be opened.
    """

    said = Signal(str)
    warned = Signal(str)

    def __init__(
        self, document: Document, files: ProjectFiles, exchange: Exchange, recovery: Recovery, settings: Settings,
        parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._document, self._files, self._exchange = document, files, exchange
        self._recovery, self._settings = recovery, settings

    def show_example(self) -> None:
        """Stand there until something else has been read."""
        self._document.replace(find_template(FIRST_NETWORK).item())

    def open(self, path: Path | None) -> None:
        """Open it in place of the example."""
        if path is not None and is_foreign(path):
            self._exchange.import_file(path)
        elif path is not None or not self._recovery.bring_back_asked(self._on_brought_back, self._on_not_brought_back):
            self._open_last(path)

    def _on_brought_back(self) -> None:
        self.said.emit(self.tr("What was not saved last time is here again."))

    def _on_not_brought_back(self, why: str) -> None:
        self._open_last(None)
        words = self.tr("What was not saved last time cannot be opened: {why}")
        self.warned.emit(words.format(why=why))

    def _open_last(self, path: Path | None) -> None:
        recent = [] if self._recovery.crashed else self._settings.recent[:1]  # it may be what brought the window down
        last = path or next(filter(is_file, recent), None)
        if last is not None:
            self._files.open_quietly(last, self.warned.emit)
