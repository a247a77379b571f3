"""Opening a file that nobody knows yet: no waiting, nothing but ordinary files, one kind of error."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from fishlab.core.errors import FileFormatError, FishLabError


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, int]]:
    """An ordinary file and its size in bytes. What is raised here leaves as a FileFormatError that names the file."""
    name = path.name or path  # “.” and “/” have no name
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileFormatError("it is not an ordinary file")
            yield file, status.st_size
    except FileFormatError as error:
        raise FileFormatError(f"“{name}” cannot be opened: {clause(error)}.") from error
    except MemoryError as error:
        raise FileFormatError(f"“{name}” cannot be opened: it does not fit into the memory.") from error
    except (OSError, ValueError) as error:
        raise FileFormatError(f"“{name}” cannot be opened: {_cause(error)}.") from error


def is_file(path: Path) -> bool:
    """Whether there is an ordinary file of this name. One that may not be looked at, or cannot be, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def clause(error: FishLabError) -> str:
    """An error's sentence as a part of another; what it quotes may be long."""
    text = str(error)
    return (text if len(text) <= 300 else text[:300] + "…").rstrip(".")


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a FIFO nobody writes to would block for ever


def _cause(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "it may not be read"
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else "its name is not possible"
