"""The container of a project: a zip archive of parts that are stored as they are, in one form only.

Whatever opens zip archives can unpack it. FishLab reads no more than it would write: from the names, sizes and check
sums of the parts it makes all that stands between them anew, and refuses the archive if a byte is another. So nothing
unfolds to more than it is, no name leads out of the archive, and nothing hides between the parts.
The archive's comment is the SHA-256 of the first part, which has those of the others: they vouch for every byte.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import FileFormatError

BEGINNING = b"PK\x03\x04"
LARGEST = (1 << 32) - 1  # beyond it zip needs other headers
MOST_PARTS, LONGEST_NAME = 16, 64
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
SEAL = b"sha256:"
AT_ONCE = 4 << 20  # bytes between two looks at whether anybody still waits

Piece = bytes | memoryview
Bytes = NDArray[np.uint8]
Look = Callable[[int], None]

_LOCAL, _ENTRY, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_VERSION, _STORED, _NO_FLAGS, _TIME, _DATE = 20, 0, 0, 0, 1 << 5 | 1  # always 1 January 1980: no clock in a file
_COMMENT = len(SEAL) + 64


@dataclass(frozen=True)
class Part:
    """A part as the archive's directory announces it; `begin` is the place of its first byte in the file."""

    name: str
    size: int
    crc: int
    begin: int

    @property
    def local(self) -> bytes:
        """What stands before it."""
        head = _LOCAL.pack(BEGINNING, _VERSION, _NO_FLAGS, _STORED, _TIME, _DATE, self.crc, self.size, self.size,
                           len(self.name), 0)  # fmt: skip
        return head + self.name.encode("ascii")

    @property
    def entry(self) -> bytes:
        """What the directory says of it."""
        place = self.begin - len(self.local)
        head = _ENTRY.pack(b"PK\x01\x02", _VERSION, _VERSION, _NO_FLAGS, _STORED, _TIME, _DATE, self.crc, self.size,
                           self.size, len(self.name), 0, 0, 0, 0, 0, place)  # fmt: skip
        return head + self.name.encode("ascii")


def nobody_waits(_read: int) -> None:
    """Reading is not watched."""


def filled(file: BufferedReader, content: Bytes, look: Look = nobody_waits) -> Iterator[memoryview]:
    """Fill `content` from the file and give what has come, piece by piece; `look` is told the bytes of each before.

    Raises FileFormatError where the file ends before.
    """
    for begin in range(0, len(content), AT_ONCE):
        piece = content[begin : begin + AT_ONCE].data
        look(len(piece))
        if file.readinto(piece) != len(piece):
            raise FileFormatError("it ends before its contents do")
        yield piece


def digest(pieces: Sequence[Piece]) -> str:
    """SHA-256 in hexadecimal of the pieces, one after the other."""
    sha = hashlib.sha256()
    for piece in pieces:
        sha.update(piece)
    return sha.hexdigest()


def pack(parts: Mapping[str, Sequence[Piece]]) -> list[Piece]:
    """The bytes of an archive, in pieces; the first part is what the seal vouches for. Raises FileFormatError."""
    pieces: list[Piece] = []
    placed: list[Part] = []
    end = 0
    for name, content in parts.items():
        part = Part(name, _size(content), _crc(content), end + _LOCAL.size + len(name))
        end = part.begin + part.size
        placed.append(part)
        if end > LARGEST:
            raise FileFormatError("it would be larger than 4 GB")
        pieces += [part.local, *content]
    seal = SEAL + digest(next(iter(parts.values()))).encode("ascii")
    return [*pieces, _directory(placed) + seal]


def _size(content: Sequence[Piece]) -> int:
    return sum(map(len, content))


def _crc(content: Sequence[Piece]) -> int:
    crc = 0
    for piece in content:
        crc = zlib.crc32(piece, crc)
    return crc


def _directory(parts: Sequence[Part]) -> bytes:
    """All that follows the last part, up to the comment."""
    table = b"".join(part.entry for part in parts)
    place = parts[-1].begin + parts[-1].size
    return table + _END.pack(b"PK\x05\x06", 0, 0, len(parts), len(parts), len(table), place, _COMMENT)


class Archive:
    """An archive whose directory has been checked: `parts` by name, in their order. `read` believes no more than the
    digest it is given confirms; `seal` is the digest of the first part.
    """

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file = file
        tail = self._tail(size)
        self.seal = tail[-64:].decode("ascii", "replace")
        self.parts = {part.name: part for part in self._parts(tail, size)}

    def start(self, part: Part, count: int) -> bytes:
        """The first bytes of a part, not yet confirmed by anything."""
        self._file.seek(part.begin)
        return self._file.read(min(count, part.size))

    def read(self, part: Part, sha256: str, look: Look = nobody_waits) -> Bytes:
        """The whole part; raises FileFormatError where it is not what `sha256` stands for, and what `look` raises."""
        self._file.seek(part.begin - len(part.local))
        local = self._file.read(len(part.local))
        content = np.empty(part.size, np.uint8)
        crc, sha = 0, hashlib.sha256()
        for piece in filled(self._file, content, look):
            crc = zlib.crc32(piece, crc)
            sha.update(piece)
        if local != part.local or crc != part.crc or sha.hexdigest() != sha256:
            raise FileFormatError(f"it is damaged: its “{part.name}” is not what was saved")
        return content

    def _tail(self, size: int) -> bytes:
        """The end of the archive: what FishLab writes has always the same length."""
        length = _END.size + _COMMENT
        self._file.seek(max(0, size - length))
        tail = self._file.read(length)
        if len(tail) < length or tail[:4] != b"PK\x05\x06" or tail[_END.size :][: len(SEAL)] != SEAL:
            raise FileFormatError(
                "it is not a FishLab project, or it is damaged: its end is missing, as if copied or written in part"
            )
        return tail

    def _parts(self, tail: bytes, size: int) -> list[Part]:
        _, _, _, count, _, length, place, _ = _END.unpack(tail[: _END.size])
        if not 1 <= count <= MOST_PARTS or length > count * (_ENTRY.size + LONGEST_NAME):
            raise FileFormatError("it is damaged: its directory cannot be")
        if place + length + len(tail) != size:
            raise FileFormatError("it is damaged: its directory does not stand where it should")
        self._file.seek(place)
        table = self._file.read(length)
        parts = list(_entries(table, count))
        end = parts[-1].begin + parts[-1].size
        if end != place or table + tail[: _END.size] != _directory(parts):
            raise FileFormatError("it is damaged, or was written by another program: its directory is not FishLab's")
        return parts


def _entries(table: bytes, count: int) -> list[Part]:
    """The parts that a directory names, each where it must stand if the directory is as FishLab writes it."""
    parts: list[Part] = []
    place = end = 0
    for _ in range(count):
        if place + _ENTRY.size > len(table):
            raise FileFormatError("it is damaged: its directory ends too early")
        fields = _ENTRY.unpack_from(table, place)
        crc, size, length = fields[7], fields[9], fields[10]
        name = _name(table[place + _ENTRY.size :][:length], parts)
        parts.append(Part(name, size, crc, end + _LOCAL.size + length))
        end = parts[-1].begin + size
        place += _ENTRY.size + length
    return parts


def _name(letters: bytes, before: list[Part]) -> str:
    name = letters.decode("ascii", "replace")
    if not 1 <= len(name) <= LONGEST_NAME or not LETTERS.issuperset(name):
        raise FileFormatError("it is damaged: a part of it has a name that cannot be")
    if any(part.name == name for part in before):
        raise FileFormatError(f"it is damaged: it holds “{name}” twice")
    return name
