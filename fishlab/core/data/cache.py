"""The folder in which FishLab keeps what it fetched or drew, so that the next start need not do it again.

Nothing in it is precious: what cannot be read, or does not match its checksum, is as good as not there, and where the
folder cannot be written FishLab does without.
"""

from __future__ import annotations

import hashlib
import logging
import os
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
_STALE = 3600.0

Arrays = Mapping[str, NDArray[Any]]
_log = logging.getLogger(__name__)


def cache_dir() -> Path:
    """Where the cache is, there or not: FISHLAB_CACHE_DIR if it is set, else the platform's usual place."""
    named = os.environ.get("FISHLAB_CACHE_DIR")
    return Path(named) if named else platformdirs.user_cache_path("fishlab", appauthor=False)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place if the block ends well, and is gone if it does not.

    What a killed process left behind is swept away an hour later by the next one that writes. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for part in folder.glob("*.part"):
        with suppress(OSError):  # another FishLab may have been quicker
            if part.stat().st_mtime < time.time() - _STALE:
                part.unlink()


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
