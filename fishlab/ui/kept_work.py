"""What a FishLab has not saved, as files in its session folder.

`unsaved-3.fishlab` is a project with its model, `unsaved-3.json` says where it belongs, and `unsaved-3-edits.fishlab`
holds what was edited since, without the model, which may be large. The highest number counts: each is there whole
before the one before it goes, so that at every moment there is one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FileFormatError
from fishlab.core.files import strict_json
from fishlab.core.files.atomic import write_atomic
from fishlab.core.files.project import open_project, save_project
from fishlab.core.spec import ProjectSpec
from fishlab.ui.project_reader import Look, Project
from fishlab.ui.project_saving import Stamp

LONGEST_NOTE = 65_536
_WHOLE = re.compile(r"unsaved-([1-9][0-9]{0,8})\.fishlab")
log = logging.getLogger(__name__)



@dataclass(frozen=True)
class Place:
    """Where unsaved work belongs: its title, its file if it has one, and what that file was like when last seen.

    `asked` says that its FishLab was asked to end, and ended as it should.
    """

    title: str = ""
    path: Path | None = None
    stamp: Stamp = ()
    asked: bool = False

    def is_same_as(self, other: Place) -> bool:
        """Whether both say the same of the file; the title follows the name of a network that has none."""
        return (self.path, self.stamp, self.asked) == (other.path, other.stamp, other.asked)


class KeptWork:
    """The unsaved work in one folder. `write` and `write_edits` raise SaveError, `read` FileFormatError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = max(self._numbers(), default=0)
        self._noted: Place | None = None

    @property
    def exists(self) -> bool:
        """Whether there is any."""
        return self._number > 0

    @property
    def when(self) -> datetime:
        """The moment of its last edit."""
        files = [file for file in (self._whole, self._edits) if file.exists()]
        return datetime.fromtimestamp(max((file.stat().st_mtime for file in files), default=0.0))

    # -- writing ---------------------------------------------------------------------------------------------------
    def write(self, spec: ProjectSpec, model: Checkpoint | None, place: Place) -> None:
        """Keep a project with its model, in place of what was kept before."""
        number = self._number + 1
        self._write_place(number, place)
        save_project(self._file(number, ".fishlab"), spec, model)
        self._number = number
        self._remove_others()

    def write_edits(self, spec: ProjectSpec, place: Place) -> None:
        """Keep what was edited since; the title may have been."""
        save_project(self._edits, spec, None)
        if place != self._noted:
            self._write_place(self._number, place)

    def write_place(self, place: Place) -> None:
        """Change what is said about the work that is kept."""
        self._write_place(self._number, place)

    def take_in(self, file: Path, place: Place) -> None:
        """Keep a project file, which moves here."""
        self._write_place(1, place)
        file.replace(self._file(1, ".fishlab"))
        self._number = 1

    def _write_place(self, number: int, place: Place) -> None:
        note = {"title": place.title, "path": str(place.path or ""), "stamp": place.stamp, "asked": place.asked}
        write_atomic(self._file(number, ".json"), [json.dumps(note).encode()])
        self._noted = place

    def forget(self) -> None:
        """Keep nothing any more."""
        self._number, self._noted = 0, None
        self._remove_others()

    def _remove_others(self) -> None:
        keep = {self._whole, self._edits, self._note} if self._number else set()
        for file in self._folder.glob("unsaved-*"):
            if file not in keep:
                with contextlib.suppress(OSError):
                    file.unlink()

    # -- reading ---------------------------------------------------------------------------------------------------
    def read(self, look: Look | None = None) -> Project:
        """The project as it was edited last, and its model."""
        spec, model = open_project(self._whole, look)
        if self._edits.exists():
            spec, _ = open_project(self._edits)
        return spec, model

    def place(self) -> Place:
        """Where it belongs; what cannot be read of that is left out."""
        try:
            return _place(self._note)
        except (OSError, ValueError, FileFormatError) as error:
            log.warning("“%s” cannot be read: %s", self._note, error)
            return Place()

    # -- names -----------------------------------------------------------------------------------------------------
    def _numbers(self) -> list[int]:
        names = [_WHOLE.fullmatch(file.name) for file in self._folder.glob("unsaved-*.fishlab")]
        return [int(name[1]) for name in names if name]

    def _file(self, number: int, ending: str) -> Path:
        return self._folder / f"unsaved-{number}{ending}"

    @property
    def _whole(self) -> Path:
        return self._file(self._number, ".fishlab")

    @property
    def _edits(self) -> Path:
        return self._file(self._number, "-edits.fishlab")

    @property
    def _note(self) -> Path:
        return self._file(self._number, ".json")


def _place(file: Path) -> Place:
    with file.open("rb") as stream:
        text = stream.read(LONGEST_NOTE).decode()
    note: Any = strict_json.parse(text)
    match note:
        case {"title": str() as title, "path": str() as path, "stamp": list() as stamp, "asked": bool() as asked}:
            numbers = tuple(number for number in stamp if type(number) is int)
            return Place(title, Path(path) if path else None, numbers, asked)
    raise FileFormatError("it is not a note about unsaved work")
