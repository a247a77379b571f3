"""Saving: from the document to the disk, and what is known of its file since."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.files.project import save_project
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Checkpoint
from fishlab.ui.document import Document
from fishlab.ui.errand import Errand, Progress
from fishlab.ui.error_words import error_words
from fishlab.ui.project_reader import PATIENCE
from fishlab.ui.prompts import SUFFIX, Overwrite, Prompts
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.wait_sheet import WaitSheet

Stamp = tuple[int, ...]
LARGE = 16 << 20  # bytes of a model that take longer to write than a person should wait for


class ProjectSaving(QObject):
    """The commands that save, for a window as parent.

    `saved(datetime)` after each save, `recent_changed()` with the list of recent files. A large model is written by a
    thread; `writing_changed(bool)` says when that begins and ends.
    """

    writing_changed = Signal(bool)
    saved = Signal(object)
    recent_changed = Signal()
    _all_written = Signal()

    def __init__(
        self, document: Document, session: TrainSession, settings: Settings, prompts: Prompts, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.document, self.session, self.settings = document, session, settings
        self.prompts = prompts
        self._saving_to: Path | None = None
        self._writing = Errand(self)
        self._ended = False
        self._seen: tuple[Path | None, Stamp] = (None, ())  # the document's file as it was opened or saved here
        session.model_arrived.connect(self._on_model_arrived)
        session.state_changed.connect(self._on_session_state_changed)
        self._writing.done.connect(self._on_written)
        self._writing.failed.connect(self._on_writing_failed)

    @property
    def unsaved(self) -> bool:
        """Whether ending now would lose something; a run that goes on is ahead of any file."""
        return self.document.unsaved or self.session.training

    def save(self) -> bool:
        """Save where the project came from, or ask; False where the person thought better of it."""
        path = self.path_to_save()
        return path is not None and self.save_to(path)

    def save_as(self) -> bool:
        """Save under another name."""
        path = self._ask_for_path()
        return path is not None and self.save_to(path)

    def save_to(self, path: Path) -> bool:
        """Write to `path` as soon as the model is brought up to the batch at hand: at once, unless a run goes on."""
        self._saving_to = path
        self.session.ask_model()
        return True

    def path_to_save(self) -> Path | None:
        """The document's own file, unless it has none, or somebody else has written it and is not to be lost."""
        path = self.document.path
        if path is None:
            return self._ask_for_path()
        if not self.changed_outside:
            return path
        answer = self.prompts.overwrite(path.name)
        if answer is Overwrite.ELSEWHERE:
            return self._ask_for_path()
        return path if answer is Overwrite.REPLACE else None

    def mark_seen(self, path: Path | None, stamp: Stamp) -> None:
        """The document's file is this one, and was as `stamp` says when it was read."""
        self._seen = (path, stamp)

    @property
    def stamp(self) -> Stamp:
        """What the document's file was like when it was opened or saved here; empty where that is not known."""
        path, stamp = self._seen
        return stamp if path == self.document.path else ()

    @property
    def changed_outside(self) -> bool:
        """Whether the document's file was written by somebody else since."""
        path = self.document.path
        now = stamp_of(path) if path else ()
        return bool(self.stamp and now) and now != self.stamp and not self._writing.busy

    def _ask_for_path(self) -> Path | None:
        name = self.document.title.replace("/", "-").replace("\\", "-")
        return self.prompts.save_path(self.folder() / (name + SUFFIX))

    def _on_session_state_changed(self) -> None:
        if self.session.state is State.IDLE:  # a run that failed leaves no model behind to wait for
            self._on_model_arrived()

    def _on_model_arrived(self) -> None:
        if self._saving_to is None or self._writing.busy:  # its turn comes
            return
        path, self._saving_to = self._saving_to, None
        content = path, self.document.spec, self.document.model
        self._writing.begin(partial(_write, *content))
        if _size(content[2]) < LARGE:
            self._writing.finish()
        else:
            self.writing_changed.emit(True)

    def _on_written(self, content: tuple[Path, ProjectSpec, Checkpoint | None]) -> None:
        path = content[0]
        self.document.mark_saved(*content)
        self._seen = (path, stamp_of(path))
        self.remember(path)
        self.saved.emit(datetime.now())
        self._after_writing()

    def _on_writing_failed(self, error: Exception) -> None:
        self._after_writing()
        if not self._ended:
            self.prompts.tell(error_words(error), self.tr("The project stays open, with its changes."))

    def _after_writing(self) -> None:
        self.writing_changed.emit(False)
        if self._saving_to is not None:
            self.session.ask_model()
        else:
            self._all_written.emit()

    def let_write(self) -> bool:
        """Wait for what is being written, with the window alive; False where the person will not wait."""
        self._writing.finish(PATIENCE)
        if not self._writing.busy:
            return True
        window = self.parent()
        assert isinstance(window, QWidget)
        sheet = WaitSheet(window)
        sheet.begin(self.tr("Saving"))
        sheet.stop_asked.connect(sheet.hide)
        self._all_written.connect(sheet.hide)
        sheet.exec()
        sheet.deleteLater()
        return not self._writing.busy

    def end(self, seconds: float) -> None:
        """The window goes, and nobody is there to be told: what is being written may come to its end."""
        self._ended, self._saving_to = True, None
        self._writing.finish(seconds)
        self._writing.shut_down(0.0)

    # -- recent files ----------------------------------------------------------------------------------------------
    def remember(self, path: Path) -> None:
        """The file is the most recent one."""
        self.settings.add_recent(path.absolute())
        self.recent_changed.emit()

    def folder(self) -> Path:
        """Where a person most likely looks for a file."""
        if self.document.path:
            return self.document.path.parent
        recent = self.settings.recent
        return recent[0].parent if recent else Path.home()


def stamp_of(path: Path) -> Stamp:
    """What tells one content of a file from another without reading it: time, size and place; empty for no file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _write(path: Path, spec: ProjectSpec, model: Checkpoint | None, _progress: Progress) -> tuple[Any, ...]:
    """Save, and return what was saved where: a thread's work."""
    save_project(path, spec, model)
    return path, spec, model


def _size(model: Checkpoint | None) -> int:
    """Bytes of the weights and of what the optimizer remembers of each."""
    if model is None:
        return 0
    tables = [model.weights, model.start, *model.memory.values(), *([model.best.weights] if model.best else [])]
    return sum(array.nbytes for table in tables for array in table.values())
