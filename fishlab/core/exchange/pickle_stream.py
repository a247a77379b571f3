"""The bytes of a pickle, taken from the front, never more than there are."""

from __future__ import annotations

import re
from _codecs import escape_decode
from collections.abc import Callable
from io import BufferedReader
from typing import Any

from fishlab.core.errors import FileFormatError

LONGEST_NUMBER = 32
LONGEST_NAME = 200
_TRUTHS = {b"00": False, b"01": True}
_ESCAPED = re.compile(rb"""(?:[^\\]|\\(?:x[0-9a-fA-F]{2}|[\\'"nrt]))*+""", re.DOTALL)


class PickleStream:
    """A file of `size` bytes; each method takes the next part of it. Raises FileFormatError where it is not there."""

    def __init__(self, file: BufferedReader, size: int) -> None:
        self._file, self.left = file, size

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count > self.left:
            raise FileFormatError("it ends before its contents do")
        data = self._file.read(count)
        if len(data) != count:
            raise FileFormatError("it ends before its contents do")
        self.left -= count
        return data

    def number(self, size: int, *, signed: bool = False) -> int:
        """A number of so many bytes, little end first."""
        return int.from_bytes(self.take(size), "little", signed=signed)

    def sized(self, size: int) -> bytes:
        """As many bytes as a number of `size` bytes says."""
        return self.take(self.number(size))

    def line(self, longest: int) -> bytes:
        """Up to the end of a line, without that."""
        data = self._file.readline(min(longest + 1, self.left))
        self.left -= len(data)
        if not data.endswith(b"\n"):
            raise FileFormatError("it ends in the middle of a line, or has one of absurd length")
        return data[:-1]

    def name(self) -> str:
        """A short line of plain text."""
        return _text(self.line(LONGEST_NAME), "ascii")

    def truth_or_decimal(self) -> int:
        """A whole number in digits on a line of its own; 00 and 01 are false and true."""
        digits = self.line(LONGEST_NUMBER)
        return _TRUTHS[digits] if digits in _TRUTHS else _decimal(digits)

    def decimal(self) -> int:
        """A whole number in digits on a line of its own, with Python 2's L or without."""
        return _decimal(self.line(LONGEST_NUMBER).removesuffix(b"L"))

    def escaped(self) -> str:
        """A text as Python 2 wrote its own: quoted, with backslashes. One letter for a byte."""
        data = self.line(self.left)
        if len(data) < 2 or data[:1] not in (b"'", b'"') or data[-1:] != data[:1] or not _ESCAPED.fullmatch(data[1:-1]):
            raise FileFormatError("it holds a text that is not quoted as it should be")
        return escape_decode(data[1:-1])[0].decode("latin-1")

    def unicode_line(self) -> str:
        """A text of any letters on a line of its own."""
        return _text(self.line(self.left), "raw-unicode-escape")

    def utf8(self, size: int) -> str:
        """A text as long as a number of `size` bytes says."""
        return _text(self.sized(size), "utf-8")


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileFormatError("it holds a text that is none") from error


def _decimal(digits: bytes) -> int:
    if not re.fullmatch(rb"-?[0-9]+", digits):
        raise FileFormatError("it holds a number that is none")
    return int(digits)


VALUES: dict[bytes, Callable[[PickleStream], Any]] = {
    b"N": lambda stream: None,
    b"\x88": lambda stream: True,
    b"\x89": lambda stream: False,
    b")": lambda stream: (),
    b"I": PickleStream.truth_or_decimal,
    b"L": PickleStream.decimal,
    b"J": lambda stream: stream.number(4, signed=True),
    b"K": lambda stream: stream.number(1),
    b"M": lambda stream: stream.number(2),
    b"\x8a": lambda stream: int.from_bytes(stream.sized(1), "little", signed=True),
    b"C": lambda stream: stream.sized(1),
    b"B": lambda stream: stream.sized(4),
    b"\x8e": lambda stream: stream.sized(8),
    b"\x96": lambda stream: stream.sized(8),  # a bytearray, which nobody changes here
    b"U": lambda stream: stream.sized(1).decode("latin-1"),
    b"T": lambda stream: stream.sized(4).decode("latin-1"),
    b"S": PickleStream.escaped,
    b"V": PickleStream.unicode_line,
    b"\x8c": lambda stream: stream.utf8(1),
    b"X": lambda stream: stream.utf8(4),
    b"\x8d": lambda stream: stream.utf8(8),
}
"""What each opcode that stands for a value takes from the stream."""
