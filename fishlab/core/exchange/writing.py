"""An export as a whole: all its files, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fishlab.core.errors import FishLabError
from fishlab.core.exchange.choosing import obstacle
from fishlab.core.exchange.formats import Export, Progress, Subject, silent
from fishlab.core.files.atomic import SaveError, check_writable, write_together
from fishlab.core.registry import Entry

PIECE = 2**20


def write_export(entry: Entry[Export], subject: Subject, path: Path, progress: Progress = silent) -> list[Path]:
    """Export to `path` and return the files written, the one asked for first.

    The files are made in a folder for temporary files and delivered when all of them are there, together and the one
    asked for last: what was cancelled, or went wrong on the way, has changed nothing. Raises
    ExchangeError, TrainingError, NetworkError, SaveError, or what `progress` raises.
    """
    trouble = obstacle(entry, subject)
    if trouble is not None:
        raise trouble
    is_folder = not entry.item.suffix
    _refuse_strange(path, is_folder)
    with TemporaryDirectory(prefix="fishlab-export-", ignore_cleanup_errors=True) as scratch:
        made = Path(scratch, path.name if path.name not in ("", "..") else "export")
        files = entry.item.write(subject, made, progress)
        beside = path if is_folder else path.parent
        base = made if is_folder else made.parent
        targets = {file: beside / file.relative_to(base) for file in files}
        progress("Saving", 0, len(files))
        _deliver(targets, is_folder)
    return sorted(targets.values(), key=lambda target: target != path)


def _refuse_strange(path: Path, is_folder: bool) -> None:
    try:
        if not is_folder:
            check_writable(path)
        elif path.exists() and not path.is_dir():
            raise SaveError(f"“{path.name}” cannot be saved: there is a file of that name. Choose another name.")
    except (OSError, ValueError) as error:
        raise SaveError(f"“{path.name[:80]}” cannot be saved: its name is not possible.") from error


def _deliver(targets: dict[Path, Path], is_folder: bool) -> None:
    if is_folder:
        for target in targets.values():
            _make_folder(target.parent)
    write_together({target: _pieces(made) for made, target in reversed(targets.items())})


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"The folder “{folder.name}” cannot be made: {error.strerror}.") from error


def _pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, a megabyte at a time."""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise FishLabError(f"What was made for “{path.name}” cannot be read again: {error.strerror}.") from error
