"""An export as a whole: all its files, or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fishlab.core.errors import FishLabError
from fishlab.core.exchange.choosing import PROJECT, obstacle
from fishlab.core.exchange.formats import Export, Progress, Subject, silent
from fishlab.core.files.atomic import SaveError, check_writable, write_together
from fishlab.core.files.scratch import scratch_folder
from fishlab.core.registry import Entry

PIECE = 2**20


def write_export(entry: Entry[Export], subject: Subject, path: Path, progress: Progress = silent) -> list[Path]:
    """Export to `path` and return the files written, the one asked for first.

    What was cancelled, or went wrong on the way, has changed nothing: files are made in a folder for temporary ones and
    take their places together when all of them are there. A format that writes a folder, which is one without a suffix,
    sees to that itself. What is there already is replaced, but for projects, and for files beside that are of nothing
    written here before. Raises ExchangeError, TrainingError, NetworkError, SaveError, or what `progress` raises.
    """
    trouble = obstacle(entry, subject)
    if trouble is not None:
        raise trouble
    if PROJECT in (path.suffix.casefold(), Path(os.path.realpath(path)).suffix.casefold()):
        raise SaveError(f"“{path.name}” has the name of a project, and this is none. Choose another name.")
    if not entry.item.suffix:
        return entry.item.write(subject, path, progress)
    check_writable(path)
    with scratch_folder() as scratch:
        made = entry.item.write(subject, scratch / path.name, progress)
        targets = {path.with_name(file.name): file for file in sorted(made, key=lambda file: file.name != path.name)}
        _refuse_others(path, targets)
        progress("Saving", 0, len(made))
        # What the others belong to comes last.
        write_together({target: _pieces(file) for target, file in reversed(targets.items())})
    return list(targets)


def _refuse_others(path: Path, targets: Iterable[Path]) -> None:
    """Raise SaveError for a file that nobody named and that cannot be of an earlier export: that has `path` as well."""
    if path.exists():
        return
    for target in targets:
        if target.exists():
            raise SaveError(
                f"“{target.name}” is there already, and would be replaced by what belongs to “{path.name}”. "
                f"Choose another name, or take “{target.name}” away."
            )


def _pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, a megabyte at a time."""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise FishLabError(f"What was made for “{path.name}” cannot be read again: {error.strerror}.") from error
