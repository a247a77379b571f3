"""The menu of whatever shows data: save as PNG, SVG, CSV, copy the numbers, copy a sentence; the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QWidget

from fishlab.core.files.atomic import SaveError
from fishlab.ui.plots import export

Table = tuple[Sequence[str], Sequence[Sequence[object]]]


class Saved(Protocol):
    """What can be saved. `saved_name` is the file's name without its ending."""

    def saved_name(self) -> str: ...
    def save_png(self, path: Path) -> None: ...
    def save_svg(self, path: Path) -> None: ...
    def csv(self) -> str: ...
    def spoken(self) -> str: ...


class SaveMenu(QMenu):
    """Saves `shown`, a widget that is Saved; its actions are called `name`.png, .svg, .csv and .copy."""

    def __init__(self, shown: QWidget, saved: Saved, name: str) -> None:
        super().__init__(shown)
        self._shown, self._saved, self._name = shown, saved, name
        self._add("png", self.tr("Save as PNG…"), self._on_png_triggered)
        self._add("svg", self.tr("Save as SVG…"), self._on_svg_triggered)
        self._add("csv", self.tr("Save values as CSV…"), self._on_csv_triggered)
        self.addSeparator()
        self._add("copy", self.tr("Copy values as CSV"), self._on_copy_triggered)
        self._add("sentence", self.tr("Copy what it says in words"), self._on_sentence_triggered)

    def _add(self, name: str, text: str, slot: object) -> None:
        action = QAction(text, self._shown)
        action.setObjectName(f"{self._name}.{name}")
        action.triggered.connect(slot)
        self.addAction(action)

    def _on_png_triggered(self) -> None:
        self.save("png")

    def _on_svg_triggered(self) -> None:
        self.save("svg")

    def _on_csv_triggered(self) -> None:
        self.save("csv")

    def _on_copy_triggered(self) -> None:
        QApplication.clipboard().setText(self._saved.csv())

    def _on_sentence_triggered(self) -> None:
        QApplication.clipboard().setText(self._saved.spoken())

    def save(self, ending: str) -> None:
        """Ask for a path and write the file; say why where that fails."""
        title = self.tr("Save {what}").format(what=self._shown.accessibleName())
        path = export.ask_path(self._shown, title, self._saved.saved_name(), ending)
        if path is None:
            return
        try:
            {"png": self._saved.save_png, "svg": self._saved.save_svg, "csv": self._save_csv}[ending](path)
        except SaveError as error:
            QMessageBox.warning(self._shown, self.tr("Not saved"), str(error))

    def _save_csv(self, path: Path) -> None:
        export.save_text(self._saved.csv(), path)
