"""An export as a whole: all its files, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fishlab.core.errors import FishLabError
from fishlab.core.exchange.choosing import obstacle
from fishlab.core.exchange.formats import Export, Progress, Subject, silent
from fishlab.core.files.atomic import check_writable, write_atomic
from fishlab.core.registry import Entry

PIECE = 2**20


def write_export(entry: Entry[Export], subject: Subject, path: Path, progress: Progress = silent) -> list[Path]:
    """Export to `path` and return the files written, the one asked for first.

    What was cancelled, or went wrong on the way, has changed nothing: files are made in a folder for temporary ones and
    delivered when all of them are there. A format that writes a folder, which is one without a suffix, sees to that
    itself. Raises ExchangeError, TrainingError, NetworkError, SaveError, or what `progress` raises.
    """
    trouble = obstacle(entry, subject)
    if trouble is not None:
        raise trouble
    if not entry.item.suffix:
        return entry.item.write(subject, path, progress)
    check_writable(path)
    with TemporaryDirectory(prefix="fishlab-export-", ignore_cleanup_errors=True) as scratch:
        made = entry.item.write(subject, Path(scratch, path.name), progress)
        progress("Saving", 0, len(made))
        for file in sorted(made, key=lambda file: file.name == path.name):  # what the others belong to comes last
            write_atomic(path.with_name(file.name), _pieces(file))
    return sorted((path.with_name(file.name) for file in made), key=lambda file: file.name != path.name)


def _pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, a megabyte at a time."""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise FishLabError(f"What was made for “{path.name}” cannot be read again: {error.strerror}.") from error
