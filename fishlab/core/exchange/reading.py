"""Opening a file of another program, and naming what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from fishlab.core.errors import FileFormatError
from fishlab.core.files.opening import opened

LONGEST_QUOTE = 60


@contextmanager
def open_bounded(path: Path, largest: int) -> Iterator[tuple[BufferedReader, int]]:
    """A file and its size in bytes, 1 to `largest`; what is raised in here because of it names the file."""
    with opened(path) as (file, size):
        if not size:
            raise FileFormatError("it is empty")
        if size > largest:
            raise FileFormatError(f"it is larger than {largest >> 20:,} MB, and such weights are not")
        yield file, size


def quoted(text: str) -> str:
    """A name out of a file: of reasonable length, and without letters that do not show."""
    shown = printable(text[:LONGEST_QUOTE])
    return f"“{shown}…”" if len(text) > LONGEST_QUOTE else f"“{shown}”"


def printable(text: str) -> str:
    """The text on one line, with a mark for each letter that does not show."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
