"""A folder for a moment. What a killed process left of its own is swept by the next one, or at a start."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fishlab.core.files.atomic import SaveError

if sys.platform != "win32":
    import fcntl

_PREFIX, _LOCK = "fishlab-scratch-", "lock"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder, gone at the end with all that is in it. Raises SaveError where none can be made."""
    sweep_scratch()
    try:
        folder, lock = _create()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SaveError(f"No folder for temporary files can be made: {why}.") from error
    place = folder / "here"
    try:
        place.mkdir(exist_ok=True)
        yield place
    finally:
        if sys.platform == "win32":  # an open file cannot be removed there
            os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
        if sys.platform != "win32":
            os.close(lock)


def sweep_scratch() -> None:
    """Remove the folders of processes that are gone; those of living ones, and of other people, are kept."""
    try:
        left = list(Path(tempfile.gettempdir()).glob(_PREFIX + "*"))
    except OSError:  # a machine that has no folder for temporary files
        return
    for folder in left:
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and folder.is_dir():
                _remove_left(folder)


def _remove_left(folder: Path) -> None:
    """Raises OSError where it is in use. On Windows its lock is an open file, and cannot be removed."""
    lock = folder / _LOCK
    if not lock.exists():
        folder.rmdir()  # killed before it was locked
        return
    descriptor = os.open(lock, os.O_RDWR)
    try:
        _hold(descriptor, wait=False)
        if sys.platform != "win32":
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
    if sys.platform == "win32":
        lock.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def _create() -> tuple[Path, int]:
    """A new folder and its lock. A sweep may take the folder before it is locked: then again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            with contextlib.suppress(OSError):  # some folders know no locks
                _hold(descriptor, wait=True)
            if (folder / _LOCK).exists():
                return folder, descriptor
            os.close(descriptor)


def _hold(descriptor: int, *, wait: bool) -> None:
    """Mark it as in use by this process; without `wait` raises OSError where another one uses it."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
