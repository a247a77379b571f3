"""New, open, save: what happens between the document and the disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fishlab.core.errors import FishLabError
from fishlab.core.files.project import open_project, save_project
from fishlab.core.templates import find_template
from fishlab.ui.document import Document
from fishlab.ui.prompts import SUFFIX, Answer, Prompts
from fishlab.ui.session import TrainSession
from fishlab.ui.settings import Settings


class ProjectFiles(QObject):
    """The file commands of the window. `saved(datetime)` after each save, `recent_changed()` when the list changed."""

    saved = Signal(object)
    recent_changed = Signal()

    def __init__(
        self, document: Document, session: TrainSession, settings: Settings, prompts: Prompts, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._settings = document, session, settings
        self.prompts = prompts
        self._saving_to: Path | None = None
        session.model_arrived.connect(self._on_model_arrived)

    def new(self, template: str) -> bool:
        """Begin with a template, once unsaved changes are settled."""
        if not self.settle():
            return False
        self._document.replace(find_template(template).item())
        return True

    def open(self, path: Path | None = None) -> bool:
        """Open a project file (asking for one where none is given); a file that cannot be read changes nothing."""
        path = path or self.prompts.open_path(self._folder())
        if path is None:
            return False
        try:
            spec, model = open_project(path)
        except (FishLabError, OSError) as error:
            self._forget(path)
            self.prompts.tell(self.tr("{name} was not opened.").format(name=path.name), str(error))
            return False
        if not self.settle():
            return False
        self._document.replace(spec, model=model, path=path)
        self._remember(path)
        return True

    def save(self) -> bool:
        """Save where the project came from, or ask; False where the person thought better of it."""
        return self.save_to(self._document.path) if self._document.path else self.save_as()

    def save_as(self) -> bool:
        """Save under another name."""
        path = self.prompts.save_path(self._folder() / (self._document.title + SUFFIX))
        return path is not None and self.save_to(path)

    def settle(self) -> bool:
        """End a run and settle unsaved changes; False means stay."""
        if self._session.training:
            self._session.shut_down()
        if not self._document.unsaved:
            return True
        answer = self.prompts.unsaved(self._document.title)
        if answer is Answer.SAVE:
            return self.save() and not self._document.unsaved
        return answer is Answer.DISCARD

    def save_to(self, path: Path) -> bool:
        """Write to `path` as soon as the model is brought up to the batch at hand: at once, unless a run goes on."""
        self._saving_to = path
        self._session.ask_model()
        return True

    def _on_model_arrived(self) -> None:
        path, self._saving_to = self._saving_to, None
        if path is None:
            return
        try:
            save_project(path, self._document.spec, self._document.model)
        except (FishLabError, OSError) as error:
            self.prompts.tell(self.tr("{name} was not saved.").format(name=path.name), str(error))
            return
        self._document.mark_saved(path)
        self._remember(path)
        self.saved.emit(datetime.now())

    def _remember(self, path: Path) -> None:
        self._settings.add_recent(path.absolute())
        self.recent_changed.emit()

    def _forget(self, path: Path) -> None:
        self._settings.remove_recent(path.absolute())
        self.recent_changed.emit()

    def _folder(self) -> Path:
        if self._document.path:
            return self._document.path.parent
        recent = self._settings.recent
        return recent[0].parent if recent else Path.home()
