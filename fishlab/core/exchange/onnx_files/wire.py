"""Protocol Buffers, the encoding of ONNX files, as far as it is needed: messages are rows of numbered fields.

It is read here, rather than by the package onnx, because a small hostile file can make a general parser take any
amount of memory. Fields that nobody asks for are passed over without looking in; numbers are views of the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from fishlab.core.errors import FileFormatError

MOST_FIELDS = 300_000
"""In all messages that are looked into; a network of a thousand layers has some ten thousand."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10
DAMAGED = "it is damaged, or no ONNX file"


class Field(NamedTuple):
    """A field of a message: its number, and its value as a whole number or as bytes."""

    number: int
    wire: int
    whole: int
    data: memoryview


class Budget:
    """How many fields, and numbers in lists, may still be read."""

    def __init__(self, fields: int = MOST_FIELDS) -> None:
        self.left = fields

    def take(self, count: int = 1) -> None:
        """One more, or so many; raises FileFormatError where there have been too many."""
        self.left -= count
        if self.left < 0:
            raise FileFormatError(f"its description has more than {MOST_FIELDS:,} parts")


_NOTHING = memoryview(b"")


def fields(message: memoryview, budget: Budget) -> Iterator[Field]:
    """The fields of a message in order. Raises FileFormatError for what is none."""
    place, end = 0, len(message)
    while place < end:
        budget.take()
        key, place = varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            whole, place = varint(message, place)
            yield Field(number, wire, whole, _NOTHING)
            continue
        if wire == BYTES:
            length, place = varint(message, place)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise FileFormatError(DAMAGED)
        if length > end - place:
            raise FileFormatError("it ends before its contents do, as if copied or written in part")
        yield Field(number, wire, 0, message[place : place + length])
        place += length


def varint(data: memoryview, place: int) -> tuple[int, int]:
    """The whole number that begins at `place`, and where the next thing begins."""
    value = 0
    for shift, byte in enumerate(data[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value & (2**64 - 1), place + shift + 1
    raise FileFormatError(DAMAGED)


def signed(whole: int) -> int:
    """An int64 of a varint."""
    return whole - 2**64 if whole >= 2**63 else whole


def wholes(field: Field, most: int, budget: Budget) -> list[int]:
    """The int64 of a repeated field: one, or packed; at most so many."""
    if field.wire == VARINT:
        return [signed(field.whole)]
    if field.wire != BYTES:
        raise FileFormatError(DAMAGED)
    found, place = [], 0
    while place < len(field.data):
        budget.take()
        value, place = varint(field.data, place)
        found.append(signed(value))
        if len(found) > most:
            raise FileFormatError(f"a list of whole numbers in it has more than {most:,} entries")
    return found


def text(field: Field) -> str:
    """A text; raises FileFormatError for bytes that are none."""
    if field.wire != BYTES:
        raise FileFormatError(DAMAGED)
    try:
        return str(field.data, "utf-8")
    except UnicodeDecodeError as error:
        raise FileFormatError("a name in it is no text") from error


def real(field: Field) -> float:
    """A float."""
    if field.wire != FIXED32:
        raise FileFormatError(DAMAGED)
    (value,) = struct.unpack("<f", field.data)
    return float(value)


def inside(field: Field) -> memoryview:
    """The message, or the bytes, that a field holds."""
    if field.wire != BYTES:
        raise FileFormatError(DAMAGED)
    return field.data


def number(field: Field) -> int:
    """A whole number."""
    if field.wire != VARINT:
        raise FileFormatError(DAMAGED)
    return signed(field.whole)
