"""The container of project files up to version 3: one safetensors file with a digest over every byte. Only read.

The header begins with the SHA-256 of the whole file, computed with its own 64 letters as zeros.
"""

from __future__ import annotations

import hashlib
from io import BufferedReader
from typing import Any

import numpy as np

from fishlab.core.errors import FileFormatError
from fishlab.core.files.archive import Look, filled, nobody_waits
from fishlab.core.files.tensors import LONGEST_HEADER, announced, cut, parse_header
from fishlab.core.layers.base import Array

PREFIX = b'{"__metadata__":{"digest":"'
DIGEST = slice(8 + len(PREFIX), 8 + len(PREFIX) + 64)
NO_DIGEST = "0" * 64


class Frame:
    """A file whose header has been checked: `metadata`, and what `tensors` it announces. `read` believes no more than
    the digest confirms.
    """

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file = file
        self._head = _read_head(file, size)
        table = parse_header(self._head[8:])  # PREFIX makes it a table
        self.metadata = _metadata(table.pop("__metadata__"))
        self._room = size - len(self._head)
        self.tensors = announced(table, self._room)

    def read(self, look: Look = nobody_waits) -> dict[str, Array]:
        """All tensors, after the digest of the whole file has been found right; raises what `look` raises."""
        data = np.empty(self._room, np.uint8)
        head = bytearray(self._head)
        head[DIGEST] = NO_DIGEST.encode()
        sha = hashlib.sha256(head)
        for piece in filled(self._file, data, look):
            sha.update(piece)
        if sha.hexdigest() != bytes(self._head[DIGEST]).decode("ascii", "replace"):
            raise FileFormatError("its contents do not match its own digest")
        return cut(self.tensors, data)


def _read_head(file: BufferedReader, size: int) -> bytes:
    start = file.read(8 + len(PREFIX))
    if start[8:] != PREFIX:
        raise FileFormatError("it is not a FishLab project, or damaged at its beginning")
    length = int.from_bytes(start[:8], "little")
    if not len(PREFIX) + 64 < length <= LONGEST_HEADER:
        raise FileFormatError(f"it is damaged: its header would be {length:,} bytes long")
    if 8 + length > size:
        raise FileFormatError("it ends in the middle of its header, as if copied or written in part")
    return start + file.read(8 + length - len(start))


def _metadata(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise FileFormatError("its metadata are not a table of texts")
    return data
