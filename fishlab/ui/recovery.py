"""Recovery: nothing is lost by a crash, a kill or a logout.

What is unsaved is kept in the folder of this session (see session_folder, autosave). What earlier sessions left there
is brought back where they were asked to end, and offered where they ended without warning; it stays until it is saved,
or let go by a person's word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fishlab.core.errors import FishLabError
from fishlab.ui.autosave import Autosave
from fishlab.ui.crash_log import CrashLog, crash_report
from fishlab.ui.document import Document
from fishlab.ui.error_words import error_words
from fishlab.ui.kept_work import KeptWork, Place
from fishlab.ui.project_files import ProjectFiles
from fishlab.ui.project_reader import AT_START, Project, Reading
from fishlab.ui.session_folder import ROOT, SessionFolder
from fishlab.ui.settings import Settings

OLD_FILE = "unsaved.fishlab"  # beside the settings, where work was kept before sessions had folders
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Left:
    """What one earlier session left behind: work, a report of its crash, or both."""

    folder: SessionFolder
    kept: KeptWork
    place: Place
    when: datetime
    report: str

    @classmethod
    def found(cls, folder: SessionFolder) -> Left:
        """What there is in the folder."""
        kept = KeptWork(folder.path)
        place = kept.place() if kept.exists else Place()
        return cls(folder, kept, place, kept.when, crash_report(folder.path))


def _when(left: Left) -> datetime:
    return left.when


class Recovery(QObject):
    """Begins with `begin`, ends with `end`. `changed()` when `left` does; `said(text)` where work cannot be kept."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, document: Document, files: ProjectFiles, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._files, self._settings = document, files, settings
        self._folder: SessionFolder | None = None
        self._brought: list[Left] = []  # shown, and not yet kept by this session
        self._later: list[Left] = []
        self.crashes: CrashLog | None = None  # for the one program there is; a second window in it has none
        self.left: list[Left] = []
        self.autosave = Autosave(document, self._place, self)
        self.autosave.settled.connect(self._on_settled)
        self.autosave.failed.connect(self._on_failed)

    # -- start -----------------------------------------------------------------------------------------------------
    def begin(self) -> bool:
        """Look for what was left, and keep what is unsaved from now on; False where nothing can be written."""
        root = self._settings.file.parent / ROOT
        try:
            self._adopt_old_file(root)
            self._find_left(root)
            self._folder = SessionFolder.create(root)
        except OSError as error:
            log.warning("unsaved work cannot be kept: %s", error)
            return False
        if self.crashes is not None:
            self.crashes.begin(self._folder.path)
        self.autosave.begin(KeptWork(self._folder.path))
        return True

    def _find_left(self, root: Path) -> None:
        found = map(Left.found, SessionFolder.left_behind(root))
        for left in sorted(found, key=_when, reverse=True):
            if left.kept.exists or left.report:
                self.left.append(left)
                log.info("an earlier session left %s %s", left.folder.path, left.report)
            else:
                left.folder.remove()
        self.changed.emit()

    def _adopt_old_file(self, root: Path) -> None:
        old = self._settings.file.with_name(OLD_FILE)
        if not old.is_file():
            return
        folder = SessionFolder.create(root)
        path = self._settings.text("recovery/path")
        KeptWork(folder.path).take_in(old, Place(old.stem, Path(path) if path else None, asked=True))
        folder.release()

    # -- what was left ---------------------------------------------------------------------------------------------
    def bring_back_asked(self, shown: Callable[[], None], refuse: Callable[[str], None]) -> bool:
        """Show the work of the session that was asked to end last, as soon as it has been read; False if there is none.

        Then `shown` is called, or `refuse` with the sentence that says why not.
        """
        def take(project: Project) -> None:
            try:
                left.kept.write_place(replace(left.place, asked=False))  # if it brings the window down, it is offered
            except (FishLabError, OSError) as error:
                on_refused(error)
                return
            if self._brought_back(left, project):
                shown()

        def on_refused(error: Exception) -> None:
            log.error("what was kept cannot be read: %s", error)
            refuse(error_words(error))

        left = next((left for left in self.left if left.place.asked), None)
        if left is None:
            return False
        self._files.reader.begin(Reading(left.place.title, left.kept.read, take, on_refused), patience=AT_START)
        return True

    @property
    def crashed(self) -> bool:
        """Whether an earlier session crashed, rather than that it was killed."""
        return any(left.report for left in self.left)

    def bring_back(self, left: Left) -> None:
        """Show the work of a session when it has been read, once what is open is settled."""
        self._files.read(left.place.title, left.kept.read, partial(self._brought_back, left))

    def _brought_back(self, left: Left, project: Project) -> bool:
        if left not in self.left or not self._files.settle():  # a long reading leaves time to let go of it
            return False
        self._show(left, project)
        return True

    def _show(self, left: Left, project: Project) -> None:
        self._brought.append(left)
        self._files.show_unsaved(*project, left.place.path, left.place.stamp)
        self._take_off(left)

    def put_off(self, left: Left) -> None:
        """Not now: the next start offers it again."""
        self._later.append(left)
        self._take_off(left)

    def let_go(self, left: Left) -> None:
        """Never again."""
        left.folder.remove()
        self._take_off(left)

    def _take_off(self, left: Left) -> None:
        self.left.remove(left)
        self.changed.emit()

    # -- while it runs ---------------------------------------------------------------------------------------------
    def _place(self, *, asked: bool = False) -> Place:
        document = self._document
        return Place(document.title, document.path, self._files.stamp, asked)

    def _on_settled(self) -> None:
        """What was brought back is this session's by now, or has been saved: it need not lie in two folders."""
        brought, self._brought = self._brought, []
        for left in brought:
            left.folder.remove()

    def _on_failed(self, why: str) -> None:
        words = self.tr("Unsaved changes would not come back after a crash: {why}")
        self.said.emit(words.format(why=why))

    # -- end -------------------------------------------------------------------------------------------------------
    def keep(self) -> None:
        """Nobody can be asked: what is unsaved is here again at the next start."""
        if self._document.unsaved and self.autosave.keep_now(self._place(asked=True)):
            self._on_settled()

    @property
    def holds_all(self) -> bool:
        """Whether everything is kept for the next start, so that ending loses nothing."""
        return self.autosave.holds_all

    def end(self, *, decided: bool) -> None:
        """The end of the session; `decided` where a person was asked what shall become of what is unsaved."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        if not decided:
            self.keep()
        settled = decided or not self._document.unsaved
        self.autosave.end()
        if self.crashes is not None:
            self.crashes.end()
        for mine in (folder, *(left.folder for left in self._brought)):
            mine.remove() if settled else mine.release()
        for left in (*self.left, *self._later):
            left.folder.release() if left.kept.exists else left.folder.remove()
