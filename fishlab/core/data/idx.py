"""IDX, the format of the MNIST files: a magic number, the sizes, then plain bytes (LeCun, Cortes and Burges, 1998).

A file is believed only when every byte is accounted for. Nothing is read that the header does not promise, and the
header may not promise more than MOST_BYTES or more than the file on the disk can hold.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import DataError

MOST_BYTES = 256 * 2**20
_GZIP = b"\x1f\x8b"
_BYTES_TYPE = 0x08
_MOST_SQUEEZED = 1100  # gzip makes at most 1032 bytes out of one
_MEND = "Fetch the file again, or choose another."
_CONTENTS = {1: "labels", 2: "rows", 3: "images", 4: "images in colour"}
IMAGES = (3, 4, 2)
"""How many dimensions a file of images has: grey, in colour, or as rows of numbers."""


class Readable(Protocol):
    """An open file, or what unpacks one."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; fewer at the end."""


@dataclass(frozen=True)
class Idx:
    """What one file holds: `array` (N,) or (N, H, W) of uint8, read-only, and the SHA-256 of the unpacked file."""

    array: NDArray[np.uint8]
    sha256: str


def read_idx(path: Path, dimensions: int) -> Idx:
    """Read a plain or gzipped IDX file of bytes that has this many dimensions: 1 for labels, 3 for images.

    Raises DataError for anything else, with what was found, what was expected and what to do.
    """
    with _opened(path) as (stream, at_most):
        return _read_stream(stream, path, dimensions, at_most)


def read_first(path: Path, count: int) -> tuple[tuple[int, ...], NDArray[np.uint8]]:
    """The sizes that a file of images or rows announces, and its first ones; raises DataError like `read_idx`."""
    with _opened(path) as (stream, at_most):
        begin = stream.read(4)
        dimensions = begin[3] if len(begin) == 4 and begin[3] in IMAGES else IMAGES[0]
        shape = _shape(begin + stream.read(4 * dimensions), path, dimensions)
        wanted = min(count, shape[0]) * math.prod(shape[1:])
        if wanted > min(at_most, MOST_BYTES):
            raise _refuse(path, f"promises {wanted:,} bytes and is too short for them", "a whole file")
        body = stream.read(wanted)
        if len(body) < wanted:
            raise _refuse(path, f"breaks off after {len(body):,} of {wanted:,} bytes", "a whole file")
    return shape, np.frombuffer(body, np.uint8).reshape(-1, *shape[1:])


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Readable, int]]:
    """The file, unpacked, and how many bytes it can hold at most; whatever is wrong with it becomes a DataError."""
    try:
        with _unpacked(path) as found:
            yield found
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _refuse(path, f"cannot be unpacked ({error})", "a whole gzip file") from error
    except OSError as error:
        raise DataError(f"“{path}” cannot be read: {error.strerror or error}. {_MEND}") from error


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[Readable, int]]:
    if not path.is_file():  # a pipe would make us wait for ever
        raise _refuse(path, "is a folder, or no ordinary file" if path.exists() else "is not there", "a file")
    size = path.stat().st_size
    with path.open("rb") as file:
        squeezed = file.read(2) == _GZIP
        file.seek(0)
        if squeezed:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked, size * _MOST_SQUEEZED
        else:
            yield file, size


def _read_stream(stream: Readable, path: Path, dimensions: int, at_most: int) -> Idx:
    """Read IDX from an open stream that cannot hold more than `at_most` bytes; `path` is for the messages."""
    header = stream.read(4 + 4 * dimensions)
    shape = _shape(header, path, dimensions)
    length = math.prod(shape)
    if len(header) + length > at_most:
        raise _refuse(path, f"promises {length:,} bytes and is too short for them", "a whole file")
    if length > MOST_BYTES:
        raise DataError(
            f"“{path}” promises {length:,} bytes; expected was at most {MOST_BYTES:,} in one file. Write fewer or "
            "smaller images into it, or save them all as an NPZ file."
        )
    body = stream.read(length + 1)
    if len(body) < length:
        raise _refuse(path, f"breaks off after {len(body):,} of {length:,} bytes", "a whole file")
    if len(body) > length:
        raise _refuse(path, f"goes on after its last {_CONTENTS[dimensions]}", f"{length:,} bytes after the header")
    digest = hashlib.sha256(header)
    digest.update(body)
    return Idx(np.frombuffer(body, np.uint8).reshape(shape), digest.hexdigest())


def _shape(header: bytes, path: Path, dimensions: int) -> tuple[int, ...]:
    wanted = f"the start of an IDX file of {_CONTENTS[dimensions]}"
    if not header:
        raise _refuse(path, "is empty", wanted)
    if header.lstrip()[:1] == b"<":
        raise _refuse(path, "holds a web page", wanted)
    if header[:2] != b"\0\0" or len(header) < 4:
        raise _refuse(path, f"starts with {header[:4].hex(' ')}", wanted)
    if header[2] != _BYTES_TYPE:
        raise _refuse(path, f"holds numbers of type 0x{header[2]:02x}", "bytes, type 0x08")
    if header[3] != dimensions:
        kind = _CONTENTS.get(header[3], f"data of {header[3]} dimensions")
        raise _refuse(path, f"holds {kind}", _CONTENTS[dimensions])
    if len(header) < 4 + 4 * dimensions:
        raise _refuse(path, "breaks off within its header", wanted)
    shape = tuple(int(size) for size in np.frombuffer(header[4:], ">u4"))
    if not all(shape):
        raise _refuse(path, f"has the sizes {' x '.join(map(str, shape))}", "at least one of each")
    return shape


def _refuse(path: Path, found: str, expected: str) -> DataError:
    return DataError(f"“{path}” {found}; expected was {expected}. {_MEND}")
