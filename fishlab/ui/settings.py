"""What the window remembers between two starts: layout, theme, recent files, the way of running.

A read-only home costs only memory.
"""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from fishlab.core.errors import FieldError
from fishlab.core.parallel.way import Way

MOST_RECENT = 10
AUTOMATIC = "auto"
LARGEST, LARGEST_DATA = 4 << 20, 1 << 16
ASIDE = "window-unfit.ini"
log = logging.getLogger(__name__)


def settings_file() -> Path:
    """Where the settings lie; `FISHLAB_CONFIG_DIR` names another folder."""
    folder = os.environ.get("FISHLAB_CONFIG_DIR")
    return (Path(folder) if folder else user_config_path("fishlab", appauthor=False)) / "window.ini"


class Settings:
    """Typed access to one QSettings file."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or settings_file()
        _set_aside_unfit(self.file)
        self._store = QSettings(str(self.file), QSettings.Format.IniFormat)

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        return str(self._store.value(name, default))

    def number(self, name: str, default: float) -> float:
        """A number; what is not one counts as the default."""
        try:
            return float(self.text(name, str(default)))
        except ValueError:
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        return self.text(name, "yes" if default else "no") == "yes"

    def data(self, name: str) -> QByteArray | None:
        """Bytes that Qt saved, or None; more than it ever saves may be nested deeper than it can read."""
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) and value.size() <= LARGEST_DATA else None

    def set(self, name: str, value: str | float | bool | QByteArray) -> None:
        """Remember a value."""
        if isinstance(value, bool):
            value = "yes" if value else "no"
        self._store.setValue(name, value)

    def texts(self, name: str) -> dict[str, str]:
        """Texts by their names; none where something else stands there."""
        try:
            found = json.loads(self.text(name, "{}"))
        except (ValueError, RecursionError):
            return {}
        pairs = found.items() if isinstance(found, dict) else ()
        return {key: text for key, text in pairs if isinstance(text, str)}

    def set_texts(self, name: str, texts: dict[str, str]) -> None:
        """Remember texts by their names."""
        self.set(name, json.dumps(texts))

    def remove(self, name: str) -> None:
        """Forget a value."""
        self._store.remove(name)

    @property
    def way(self) -> Way | None:
        """How runs compute on this machine; None has the fastest way found."""
        try:
            return Way.parse(self.text("run/way", AUTOMATIC))
        except FieldError:  # "auto", or what another version wrote
            return None

    @way.setter
    def way(self, way: Way | None) -> None:
        self.set("run/way", AUTOMATIC if way is None else str(way))

    @property
    def recent(self) -> list[Path]:
        """The files opened or saved last, newest first."""
        return [Path(name) for name in _names(self.text("files/recent"))]

    def add_recent(self, path: Path) -> None:
        """Put a file at the top of the recent ones; another FishLab that runs may have added some since."""
        self._store.sync()
        others = [old for old in self.recent if old != path]
        self._set_recent([path, *others][:MOST_RECENT])
        self._store.sync()

    def remove_recent(self, path: Path) -> None:
        """Take a file that is gone from the list."""
        self._set_recent([old for old in self.recent if old != path])

    def _set_recent(self, paths: list[Path]) -> None:
        self.set("files/recent", json.dumps([str(path) for path in paths]))

    @property
    def writable(self) -> bool:
        """Whether anything set here outlives the program."""
        return self._store.isWritable()

    def flush(self) -> bool:
        """Write now; False where the folder cannot be written."""
        self._store.sync()
        return self._store.status() == QSettings.Status.NoError


def _names(text: str) -> list[str]:
    """The names in a JSON list, or one in each line as they once were written; none where it is neither."""
    try:
        found = json.loads(text) if text.startswith("[") else text.split("\n")
    except (ValueError, RecursionError):
        return []
    return [name for name in found if isinstance(name, str) and name]


# -- a file that Qt must not see -------------------------------------------------------------------------------------
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]+)|([0-7]+)|\r?\n|.)|\"", re.DOTALL)
_OBJECT = re.compile(rb"@(?:Variant|DateTime)\(")


def _set_aside_unfit(file: Path) -> None:
    """Give another name to a file that would end the program whenever Qt reads it: nothing here writes such values.

    Qt makes objects of what such a value says, as many and as deep as it says.
    """
    with suppress(OSError, ValueError):  # none there, or none that can be read: Qt will say so
        if not file.is_file() or not _is_unfit(file):
            return
        log.warning("“%s” holds what cannot be settings; it is now “%s”", file, ASIDE)
        file.replace(file.with_name(ASIDE))


def _is_unfit(file: Path) -> bool:
    with file.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    return len(content) > LARGEST or _OBJECT.search(_ESCAPE.sub(_meant, content)) is not None


def _meant(escape: re.Match[bytes]) -> bytes:
    """The letter that an escape stands for, if it is of the plain ones; what Qt passes over is nothing."""
    code = int(escape[1], 16) if escape[1] else int(escape[2], 8) if escape[2] else 0
    return bytes([code & 0xFF]) if 0x20 <= code & 0xFFFF < 0x7F else b""
