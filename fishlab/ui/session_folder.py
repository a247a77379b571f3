"""One folder for each FishLab that runs, beside the settings; a lock in it tells whether that one still lives.

What is in the folder of a FishLab that is gone is what it left when it could not end as it should.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QLockFile

LOCK, GUARD, ROOT = "lock", "looking", "sessions"
_PATIENCE = 1000  # milliseconds to wait for another start that looks through the folders
log = logging.getLogger(__name__)


class SessionFolder:
    """A folder that this process holds: its own, or one that was left and that it has taken charge of."""

    def __init__(self, path: Path, lock: QLockFile) -> None:
        self.path, self._lock = path, lock

    @classmethod
    def create(cls, root: Path) -> SessionFolder:
        """A new one under `root`; raises OSError where that cannot be written."""
        with _alone(root):
            path = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
            path.mkdir()
            lock = _take(path)
        if lock is None:
            raise OSError(f"“{path}” cannot be locked.")
        return cls(path, lock)

    @classmethod
    def left_behind(cls, root: Path) -> list[SessionFolder]:
        """All whose process is gone, oldest first, now held by this one: no other start will find them."""
        try:
            with _alone(root):
                paths = sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
                locks = [_take(path) for path in paths]
        except OSError as error:
            log.warning("earlier sessions cannot be looked for: %s", error)
            return []
        return [cls(path, lock) for path, lock in zip(paths, locks, strict=True) if lock is not None]

    def remove(self) -> None:
        """Nothing in it is needed any more."""
        for path in list(self.path.glob("*")):
            if path.name != LOCK:
                with contextlib.suppress(OSError):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.release()
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def release(self) -> None:
        """Leave it as it is, for a later start to find."""
        self._lock.unlock()


def _take(path: Path) -> QLockFile | None:
    """The lock of a folder, or None while another process holds it.

    What is written in a lock, the number and name of a process, may fit another one by now. Whether it can be removed
    tells more: the system lets nobody remove the lock of a process that lives.
    """
    lock = QLockFile(str(path / LOCK))
    lock.setStaleLockTime(0)
    taken = lock.tryLock(0) or (lock.removeStaleLockFile() and lock.tryLock(0))
    return lock if taken else None


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """While no other start looks through the folders, or makes one."""
    root.mkdir(parents=True, exist_ok=True)
    if not os.access(root, os.W_OK):
        raise PermissionError(f"“{root}” cannot be written.")
    guard = QLockFile(str(root / GUARD))
    guard.tryLock(_PATIENCE)
    try:
        yield
    finally:
        guard.unlock()
