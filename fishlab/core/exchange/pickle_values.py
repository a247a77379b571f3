"""What may stand in a pickle of arrays, in place of the real things: nothing here is called by name, or calls back.

A pickle does not hold arrays, it says how to make them: look up a function by its name, call it, hand the result some
state. The names that NumPy's arrays need are known, and each has a function here that checks what it is given against
the bytes that are there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers.base import Array

MOST_AXES = 8
TYPES = ("f2", "f4", "f8")
ORDERS = ("<", ">", "=", "|")


@dataclass(frozen=True)
class Name:
    """A thing of a module, by name alone."""

    module: str
    name: str

    def __str__(self) -> str:
        return quoted(f"{self.module}.{self.name}")


@dataclass
class DType:
    """A number type, little end first until its state says otherwise."""

    code: str
    order: str = "<"

    @property
    def numpy(self) -> np.dtype[Any]:
        """NumPy's type."""
        return np.dtype(self.order + self.code)

    def set_state(self, state: Any, budget: Budget) -> None:
        """(3, order, None, None, None, -1, -1, 0): no parts, no sub-array, no objects."""
        match state:
            case (int(), str() as order, None, None, None, -1, -1, 0) if order in ORDERS:
                self.order = ">" if order == ">" else "<"
            case _:
                raise FileFormatError("it holds numbers of a type that is not plain")


@dataclass
class Budget:
    """How many bytes may still be made: no more than the file has, whatever it repeats."""

    left: int

    def spend(self, count: int) -> None:
        """Take so many; raises FileFormatError where they are not left."""
        self.left -= count
        if self.left < 0:
            raise FileFormatError("it makes more numbers than it holds")


@dataclass
class Numbers:
    """An array: empty when it is called for, `value` when its state has come."""

    value: Array | None = None

    def set_state(self, state: Any, budget: Budget) -> None:
        """(1, shape, type, Fortran order, bytes)."""
        match state:
            case (int(), tuple() as shape, DType() as dtype, bool() | 0 | 1 as turned, bytes() | str() as data):
                self.value = _array(data, dtype, shape, "F" if turned else "C", budget)
            case _:
                raise FileFormatError("it holds an array without a shape, a type and bytes")


def _array(data: bytes | str, dtype: DType, shape: Any, order: str, budget: Budget) -> Array:
    """The array that these bytes are; their number is checked before any is made."""
    if not isinstance(shape, tuple) or len(shape) > MOST_AXES or not all(map(_is_size, shape)):
        raise FileFormatError("it holds an array of an impossible shape")
    if math.prod(shape) * dtype.numpy.itemsize != len(data):
        sizes = quoted(" × ".join(map(str, shape)))
        raise FileFormatError(f"it announces an array of {sizes} and holds {len(data):,} bytes of it")
    budget.spend(len(data))
    plain = _latin(data) if isinstance(data, str) else data
    return np.frombuffer(plain, dtype.numpy).reshape(shape, order="F" if order == "F" else "C")


def _is_size(value: Any) -> bool:
    return type(value) is int and 1 <= value < 1 << 40


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise FileFormatError("it holds bytes that are none") from error


# -- one function for each name --------------------------------------------------------------------------------------
def _reconstruct(arguments: Any, budget: Budget) -> Numbers:
    """(ndarray, (0,), b"b"): an array that its state will fill."""
    match arguments:
        case (Name("numpy", "ndarray"), (0,), b"b" | "b"):
            return Numbers()
    raise FileFormatError("it asks for an array that is none of NumPy's own")


def _dtype(arguments: Any, budget: Budget) -> DType:
    """("f4", False, True) and the like."""
    match arguments:
        case (str() as code, 0 | 1, 0 | 1):
            plain = code.lstrip("<>=|")
            if plain in TYPES:
                return DType(plain, ">" if code[0] == ">" else "<")
            raise FileFormatError(f"it holds numbers of type {quoted(code)}, not float16, float32 or float64")
    raise FileFormatError("it holds numbers of a type that is not plain")


def _from_buffer(arguments: Any, budget: Budget) -> Numbers:
    """(bytes, type, shape, "C" or "F")."""
    match arguments:
        case (bytes() as data, DType() as dtype, tuple() as shape, "C" | "F" as order):
            return Numbers(_array(data, dtype, shape, order, budget))
    raise FileFormatError("it holds an array without a shape, a type and bytes")


def _scalar(arguments: Any, budget: Budget) -> Numbers:
    """(type, bytes): one number."""
    match arguments:
        case (DType() as dtype, bytes() | str() as data):
            return Numbers(_array(data, dtype, (), "C", budget))
    raise FileFormatError("it holds a number without a type and bytes")


def _encode(arguments: Any, budget: Budget) -> bytes:
    """(text, "latin1"): the bytes of Python 3 in a pickle that Python 2 can read."""
    match arguments:
        case (str() as text, "latin1" | "latin-1"):
            budget.spend(len(text))
            return _latin(text)
    raise FileFormatError("it asks for an encoding that bytes have not")


def _no_bytes(arguments: Any, budget: Budget) -> bytes:
    """No arguments: protocols 0 to 2 have no other way to write empty bytes."""
    if arguments != ():
        raise FileFormatError("it holds bytes that are not written in the usual way")
    return b""


def _table(arguments: Any, budget: Budget) -> dict[Any, Any]:
    """No arguments: what is in it follows."""
    if arguments != ():
        raise FileFormatError("it holds a table that is not filled in the usual way")
    return {}


CALLS: dict[Name, Callable[[Any, Budget], Any]] = {
    Name("numpy", "dtype"): _dtype,
    Name("_codecs", "encode"): _encode,
    Name("collections", "OrderedDict"): _table,
    Name("__builtin__", "bytes"): _no_bytes,
}
for _core in ("numpy.core", "numpy._core"):
    CALLS[Name(f"{_core}.multiarray", "_reconstruct")] = _reconstruct
    CALLS[Name(f"{_core}.multiarray", "scalar")] = _scalar
    CALLS[Name(f"{_core}.numeric", "_frombuffer")] = _from_buffer
KNOWN = frozenset({*CALLS, Name("numpy", "ndarray")})
