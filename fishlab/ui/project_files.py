"""New and open: what comes from the disk into the document."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fishlab.core.errors import UnknownKindError
from fishlab.core.files.atomic import sweep
from fishlab.core.files.project import open_project
from fishlab.core.layers import LAYERS
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Checkpoint
from fishlab.ui.document import Document
from fishlab.ui.error_words import error_words
from fishlab.ui.project_reader import AT_START, Look, Project, ProjectReader, Reading
from fishlab.ui.project_saving import ProjectSaving, Stamp, stamp_of
from fishlab.ui.prompts import Answer, Prompts
from fishlab.ui.session import State, TrainSession
from fishlab.ui.settings import Settings


class ProjectFiles(ProjectSaving):
    """The file commands of the window: with those that save, those that open.

    `opened()` when another project has come. Projects are read by a thread, and take the place of what is open when
    they are whole.
    """

    opened = Signal()

    def __init__(
        self, document: Document, session: TrainSession, settings: Settings, prompts: Prompts, parent: QObject
    ) -> None:
        super().__init__(document, session, settings, prompts, parent)
        self.reader = ProjectReader(parent)
        self._shown = 0  # how many files were opened
        self.load_layers: Callable[[], bool] = lambda: False  # the window has a way to ask for a layer file

    # -- new and open ----------------------------------------------------------------------------------------------
    def new(self, template: str) -> bool:
        """Begin with a template, once unsaved changes are settled."""
        self.reader.stop()
        if not self.settle():
            return False
        self.document.replace(find_template(template).item())
        self.opened.emit()
        return True

    def open(self, path: Path | None = None) -> bool:
        """Open a project file (asking for one where none is given); a file that cannot be read changes nothing.

        Whether something else is open now, or will be when it has been read.
        """
        path = path or self.prompts.open_path(self.folder())
        return path is not None and self._open(path)

    def _open(self, path: Path) -> bool:
        if not self.let_write():  # it may be this very file
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
            self.settings.remove_recent(path.absolute())
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
        self.document.replace(spec, model=model, path=path)
        self.mark_seen(path, stamp)
        self._shown += 1
        sweep(path.parent)  # what a killed save left beside it
        self.remember(path)
        self.opened.emit()

    def show_unsaved(self, spec: ProjectSpec, model: Checkpoint | None, path: Path | None, stamp: Stamp) -> None:
        """Show work that no file holds as it is; `path` is where it belongs, `stamp` how that was when last seen."""
        self.document.replace(spec, model=model, path=path, saved=False)
        self.mark_seen(path, stamp)
        self.opened.emit()

    def end(self, seconds: float) -> None:
        """The window goes; nothing is read any more."""
        self.reader.stop()
        super().end(seconds)

    # -- before something else takes its place ---------------------------------------------------------------------
    def settle(self) -> bool:
        """End a run and settle unsaved changes; False means stay, and then nothing has changed, a run goes on too."""
        if not self.let_write():
            return False
        path = None
        answer = Answer.DISCARD
        if self.unsaved:
            answer = self.prompts.unsaved(self.document.title, ends_run=self.session.training)
        if answer is Answer.SAVE:
            path = self.path_to_save()
        if answer is Answer.CANCEL or (answer is Answer.SAVE and path is None):
            return False
        self._end_work()
        if answer is Answer.SAVE and path is not None:
            self.save_to(path)
            return self.let_write() and not self.document.unsaved
        return True

    def _end_work(self) -> None:
        """What is under way belongs to the project that goes; only a download does not."""
        if self.session.state is not State.FETCHING:
            self.session.shut_down()


def lacks_layer(error: BaseException | None) -> bool:
    """Whether a file could not be read because it holds a layer that is not known here."""
    while error is not None:
        if isinstance(error, UnknownKindError):
            return error.noun == LAYERS.noun
        error = error.__cause__
    return False
