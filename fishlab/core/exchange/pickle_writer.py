"""A table of arrays as a pickle that every NumPy reads.

NumPy's own pickles name the module of the NumPy that wrote them: one of version 2 writes `numpy._core`, which version 1
has not. Here the opcodes are written by hand: protocol 3, which every Python 3 reads, and `numpy.core.multiarray`,
which every NumPy knows, in version 2 as the old name that pickles may use. The same arrays give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.layers.base import Array

LONGEST = (1 << 32) - 1  # bytes that protocol 3 can count


def pickled(table: Mapping[str, Array]) -> list[bytes | memoryview]:
    """The bytes of {name: array}, in pieces; float32 and float64, C order."""
    return [b"\x80\x03}(", *(piece for name, array in table.items() for piece in _entry(name, array)), b"u."]


def _entry(name: str, array: Array) -> Iterator[bytes | memoryview]:
    """_reconstruct(ndarray, (0,), b"b") with the state (1, shape, dtype, False, bytes)."""
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
    if plain.nbytes > LONGEST:
        raise ExchangeError(f"{name} is larger than 4 GB, which the book's files cannot hold.")
    yield _text(name) + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01("
    sizes: tuple[int, ...] = plain.shape
    yield b"".join(b"J" + size.to_bytes(4, "little", signed=True) for size in sizes) + b"t"
    yield b"cnumpy\ndtype\n" + _text(plain.dtype.str[1:]) + b"\x89\x88\x87R"
    yield b"(K\x03" + _text("<") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb\x89"
    yield b"B" + plain.nbytes.to_bytes(4, "little")
    yield plain.reshape(-1).data.cast("B")
    yield b"tb"


def _text(text: str) -> bytes:
    data = text.encode()
    return b"X" + len(data).to_bytes(4, "little") + data
