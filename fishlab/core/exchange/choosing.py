"""Which format is meant, and why one cannot be had just now."""

from __future__ import annotations

from pathlib import Path

from fishlab.core.errors import FishLabError
from fishlab.core.exchange.formats import EXPORTS, IMPORTS, ExchangeError, Export, Import, MissingExtraError, Subject
from fishlab.core.exchange.reading import quoted
from fishlab.core.files.archive import BEGINNING
from fishlab.core.files.opening import is_file, opened
from fishlab.core.registry import Entry

PROJECT = ".fishlab"

HEAD = 200
"""Bytes at the beginning of a file that tell its kind."""

_FORMAT = b'"format":"fishlab.project"'


def export_for(path: Path, kind: str = "") -> Entry[Export]:
    """The format called `kind`, or that which the suffix of `path` says.

    Raises UnknownKindError, or ExchangeError where the suffix says nothing or is that of several formats.
    """
    if kind:
        return EXPORTS[kind.casefold()]
    suffix = path.suffix.casefold()
    found = [entry for entry in EXPORTS if suffix and entry.item.suffix == suffix]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"“--to {entry.kind}”" for entry in found)
        raise ExchangeError(f"“{path.name}” may be {_either(found)}. Say which: {names}.")
    known = ", ".join(EXPORTS.kinds())
    raise ExchangeError(f"The name “{path.name}” does not say which format is meant. Add “--to” and one of {known}.")


def import_for(path: Path, kind: str = "") -> Entry[Import]:
    """The format called `kind`, or that which the suffix of `path` says, or else its first bytes.

    Raises UnknownKindError, FileFormatError, or ExchangeError where nothing tells and for FishLab's own projects.
    """
    if kind:
        return IMPORTS[kind.casefold()]
    suffix = path.suffix.casefold()
    if suffix == PROJECT:
        raise ExchangeError(f"“{path.name}” is a project of FishLab: open it as it is.")
    known = [entry for entry in IMPORTS if suffix in entry.item.suffixes]
    head = b"" if known and not is_file(path) else _head(path)
    if _begins_as_project(head):
        raise ExchangeError(
            f"“{path.name}” is a project of FishLab under another name. Let its name end with “{PROJECT}” and open it: "
            "nothing has to be imported."
        )
    if not known:
        known = [entry for entry in IMPORTS if entry.item.begins(head)]
    if known:
        return known[0]
    raise ExchangeError(
        f"“{path.name}” is none of the files that can be read here: {_titles()}. If it is one under another name, "
        f"add “--kind” and one of {', '.join(IMPORTS.kinds())}."
    )


def import_suffixes() -> tuple[str, ...]:
    """The suffixes of all files that can come in."""
    return tuple(dict.fromkeys(suffix for entry in IMPORTS for suffix in entry.item.suffixes))


def obstacle(entry: Entry[Export], subject: Subject) -> FishLabError | None:
    """Why a subject cannot be exported in a format, as far as is known before it is tried; None where it can."""
    extra = entry.item.extra
    if extra is not None and extra.missing:
        return MissingExtraError(entry.title, extra.name)
    if subject.model is None and entry.item.needs_model:
        name = quoted(subject.project.network.name)
        return ExchangeError(f"{name} has not been trained: there is nothing to write yet. Train it first.")
    if subject.best and (subject.model is None or subject.model.best is None):
        return ExchangeError("No best epoch was kept: train with “Keep the best”, or export the last weights.")
    return None


def _head(path: Path) -> bytes:
    with opened(path) as (file, _):
        return file.read(HEAD)


def _begins_as_project(head: bytes) -> bool:
    """An archive that begins with a manifest, or the tensors of earlier versions with their metadata."""
    return _FORMAT in head and (head.startswith(BEGINNING) or head[8:9] == b"{")


def _titles() -> str:
    return ", ".join(f"{entry.title} ({' '.join(entry.item.suffixes)})" for entry in IMPORTS)


def _either(found: list[Entry[Export]]) -> str:
    return " or ".join(entry.title for entry in found)
