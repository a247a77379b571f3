"""The container of a FishLab file: safetensors with a digest over every byte.

A safetensors file is the length of a header (8 bytes, little end first), the header in JSON, and the tensors one after
the other. Here the header begins with the SHA-256 of the whole file, computed with its own 64 letters as zeros, so
that a single flipped bit anywhere is noticed. docs/file-format.md has it all.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.files import strict_json
from fishlab.core.layers.base import Array

PREFIX = b'{"__metadata__":{"digest":"'
DIGEST = slice(8 + len(PREFIX), 8 + len(PREFIX) + 64)
NO_DIGEST = "0" * 64
LONGEST_HEADER = 8 << 20
LARGEST_SIZE = 1 << 48
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as the header announces it; `begin` counts from the first byte after the header."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int

    @property
    def end(self) -> int:
        """The byte after its last."""
        return self.begin + math.prod(self.shape) * self.dtype.itemsize


def encode(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> list[bytes | memoryview]:
    """The bytes of a file, in pieces; the same content gives the same bytes. Raises FileFormatError if too large."""
    arrays = {name: _plain(array) for name, array in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # float64 first: all lie aligned
    table: dict[str, Any] = {"__metadata__": {"digest": NO_DIGEST, **metadata}}
    place = 0
    for name in order:
        array = arrays[name]
        table[name] = {
            "dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [place, place + array.nbytes]
        }  # fmt: skip
        place += array.nbytes
    text = json.dumps(table, separators=(",", ":")).encode("ascii")
    header = text + b" " * (-len(text) % 8)
    if len(header) > LONGEST_HEADER:
        raise FileFormatError("its description is larger than 8 MB")
    head = bytearray(len(header).to_bytes(8, "little") + header)
    body = [arrays[name].reshape(-1).data.cast("B") for name in order if arrays[name].size]
    head[DIGEST] = _digest([head, *body]).encode("ascii")
    return [bytes(head), *body]


def _plain(array: Array) -> Array:
    if array.dtype.newbyteorder("<") not in NAMES:
        raise FileFormatError(f"it holds numbers of type {array.dtype}")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)


def _digest(pieces: Any) -> str:
    sha = hashlib.sha256()
    for piece in pieces:
        sha.update(piece)
    return sha.hexdigest()


class Frame:
    """A file whose header has been checked: `metadata`, and what `tensors` it announces. `read` believes no more than
    the digest confirms.
    """

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file = file
        self._head = _read_head(file, size)
        table = _parse_header(self._head)
        self.metadata = _metadata(table.pop("__metadata__"))
        self.tensors = {name: _tensor(entry) for name, entry in table.items()}
        self._room = size - len(self._head)
        _check_places(self.tensors, self._room)

    def read(self) -> dict[str, Array]:
        """All tensors, after the digest of the whole file has been found right."""
        data = np.empty(self._room, np.uint8)
        if self._file.readinto(data.data) != self._room:
            raise FileFormatError("it ends before its contents do")
        head = bytearray(self._head)
        head[DIGEST] = NO_DIGEST.encode()
        if _digest([head, data]) != bytes(self._head[DIGEST]).decode("ascii", "replace"):
            raise FileFormatError("its contents do not match its own digest")
        return {name: data[info.begin : info.end].view(info.dtype).reshape(info.shape)
                for name, info in self.tensors.items()}  # fmt: skip


@contextmanager
def open_frame(path: Path) -> Iterator[Frame]:
    """Open a file and check its header. Everything raised in here leaves as a FileFormatError that names the file."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileFormatError("it is not an ordinary file")
            yield Frame(file, status.st_size)
    except FileFormatError as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: {clause(error)}.") from error
    except MemoryError as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: it does not fit into the memory.") from error
    except (OSError, ValueError) as error:
        raise FileFormatError(f"“{path.name}” cannot be opened: {_cause(error)}.") from error


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


def _read_head(file: BufferedReader, size: int) -> bytes:
    if size == 0:
        raise FileFormatError("it is empty")
    start = file.read(8 + len(PREFIX))
    if start[8:] != PREFIX:
        raise FileFormatError("it is not a FishLab project, or damaged at its beginning")
    length = int.from_bytes(start[:8], "little")
    if not len(PREFIX) + 64 < length <= LONGEST_HEADER:
        raise FileFormatError(f"it is damaged: its header would be {length:,} bytes long")
    if 8 + length > size:
        raise FileFormatError("it ends in the middle of its header, as if copied or written in part")
    return start + file.read(8 + length - len(start))


def _parse_header(head: bytes) -> dict[str, Any]:
    try:
        table: dict[str, Any] = strict_json.parse(head[8:].decode("ascii"))  # PREFIX makes it a table
    except UnicodeDecodeError as error:
        raise FileFormatError("it is damaged: its header is not plain text") from error
    return table


def _metadata(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise FileFormatError("its metadata are not a table of texts")
    return data


def _tensor(entry: Any) -> TensorInfo:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FileFormatError("a tensor in its header is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = DTYPES.get(str(entry["dtype"])), entry["shape"], entry["data_offsets"]
    if dtype is None:
        raise FileFormatError("a tensor in its header is neither F32 nor F64")
    if not _sizes(shape) or len(shape) > 8 or not _sizes(offsets) or len(offsets) != 2:
        raise FileFormatError("a tensor in its header has an impossible shape or place")
    info = TensorInfo(dtype, tuple(shape), offsets[0])
    if info.end != offsets[1]:
        raise FileFormatError("a tensor in its header takes more or less room than its shape needs")
    return info


def _sizes(items: Any) -> bool:
    return isinstance(items, list) and all(type(item) is int and 0 <= item < LARGEST_SIZE for item in items)


def _check_places(tensors: Mapping[str, TensorInfo], room: int) -> None:
    """The tensors lie one after the other and fill the file."""
    place = 0
    for info in sorted(tensors.values(), key=lambda info: (info.begin, info.end)):
        if info.begin != place:
            raise FileFormatError("it is damaged: tensors overlap or leave gaps")
        place = info.end
    if place > room:
        raise FileFormatError("it ends before its contents do, as if copied or written in part")
    if place < room:
        raise FileFormatError("it goes on after its contents end")
