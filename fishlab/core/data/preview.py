"""A first look at a data set that costs next to nothing: how many images, from where, and a few of them.

Nothing is fetched, and of a file only the header and the first images are read.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, resolve_source
from fishlab.core.data.digits.curves import bank
from fishlab.core.data.digits.raster import render
from fishlab.core.data.digits.variation import Strength, write
from fishlab.core.data.drawn import TEST_DIGITS
from fishlab.core.data.mnist_files import FILES, MnistFile, find_mnist
from fishlab.core.spec import DataSpec

_IMAGES_MAGIC = 0x803
_MOST_SIDE = 4096
_HEADER = struct.Struct(">4I")


@dataclass(frozen=True, eq=False)
class Preview:
    """`train` and `test` images at hand, and some of them uint8 (n, H, W). `folder` is None for drawn digits."""

    train: int
    test: int
    images: NDArray[np.uint8]
    folder: Path | None = None


def preview(spec: DataSpec, count: int = 21) -> Preview | None:
    """What `load_dataset` would give, without loading it; None where it is not at hand or cannot be read."""
    kind = resolve_source(spec)
    looks = _LOOKS.get(kind)
    found = DATASETS[kind].item().find(spec)
    return looks(found, count) if looks and found else None


def _look_at_files(spec: DataSpec, count: int) -> Preview | None:
    folder = find_mnist(spec.folder)
    paths = [file.find(folder) for file in _image_files()] if folder else []
    try:
        (train, images), (test, _) = [_head(path, count) for path in paths if path]
    except (OSError, EOFError, zlib.error, ValueError, struct.error):
        return None
    return Preview(train, test, images, folder)


def _image_files() -> list[MnistFile]:
    return [file for file in FILES if file.dimensions == 3]


def _head(path: Path, count: int) -> tuple[int, NDArray[np.uint8]]:
    """How many images a file announces, and its first ones; ValueError for what is no IDX file of images."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        file = gzip.GzipFile(fileobj=plain) if packed else plain
        magic, total, rows, columns = _HEADER.unpack(file.read(_HEADER.size))
        if magic != _IMAGES_MAGIC or not 0 < rows <= _MOST_SIDE or not 0 < columns <= _MOST_SIDE:
            raise ValueError(f"{path} is no IDX file of images")
        pixels = np.frombuffer(file.read(min(count, total) * rows * columns), np.uint8)
    return total, pixels.reshape(-1, rows, columns)


def _draw_a_few(spec: DataSpec, count: int) -> Preview:
    """Digits of the same hand as the set's, each digit in turn."""
    rng, strength = np.random.default_rng(0), Strength.of(spec.wildness)
    images = render(rng, write(rng, bank(), np.arange(count) % 10, strength), strength)
    return Preview(spec.drawn, TEST_DIGITS, images)


_LOOKS: dict[str, Callable[[DataSpec, int], Preview | None]] = {"mnist": _look_at_files, "digits": _draw_a_few}
