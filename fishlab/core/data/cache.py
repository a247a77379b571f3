"""The folder in which FishLab keeps what it fetched or drew, so that the next start need not do it again.

Nothing in it is precious: what cannot be read, or does not match its checksum, is as good as not there, and where the
folder cannot be written FishLab does without.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

MOST_SETS = 4
MOST_BYTES = 2**30
_CHECKSUM = "sha256"
_STALE = 10.0  # seconds; younger ones may not have been locked yet

if sys.platform != "win32":
    import fcntl

Arrays = Mapping[str, NDArray[Any]]
_log = logging.getLogger(__name__)


def cache_dir() -> Path:
    """Where the cache is, there or not: FISHLAB_CACHE_DIR if it is set, else the platform's usual place."""
    named = os.environ.get("FISHLAB_CACHE_DIR")
    return Path(named) if named else platformdirs.user_cache_path("fishlab", appauthor=False)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place if the block ends well, and is gone if it does not.

    It is locked for as long as this process lives, so that the next one that writes here sweeps away what a killed
    one left. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "rb+") as held:
            with suppress(OSError):  # some network folders know no locks
                _lock(held.fileno())
            yield temporary
            if sys.platform != "win32":  # locked until the name is the target's
                temporary.replace(path)
        if sys.platform == "win32":  # an open file cannot be renamed there
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for part in folder.glob("*.part"):
        with suppress(OSError), part.open("rb+") as left:  # another FishLab may hold it, or have been quicker
            _lock(left.fileno())
            if part.stat().st_mtime < time.time() - _STALE:
                part.unlink()


def _lock(descriptor: int) -> None:
    """Mark a file as in use by this process, or raise OSError where another one uses it."""
    if sys.platform != "win32":  # there an open file cannot be removed anyway
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def load_arrays(name: str) -> dict[str, NDArray[Any]] | None:
    """The arrays kept under a name; None if there are none, or if they are not as they were."""
    path = _path(name)
    try:
        arrays = load_file(path)
        os.utime(path)  # so that the sets used last are the ones kept
    except (OSError, ValueError, SafetensorError):
        return None
    checksum = arrays.pop(_CHECKSUM, None)
    return arrays if checksum is not None and checksum.tobytes() == _digest(arrays) else None


def store_arrays(name: str, arrays: Arrays) -> None:
    """Keep arrays under a name, and of all that is kept no more than MOST_SETS sets and MOST_BYTES bytes.

    Does nothing where the cache cannot be written.
    """
    checksum = np.frombuffer(_digest(arrays), np.uint8)
    try:
        with replacing(_path(name)) as temporary:
            save_file({**arrays, _CHECKSUM: checksum}, temporary)
        _prune()
    except (OSError, SafetensorError) as error:
        _log.info("%s is not kept in the cache: %s", name, error)


def _path(name: str) -> Path:
    return cache_dir() / "drawn" / f"{name}.safetensors"


def _digest(arrays: Arrays) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape};".encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.digest()


def _prune() -> None:
    kept = sorted(_path("").parent.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for number, path in enumerate(kept):
        total += path.stat().st_size
        if number > 0 and (number >= MOST_SETS or total > MOST_BYTES):
            path.unlink()
