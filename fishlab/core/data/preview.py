"""A first look at a data set without loading it: how many images, from where, and a few of them.

Nothing is fetched, and of a file only the header and the first images are read.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, resolve_source
from fishlab.core.data.digits.curves import bank
from fishlab.core.data.digits.raster import render
from fishlab.core.data.digits.variation import Strength, write
from fishlab.core.data.drawn import TEST_DIGITS
from fishlab.core.data.mnist_files import FILES, find_mnist
from fishlab.core.spec import DataSpec

_IMAGES_MAGIC = 0x803
_MOST_SIDE = 4096
_HEADER = struct.Struct(">4I")
_MNIST_BEGINS = "f65c7281a98a2a69133130f13eaddcec79918c31a164e6285a6f4d5bb0fbd889"  # SHA-256 of its first 21 images
_FIRST = 21


@dataclass(frozen=True)
class Survey:
    """`train` and `test` images of the set called `name`; `folder` is None for drawn digits."""

    name: str
    train: int
    test: int
    folder: Path | None = None


def survey(spec: DataSpec) -> Survey | None:
    """What `load_dataset` would give, without loading it; None where it is not at hand or cannot be read."""
    return _look(_SURVEYS, spec)


def sample_images(spec: DataSpec) -> NDArray[np.uint8] | None:
    """A few training images of that set, (21, H, W), or None. Drawing them takes a third of a second the first time."""
    return _look(_SAMPLES, spec)


Seen = TypeVar("Seen")


def _look(ways: Mapping[str, Callable[[DataSpec], Seen | None]], spec: DataSpec) -> Seen | None:
    kind = resolve_source(spec)
    found = DATASETS[kind].item().find(spec)
    at_hand = found is not None and kind in ways and not _names_another_folder(spec, kind)
    try:
        return ways[kind](found) if at_hand and found else None
    except (OSError, EOFError, zlib.error, ValueError, struct.error):
        return None


def _names_another_folder(spec: DataSpec, kind: str) -> bool:
    """A folder that was asked for by name, and holds nothing, is not replaced by another one."""
    return spec.source == kind and bool(spec.folder) and find_mnist(spec.folder) is None


def _survey_files(spec: DataSpec) -> Survey:
    folder = Path(spec.folder)
    (train, images), (test, _) = (_head(path) for path in _image_files(folder))
    genuine = hashlib.sha256(images.tobytes()).hexdigest() == _MNIST_BEGINS
    return Survey("MNIST" if genuine else f"IDX folder {folder.resolve().name}", train, test, folder)


def _sample_files(spec: DataSpec) -> NDArray[np.uint8]:
    return _head(_image_files(Path(spec.folder))[0])[1]


def _image_files(folder: Path) -> list[Path]:
    return [path for file in FILES if file.dimensions == 3 and (path := file.find(folder))]


def _head(path: Path) -> tuple[int, NDArray[np.uint8]]:
    """How many images a file announces, and its first ones; ValueError for what is no IDX file of images."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        file = gzip.GzipFile(fileobj=plain) if packed else plain
        magic, total, rows, columns = _HEADER.unpack(file.read(_HEADER.size))
        if magic != _IMAGES_MAGIC or not 0 < rows <= _MOST_SIDE or not 0 < columns <= _MOST_SIDE:
            raise ValueError(f"{path} is no IDX file of images")
        pixels = np.frombuffer(file.read(min(_FIRST, total) * rows * columns), np.uint8)
    return total, pixels.reshape(-1, rows, columns)


def _survey_drawn(spec: DataSpec) -> Survey:
    return Survey(DATASETS["digits"].title, spec.drawn, TEST_DIGITS)


def _draw_a_few(spec: DataSpec) -> NDArray[np.uint8]:
    """Digits of the same hand as the set's, each digit in turn."""
    rng, strength = np.random.default_rng(0), Strength.of(spec.wildness)
    return render(rng, write(rng, bank(), np.arange(_FIRST) % 10, strength), strength)


_SURVEYS: dict[str, Callable[[DataSpec], Survey | None]] = {"mnist": _survey_files, "digits": _survey_drawn}
_SAMPLES: dict[str, Callable[[DataSpec], NDArray[np.uint8] | None]] = {"mnist": _sample_files, "digits": _draw_a_few}
