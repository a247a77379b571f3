"""New, open, save: what happens between the document and the disk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from fishlab.core.errors import UnknownKindError
from fishlab.core.files.atomic import sweep
from fishlab.core.files.project import open_project, save_project
from fishlab.core.layers import LAYERS
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Checkpoint
from fishlab.ui.document import Document
from fishlab.ui.errand import Errand, Progress
from fishlab.ui.error_words import error_words
from fishlab.ui.project_reader import AT_START, PATIENCE, Look, Project, ProjectReader, Reading
from fishlab.ui.prompts import SUFFIX, Answer, Overwrite, Prompts
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings
from fishlab.ui.wait_sheet import WaitSheet

Stamp = tuple[int, ...]
LARGE = 16 << 20  # bytes of a model that take longer to write than a person should wait for


class ProjectFiles(QObject):
    """The file commands of the window.

    `saved(datetime)` after each save, `opened()` when another project has come, `recent_changed()` with the list.
    Projects are read by a thread, and take the place of what is open when they are whole. A large model is written by
    a thread; `writing_changed(bool)` says when that begins and ends.
    """

    writing_changed = Signal(bool)
    saved = Signal(object)
    opened = Signal()
    recent_changed = Signal()

    def __init__(
        self, document: Document, session: TrainSession, settings: Settings, prompts: Prompts, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._settings = document, session, settings
        self.prompts = prompts
        self._saving_to: Path | None = None
        self._writing = Errand(self)
        self._ended = False
        self._seen: tuple[Path | None, Stamp] = (None, ())  # the document's file as it was opened or saved here
        self.reader = ProjectReader(parent)
        self._shown = 0  # how many files were opened
        self.load_layers: Callable[[], bool] = lambda: False  # the window has a way to ask for a layer file
        session.model_arrived.connect(self._on_model_arrived)
        session.state_changed.connect(self._on_session_state_changed)
        self._writing.done.connect(self._on_written)
        self._writing.failed.connect(self._on_writing_failed)

    @property
    def unsaved(self) -> bool:
        """Whether ending now would lose something; a run that goes on is ahead of any file."""
        return self._document.unsaved or self._session.training

    # -- new and open ----------------------------------------------------------------------------------------------
    def new(self, template: str) -> bool:
        """Begin with a template, once unsaved changes are settled."""
        self.reader.stop()
        if not self.settle():
            return False
        self._document.replace(find_template(template).item())
        self.opened.emit()
        return True

    def open(self, path: Path | None = None) -> bool:
        """Open a project file (asking for one where none is given); a file that cannot be read changes nothing.

        Whether something else is open now, or will be when it has been read.
        """
        path = path or self.prompts.open_path(self._folder())
        return path is not None and self._open(path)

    def _open(self, path: Path) -> bool:
        if not self._let_write():  # it may be this very file
            return False
        before = self._shown
        self.read(path.name, partial(open_project, path), partial(self._on_read, path, stamp_of(path)),
                  partial(self._on_not_read, path))  # fmt: skip
        return self.reader.busy or self._shown != before

    def _on_read(self, path: Path, stamp: Stamp, project: Project) -> None:
        if self.settle():
            self._show(path, stamp, *project)

    def _on_not_read(self, path: Path, error: Exception) -> None:
        self._forget_where_gone(path, error)
        self.tell_not_read(error)

    def _forget_where_gone(self, path: Path, error: Exception) -> None:
        if isinstance(error.__cause__, FileNotFoundError):
            self._settings.remove_recent(path.absolute())
            self.recent_changed.emit()

    def tell_not_read(self, error: Exception) -> None:
        """Say why something cannot be opened."""
        self.prompts.tell(error_words(error), self.tr("What is open here stays as it is."))

    def read(
        self,
        name: str,
        read: Callable[[Look], Project],
        take: Callable[[Project], None],
        refuse: Callable[[Exception], None] | None = None,
    ) -> None:
        """Have `take` called with what `read` returns, asking for a layer file that it needs, or else `refuse`."""
        def on_refused(error: Exception) -> None:
            if lacks_layer(error) and self.find_layer(str(error)):
                self.reader.begin(reading)
            else:
                (refuse or self.tell_not_read)(error)

        reading = Reading(name, read, take, on_refused)
        self.reader.begin(reading)

    def open_quietly(self, path: Path, refuse: Callable[[str], None]) -> None:
        """Open at the start, in place of an example; `refuse` is called with the sentence that says why not."""
        def take(project: Project) -> None:
            if self.settle():  # a long reading leaves time to begin something
                self._show(path, stamp, *project)

        def on_refused(error: Exception) -> None:
            self._forget_where_gone(path, error)
            refuse(error_words(error))

        stamp = stamp_of(path)  # before it is read: what comes later is a change
        self.reader.begin(Reading(path.name, partial(open_project, path), take, on_refused), patience=AT_START)

    def find_layer(self, sentence: str) -> bool:
        """Offer to load the layer file that a project needs; False where the person thought better of it."""
        details = self.tr("If you have the Python file of that layer, choose it, and the project opens.")
        if not self.prompts.agree(sentence, details, self.tr("Choose its layer file…")):
            return False
        return self.load_layers()

    def _show(self, path: Path, stamp: Stamp, spec: ProjectSpec, model: Checkpoint | None) -> None:
        self._document.replace(spec, model=model, path=path)
        self._seen = (path, stamp)
        self._shown += 1
        sweep(path.parent)  # what a killed save left beside it
        self._remember(path)
        self.opened.emit()

    def show_unsaved(self, spec: ProjectSpec, model: Checkpoint | None, path: Path | None, stamp: Stamp) -> None:
        """Show work that no file holds as it is; `path` is where it belongs, `stamp` how that was when last seen."""
        self._document.replace(spec, model=model, path=path, saved=False)
        self._seen = (path, stamp)
        self.opened.emit()

    # -- save ------------------------------------------------------------------------------------------------------
    def save(self) -> bool:
        """Save where the project came from, or ask; False where the person thought better of it."""
        path = self._path_to_save()
        return path is not None and self.save_to(path)

    def save_as(self) -> bool:
        """Save under another name."""
        path = self._ask_for_path()
        return path is not None and self.save_to(path)

    def save_to(self, path: Path) -> bool:
        """Write to `path` as soon as the model is brought up to the batch at hand: at once, unless a run goes on."""
        self._saving_to = path
        self._session.ask_model()
        return True

    def _path_to_save(self) -> Path | None:
        """The document's own file, unless it has none, or somebody else has written it and is not to be lost."""
        path = self._document.path
        if path is None:
            return self._ask_for_path()
        if not self.changed_outside:
            return path
        answer = self.prompts.overwrite(path.name)
        if answer is Overwrite.ELSEWHERE:
            return self._ask_for_path()
        return path if answer is Overwrite.REPLACE else None

    @property
    def stamp(self) -> Stamp:
        """What the document's file was like when it was opened or saved here; empty where that is not known."""
        path, stamp = self._seen
        return stamp if path == self._document.path else ()

    @property
    def changed_outside(self) -> bool:
        """Whether the document's file was written by somebody else since."""
        path = self._document.path
        now = stamp_of(path) if path else ()
        return bool(self.stamp and now) and now != self.stamp and not self._writing.busy

    def _ask_for_path(self) -> Path | None:
        name = self._document.title.replace("/", "-").replace("\\", "-")
        return self.prompts.save_path(self._folder() / (name + SUFFIX))

    def _on_session_state_changed(self) -> None:
        if self._session.state is State.IDLE:  # a run that failed leaves no model behind to wait for
            self._on_model_arrived()

    def _on_model_arrived(self) -> None:
        if self._saving_to is None or self._writing.busy:  # its turn comes
            return
        path, self._saving_to = self._saving_to, None
        content = path, self._document.spec, self._document.model
        self._writing.begin(partial(_write, *content))
        if _size(content[2]) < LARGE:
            self._writing.finish()
        else:
            self.writing_changed.emit(True)

    def _on_written(self, content: tuple[Path, ProjectSpec, Checkpoint | None]) -> None:
        path = content[0]
        self._document.mark_saved(*content)
        self._seen = (path, stamp_of(path))
        self._remember(path)
        self.saved.emit(datetime.now())
        self._after_writing()

    def _on_writing_failed(self, error: Exception) -> None:
        self._after_writing()
        if not self._ended:
            self.prompts.tell(error_words(error), self.tr("The project stays open, with its changes."))

    def _after_writing(self) -> None:
        self.writing_changed.emit(False)
        if self._saving_to is not None:
            self._session.ask_model()

    def end(self, seconds: float) -> None:
        """The window goes, and nobody is there to be told: what is being written may come to its end."""
        self._ended, self._saving_to = True, None
        self.reader.stop()
        self._writing.finish(seconds)
        self._writing.shut_down(0.0)

    # -- before something else takes its place ---------------------------------------------------------------------
    def settle(self) -> bool:
        """End a run and settle unsaved changes; False means stay, and then nothing has changed, a run goes on too."""
        if not self._let_write():
            return False
        path = None
        answer = Answer.DISCARD
        if self.unsaved:
            answer = self.prompts.unsaved(self._document.title, ends_run=self._session.training)
        if answer is Answer.SAVE:
            path = self._path_to_save()
        if answer is Answer.CANCEL or (answer is Answer.SAVE and path is None):
            return False
        self._end_work()
        if answer is Answer.SAVE and path is not None:
            self.save_to(path)
            return self._let_write() and not self._document.unsaved
        return True

    def _let_write(self) -> bool:
        """Wait for what is being written, with the window alive; False where the person will not wait."""
        self._writing.finish(PATIENCE)
        if not self._writing.busy:
            return True
        window = self.parent()
        assert isinstance(window, QWidget)
        sheet = WaitSheet(window)
        sheet.begin(self.tr("Saving"))
        sheet.stop_asked.connect(sheet.hide)
        self.writing_changed.connect(sheet.hide)
        sheet.exec()
        sheet.deleteLater()
        return not self._writing.busy

    def _end_work(self) -> None:
        """What is under way belongs to the project that goes; only a download does not."""
        if self._session.state is not State.FETCHING:
            self._session.shut_down()

    # -- recent files ----------------------------------------------------------------------------------------------
    def _remember(self, path: Path) -> None:
        self._settings.add_recent(path.absolute())
        self.recent_changed.emit()

    def _folder(self) -> Path:
        if self._document.path:
            return self._document.path.parent
        recent = self._settings.recent
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


def lacks_layer(error: BaseException | None) -> bool:
    """Whether a file could not be read because it holds a layer that is not known here."""
    while error is not None:
        if isinstance(error, UnknownKindError):
            return error.noun == LAYERS.noun
        error = error.__cause__
    return False
