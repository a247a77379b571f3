"""The formats that a network can be exported in; the sheet stays open for the next one, and says what was written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from fishlab.core.exchange import EXPORTS, Export, Subject
from fishlab.core.exchange.code.common import how_to_run
from fishlab.core.registry import Entry
from fishlab.ui.export_page import ExportPage, why_not
from fishlab.ui.numbers import bytes_text
from fishlab.ui.theme import theme
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.outcome import Outcome
from fishlab.ui.widgets.progress_strip import ProgressStrip
from fishlab.ui.widgets.sheet import Sheet
from fishlab.ui.widgets.side_list import SideList

_WIDTH, _HEIGHT, _LIST = 620, 400, 216


class ExportSheet(Sheet):
    """`export_asked(kind, whether of the best epoch)`; `stop_asked()` while one is being written."""

    export_asked = Signal(str, bool)
    stop_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("export", self.tr("Export"), parent)
        self._subject: Subject | None = None
        self._folder = Path()
        self._working = False
        self._build()
        self._connect()
        self.sync_space()

    def _build(self) -> None:
        self.list = SideList("export.formats", self.tr("Formats"), _LIST)
        self.page = ExportPage()
        self.strip = ProgressStrip()
        self.strip.setObjectName("export.progress")
        self.outcome = Outcome()
        self.outcome.setObjectName("export.outcome")
        right = QVBoxLayout()
        right.addWidget(self.page)
        right.addStretch(1)
        right.addWidget(self.strip)
        right.addWidget(self.outcome)
        self._row = QHBoxLayout()
        self._row.addWidget(self.list)
        self._row.addLayout(right, 1)
        self.column.addLayout(self._row, 1)
        self.column.addLayout(self._build_buttons())

    def sync_space(self) -> None:
        """The list and what stands beside it."""
        super().sync_space()
        self._row.setSpacing(theme().px(20))

    def _build_buttons(self) -> QHBoxLayout:
        self.show_folder = Button(self.tr("Show in folder"), "folder")
        self.show_folder.setObjectName("export.show_folder")
        self.close_button = Button(self.tr("Close"))
        self.close_button.setObjectName("export.close")
        self.export = Button(self.tr("Export…"))
        self.export.setObjectName("export.export")
        for button in (self.show_folder, self.close_button, self.export):
            button.setAutoDefault(False)
        self.export.setDefault(True)
        box = QDialogButtonBox()  # in the order of the system, as in every other sheet
        box.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        row = QHBoxLayout()
        row.addWidget(self.show_folder)
        row.addStretch(1)
        row.addWidget(box)
        return row

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemDoubleClicked.connect(self._on_export)
        self.page.edited.connect(self._sync)
        self.export.clicked.connect(self._on_export)
        self.close_button.clicked.connect(self.reject)
        self.show_folder.clicked.connect(self._on_show_folder)

    # -- what it is told -------------------------------------------------------------------------------------------
    def offer(self, subject: Subject) -> None:
        """Show the formats for a subject; the one chosen last is chosen again."""
        if not self.isVisible():
            self._tell("", "")
            self.fit(_WIDTH, _HEIGHT)
            self.list.setFocus()
        self._show(subject)
        self.open()

    def refresh(self, subject: Subject) -> None:
        """The same for what the subject has become, if anybody looks."""
        if self.isVisible() and not self._working:
            self._show(subject)

    def begin(self) -> None:
        """Something is being written."""
        self._working = True
        self._tell("", "")
        self._sync()

    def work(self, what: str, done: int, total: int) -> None:
        """How far it is."""
        self.strip.set_words(what)
        self.strip.set_progress(done / total if total else 0.0, 1)
        self.strip.show()

    def tell_written(self, files: list[Path]) -> None:
        """It is done: what was written, and how large."""
        words = self.tr("Wrote “{name}”, {size}.")
        lines = [words.format(name=file.name, size=bytes_text(file.stat().st_size)) for file in files]
        if files[0].suffix == ".py" and self._subject is not None:
            command, data = how_to_run(self._subject, Path(files[0].name))
            lines.append(self.tr("Run it with: {command}").format(command=command))
            lines.append(self.tr("DATA is {what}.").format(what=data))
        self._folder = files[0].parent
        self._end("\n".join(lines), "good")
        self.show_folder.show()

    def tell_failed(self, text: str) -> None:
        """It went wrong."""
        self._end(text, "bad")

    def tell_stopped(self) -> None:
        """It was called off."""
        self._end(self.tr("Stopped. Nothing was written."), "")

    # -- what it shows ---------------------------------------------------------------------------------------------
    def entry(self) -> Entry[Export]:
        """The format chosen."""
        return EXPORTS[self.list.chosen()]

    def choose(self, kind: str) -> None:
        """Choose a format."""
        kinds = [self.list.data_of(row) for row in range(self.list.count())]
        self.list.setCurrentRow(kinds.index(kind))

    def _show(self, subject: Subject) -> None:
        self._subject = subject
        row = max(0, self.list.currentRow())
        self.list.blockSignals(True)
        self.list.clear()
        for entry in EXPORTS:
            self._add(entry, why_not(entry, subject))
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._sync()

    def _add(self, entry: Entry[Export], why: str) -> None:
        item = self.list.add(entry.title, entry.kind, "disabled" if why else "ink")
        if why:
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, why)

    def _sync(self) -> None:
        if self._subject is None:
            return
        entry = self.entry()
        self.page.show_format(entry, self._subject)
        for part in (self.list, self.page.weights):
            part.setEnabled(not self._working)
        self.export.setEnabled(not self._working and not why_not(entry, self._subject))
        self.close_button.setText(self.tr("Cancel") if self._working else self.tr("Close"))

    def _end(self, text: str, colour: str) -> None:
        self._working = False
        self._tell(text, colour)
        self._sync()

    def _tell(self, text: str, colour: str) -> None:
        self.outcome.tell(text, colour)
        self.show_folder.hide()
        self.strip.hide()

    # -- slots -----------------------------------------------------------------------------------------------------
    def _on_current_changed(self, _item: object, _before: object) -> None:
        self._tell("", "")
        self._sync()

    def _on_export(self, _pressed: object = None) -> None:
        if self.export.isEnabled():
            self.export_asked.emit(self.entry().kind, self.page.best)

    def _on_show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def reject(self) -> None:
        """Escape and Close; while something is being written they call it off, and the sheet stays."""
        if self._working:
            self.stop_asked.emit()
        else:
            super().reject()
