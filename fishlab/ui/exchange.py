"""Export and import: what happens between the document and the files of other programs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.errors import FishLabError
from fishlab.core.exchange import EXPORTS, IMPORTS, ExchangeError, Export, Imported, MissingExtraError, Subject
from fishlab.core.exchange.choosing import import_for, import_suffixes
from fishlab.core.exchange.summary import layer_lines
from fishlab.core.exchange.writing import write_export
from fishlab.core.registry import Entry
from fishlab.ui.document import Document
from fishlab.ui.errand import Errand
from fishlab.ui.error_words import error_words
from fishlab.ui.export_sheet import ExportSheet
from fishlab.ui.import_sheet import ImportSheet
from fishlab.ui.project_files import ProjectFiles, lacks_layer
from fishlab.ui.prompts import Prompts
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings

FOLDER = "exchange/folder"
Order = tuple[Entry[Export], Path, bool]


class Exchange(QObject):
    """The two commands of the window; `said(text)` for a notice."""

    said = Signal(str)

    def __init__(
        self,
        document: Document,
        session: TrainSession,
        files: ProjectFiles,
        prompts: Prompts,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.prompts = prompts
        self._document, self._session, self._files, self._settings = document, session, files, settings
        self._order: Order | None = None  # waits for the model to be brought up to the batch at hand
        self._source, self._kind, self._matched = Path(), "", False
        self._writing, self._reading = Errand(self), Errand(self)
        self.export_sheet, self.import_sheet = ExportSheet(window), ImportSheet(window)
        self._connect()

    def _connect(self) -> None:
        self._session.model_arrived.connect(self._on_model_arrived)
        self._session.state_changed.connect(self._on_session_state_changed)
        self._document.model_changed.connect(self._on_model_changed)
        sheet, writing = self.export_sheet, self._writing
        sheet.export_asked.connect(self._on_export_asked)
        sheet.stop_asked.connect(writing.stop)
        writing.progressed.connect(sheet.work)
        writing.done.connect(self._on_written)
        writing.failed.connect(self._on_writing_failed)
        writing.stopped.connect(sheet.tell_stopped)
        panel, reading = self.import_sheet, self._reading
        panel.stop_asked.connect(self._on_import_stopped)
        panel.try_asked.connect(self._session.evaluate_test)
        reading.progressed.connect(panel.work)
        reading.done.connect(self._on_read)
        reading.failed.connect(self._on_reading_failed)
        reading.stopped.connect(panel.give_up)

    def shut_down(self) -> None:
        """End what is under way; nothing half-written stays."""
        self._writing.shut_down()
        self._reading.shut_down()

    # -- export ----------------------------------------------------------------------------------------------------
    def export(self) -> None:
        """Show the formats, for the network with what it has learned up to the batch at hand."""
        self.export_sheet.offer(self._subject())
        self._session.ask_model()

    def _subject(self, best: bool = False) -> Subject:
        return Subject(self._document.spec, self._document.model, best)

    def _on_model_changed(self) -> None:
        self.export_sheet.refresh(self._subject())

    def _on_export_asked(self, kind: str, best: bool) -> None:
        entry = EXPORTS[kind]
        name = self._document.title.replace("/", "-").replace("\\", "-") + entry.item.suffix
        path = self.prompts.export_path(self._folder() / name, entry.title, entry.item.suffix)
        if path is not None:
            self._settings.set(FOLDER, str(path.parent))
            self.export_to(kind, path, best=best)

    def export_to(self, kind: str, path: Path, *, best: bool = False) -> None:
        """Write in a format, once the model is brought up to the batch at hand; the sheet says what came of it."""
        self._order = (EXPORTS[kind], path, best)
        self.export_sheet.begin()
        self._session.ask_model()

    def _on_session_state_changed(self) -> None:
        if self._session.state is State.IDLE:  # a run that failed leaves no model behind to wait for
            self._on_model_arrived()

    def _on_model_arrived(self) -> None:
        order, self._order = self._order, None
        if order is not None:
            entry, path, best = order
            self._writing.begin(partial(write_export, entry, self._subject(best), path))

    def _on_written(self, files: list[Path]) -> None:
        self.export_sheet.tell_written(files)
        self.said.emit(self.tr("Exported to “{path}”.").format(path=files[0]))

    def _on_writing_failed(self, error: Exception) -> None:
        self.export_sheet.tell_failed(error_words(error))

    # -- import ----------------------------------------------------------------------------------------------------
    def import_file(self, path: Path | None = None) -> None:
        """Read a file of another program (asking for one where none is given), and show it as a new project."""
        path = path or self.prompts.import_path(self._folder(), import_suffixes())
        if path is not None:
            self._settings.set(FOLDER, str(path.parent))
            self._read(path, matched=False)

    def _read(self, path: Path, *, matched: bool) -> None:
        """Read it; `matched` to the network that is open."""
        if self._reading.busy:
            return
        try:
            entry = import_for(path)
        except FishLabError as error:
            self._tell(error)
            return
        self._source, self._kind, self._matched = path, entry.kind, matched
        self._files.reader.stop()
        self.import_sheet.begin(path.name)
        self._reading.begin(partial(entry.item.read, path, self._document.spec if matched else None))

    def _on_read(self, found: Imported) -> None:
        if not self._files.settle():
            self.import_sheet.give_up()
            return
        self._files.show_unsaved(found.project, found.model, None, ())
        self.import_sheet.tell(self._source.name, found.said, layer_lines(found.project.network))

    def _on_import_stopped(self) -> None:
        self._reading.let_go()
        self.import_sheet.give_up()

    def _on_reading_failed(self, error: Exception) -> None:
        self.import_sheet.give_up()
        if lacks_layer(error):
            if self._files.find_layer(str(error)):
                self._read(self._source, matched=self._matched)
        elif not self._may_match(error):
            self._tell(error)
        elif self._agreed_to_match(error):
            self._read(self._source, matched=True)

    def _may_match(self, error: Exception) -> bool:
        """Whether it might be read with the help of the network that is open."""
        if self._matched or IMPORTS[self._kind].item.has_network or self._document.report.problem is not None:
            return False
        return isinstance(error, ExchangeError) and not isinstance(error, MissingExtraError)

    def _agreed_to_match(self, error: Exception) -> bool:
        words = self.tr("The weights can be matched to the network that is open, “{name}”, by their shapes.")
        details = words.format(name=self._document.network.name)
        return self.prompts.agree(str(error), details, self.tr("Match to the open network"))

    # -- both ------------------------------------------------------------------------------------------------------
    def _tell(self, error: Exception) -> None:
        self.prompts.tell(error_words(error), self.tr("What is open here stays as it is."))

    def _folder(self) -> Path:
        """Where a file was exported or imported last."""
        last = self._settings.text(FOLDER)
        path = self._document.path
        return Path(last) if last else path.parent if path else Path.home()
