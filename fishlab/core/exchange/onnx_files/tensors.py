"""Arrays in an ONNX file: checked against the shapes that they announce, and left where they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.onnx_files import wire
from fishlab.core.exchange.onnx_files.wire import Budget, fields
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers.base import Array

MOST_AXES = 8
LARGEST_SIZE = 2**48
"""Numbers in an array whose empty axes are left out: of more, NumPy cannot say the shape."""

MOST_LISTED = 4096
"""Numbers that stand one by one in a list: sizes, paddings, the entries of a table."""

FLOAT, DOUBLE = 1, 11
NUMBERS: dict[int, np.dtype[Any]] = {
    code: np.dtype(name)
    for code, name in {
        FLOAT: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", DOUBLE: "<f8",
        12: "<u4", 13: "<u8",
    }.items()
}  # fmt: skip
"""ONNX's number types that are read, as NumPy's."""

_TYPED = {4: FLOAT, 10: DOUBLE}
"""Fields in which numbers of one type stand one after the other; field 9 is for all types."""


def tensor(data: memoryview, budget: Budget) -> tuple[str, Array]:
    """The name and the numbers of an array, a view of the file where it holds them as they are."""
    name, code, dims = "", 0, list[int]()
    pieces: list[memoryview] = []
    listed: list[int] = []
    for part in fields(data, budget):
        match part.number:
            case 1:
                dims += wire.wholes(part, MOST_AXES, budget)
            case 2:
                code = wire.number(part)
            case 4 | 9 | 10:
                if _TYPED.get(part.number, code) != code:
                    raise FileFormatError(wire.DAMAGED)
                pieces.append(part.data)
            case 5 | 7 | 11:
                listed += wire.wholes(part, MOST_LISTED, budget)
            case 8:
                name = wire.text(part)
            case 13 | 14 if part.data or part.whole:
                raise ExchangeError(
                    "Its arrays are in another file beside it, which is not opened here. Export it as one file."
                )
    return name, _shaped(name, code, dims, pieces, listed)


def _shaped(name: str, code: int, dims: list[int], pieces: list[memoryview], listed: list[int]) -> Array:
    """The numbers as an array of the shape it announces, which they have to fill."""
    dtype = NUMBERS.get(code)
    if dtype is None:
        raise ExchangeError(f"The array {quoted(name)} holds numbers of a type that is not read here ({code}).")
    if len(dims) > MOST_AXES or min(dims, default=0) < 0 or math.prod(size or 1 for size in dims) > LARGEST_SIZE:
        raise FileFormatError(f"the array {quoted(name)} has an impossible shape")
    if any(len(piece) % dtype.itemsize for piece in pieces):
        raise FileFormatError(f"the array {quoted(name)} ends in the middle of a number")
    held = [np.frombuffer(piece, dtype) for piece in pieces]
    if listed:
        held.append(_from_list(name, dtype, listed))
    numbers = held[0] if len(held) == 1 else np.concatenate([np.empty(0, dtype), *held])
    if numbers.size != math.prod(dims):
        raise FileFormatError(f"the array {quoted(name)} holds more or fewer numbers than its shape needs")
    return numbers.reshape(dims)


def _from_list(name: str, dtype: np.dtype[Any], listed: list[int]) -> Array:
    """Whole numbers that stand one by one; a float16 stands there as its bits."""
    if len(listed) > MOST_LISTED:
        raise FileFormatError(f"a list in it has more than {MOST_LISTED:,} entries")
    try:
        if np.issubdtype(dtype, np.floating):
            return np.array(listed, "<u2").view("<f2").astype(dtype)
        return np.array(listed, np.int64).astype(dtype)
    except OverflowError as error:
        raise FileFormatError(f"the array {quoted(name)} holds a number beyond its type") from error
