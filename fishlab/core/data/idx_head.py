"""The first images of an IDX file, and how many it announces, without reading the rest."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_IMAGES_MAGIC = 0x803
_MOST_SIDE = 4096
_MOST_BYTES = 32 * 2**20  # of a gzip that unfolds to more, fewer images are read
_HEADER = struct.Struct(">4I")


def read_head(path: Path, first: int) -> tuple[int, NDArray[np.uint8]]:
    """How many images a file announces, and its first ones (n, H, W); ValueError for what is no such file."""
    if not path.is_file():  # a pipe would make us wait for ever
        raise ValueError(f"{path} is no file")
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        file = gzip.GzipFile(fileobj=plain) if packed else plain
        magic, total, rows, columns = _HEADER.unpack(file.read(_HEADER.size))
        if magic != _IMAGES_MAGIC or not 0 < rows <= _MOST_SIDE or not 0 < columns <= _MOST_SIDE:
            raise ValueError(f"{path} is no IDX file of images")
        count = min(first, total, _MOST_BYTES // (rows * columns))
        pixels = np.frombuffer(file.read(count * rows * columns), np.uint8)
    return total, pixels.reshape(-1, rows, columns)
