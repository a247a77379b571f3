"""Writing a file whole or not at all.

The bytes go to a temporary file beside the target, are forced to the disk, and take the target's place in one step.
Whatever happens on the way, the target holds either its old content or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fishlab.core.errors import FishLabError

if sys.platform != "win32":
    import fcntl

TEMPORARY = ".fishlab-{}.tmp"
ANEW = 0o666  # the rights of a new file, less what the process takes from them

_CAUSES = {
    errno.ENOSPC: "the disk is full. Free some room, or save somewhere else",
    errno.EDQUOT: "your share of the disk is used up. Free some room, or save somewhere else",
    errno.EFBIG: "it would be larger than files may be here. Save somewhere else",
    errno.EACCES: "there is no permission to write there. Save somewhere else",
    errno.EPERM: "there is no permission to write there. Save somewhere else",
    errno.EROFS: "the disk can only be read. Save somewhere else",
    errno.ENOENT: "the folder does not exist. Make it, or save somewhere else",
    errno.ENOTDIR: "a part of its path is a file, not a folder. Save somewhere else",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter one",
    errno.EIO: "the disk reports an error. Save somewhere else",
}


class SaveError(FishLabError):
    """A file that could not be written; the text names the cause. What was there before is untouched."""


def write_atomic(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write the pieces, one after the other, as the whole content of `path`; raises SaveError."""
    write_together({path: pieces})


def write_together(contents: Mapping[Path, Iterable[bytes | memoryview]]) -> None:
    """Write several files, in the order of the mapping, each as `write_atomic` does.

    None takes its place before all of them are on the disk: one that cannot be written leaves the others as they were.
    Raises SaveError.
    """
    path = Path()
    try:
        targets = {}
        for path in contents:
            targets[path] = _target(path)
            sweep(targets[path].parent)
        with contextlib.ExitStack() as filled:
            ready = {}
            for path, pieces in contents.items():
                ready[path] = filled.enter_context(_filled(targets[path], pieces))
            for path, temporary in ready.items():
                temporary.replace(targets[path])
    except (OSError, ValueError) as error:
        raise _save_error(path, error) from error
    for folder in {target.parent for target in targets.values()}:
        _sync_folder(folder)


def check_writable(path: Path) -> None:
    """Raise the SaveError that `write_atomic` would, as far as it can be known without writing content."""
    try:
        descriptor, temporary = _create(_target(path).parent)
        os.close(descriptor)
        temporary.unlink()
    except (OSError, ValueError) as error:
        raise _save_error(path, error) from error


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left in a folder; what a living one holds is kept."""
    for stale in folder.glob(TEMPORARY.format("*")):
        with contextlib.suppress(OSError):
            descriptor = os.open(stale, os.O_RDWR)
            try:
                _lock(descriptor, wait=False)
                stale.unlink()
            finally:
                os.close(descriptor)


def _target(path: Path) -> Path:
    """The file itself behind symbolic links; refuses what is no file or write-protected."""
    target = Path(os.path.realpath(path))
    if path.exists():  # not the target: behind a link of the system to a pipe there may be no name
        if path.is_dir():
            raise SaveError(f"“{path.name or path}” cannot be saved: it is a folder. Choose another name.")
        if not path.is_file():
            raise SaveError(f"“{path.name}” cannot be saved: it is not an ordinary file. Choose another name.")
        if not os.access(path, os.W_OK):
            raise SaveError(f"“{path.name}” cannot be saved: it is write-protected. Choose another name.")
    return target


@contextlib.contextmanager
def _filled(target: Path, pieces: Iterable[bytes | memoryview]) -> Iterator[Path]:
    """A file beside the target with the content, on the disk; gone at the end unless it was given another name."""
    mode = _mode(target)
    descriptor, temporary = _create(target.parent, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode != ANEW:
                _set_mode(file.fileno(), mode)
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # the lock holds until the name is the target's
                yield temporary
        if sys.platform == "win32":  # an open file cannot be renamed there
            yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _create(folder: Path, mode: int = ANEW) -> tuple[int, Path]:
    """A new locked file that nobody may read who may not by `mode`. A sweep may take it before it is locked: again."""
    while True:
        temporary = folder / TEMPORARY.format(secrets.token_hex(8))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(temporary, flags, mode)
        with contextlib.suppress(OSError):  # some network folders know no locks
            _lock(descriptor, wait=True)
        if temporary.exists():
            return descriptor, temporary
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> None:
    """Mark the file as in use by this process; on Windows an open file is that by itself."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _mode(target: Path) -> int:
    """The rights of what stands there, which what takes its place keeps, from the first byte on."""
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else ANEW


def _set_mode(descriptor: int, mode: int) -> None:
    """These rights, whatever the process takes from new files."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, mode)


def _sync_folder(folder: Path) -> None:
    """The new name is on the disk too; where folders cannot be synchronised, it follows a little later."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _save_error(path: Path, error: Exception) -> SaveError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT and Path(os.path.realpath(path)).parent.is_dir():  # there it is, as /proc
        number = errno.EACCES
    cause = _CAUSES.get(number or 0) or (error.strerror if isinstance(error, OSError) else "its name is not possible")
    return SaveError(f"“{path.name}” cannot be saved: {cause or error}.")
