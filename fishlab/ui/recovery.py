"""What was not saved when the program had to end without asking: kept beside the settings, back at the next start."""

from __future__ import annotations

import logging
from pathlib import Path

from fishlab.core.errors import FishLabError
from fishlab.core.files.project import open_project, save_project
from fishlab.ui.document import Document
from fishlab.ui.settings import Settings

FILE, ASIDE = "unsaved.fishlab", "unsaved-last-time.fishlab"
log = logging.getLogger(__name__)


class Recovery:
    """One file, there only between an end without an answer and the next end with one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.file = settings.file.parent / FILE
        self.refused = ""  # why what was kept could not be brought back, and where it is

    def keep(self, document: Document) -> bool:
        """Write the document as it is; False, and a line in the log, where that cannot be."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            save_project(self.file, document.spec, document.model)
        except (FishLabError, OSError) as error:
            log.error("unsaved work was not kept: %s", error)
            return False
        self._settings.set("recovery/path", str(document.path or ""))
        return True

    def bring_back(self, document: Document) -> bool:
        """Show what was kept, as changes that are not saved; False if there is nothing, or nothing that can be read."""
        if not self.file.is_file():
            return False
        try:
            spec, model = open_project(self.file)
        except (FishLabError, OSError) as error:
            log.error("what was kept cannot be read: %s", error)
            self.refused = self._set_aside(str(error))
            return False
        path = self._settings.text("recovery/path")
        document.replace(spec, model=model, path=Path(path) if path else None, saved=False)
        return True

    def _set_aside(self, why: str) -> str:
        """Out of the way of the next end, for what it lacks, such as a layer of somebody's own, may be found again."""
        aside = self.file.with_name(ASIDE)
        try:
            self.file.replace(aside)
        except OSError:
            aside = self.file
        return f"{why} It is kept as “{aside}”."

    def forget(self) -> None:
        """The person has decided about it: saved, or let go."""
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            log.error("%s", error)
