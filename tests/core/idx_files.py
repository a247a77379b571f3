"""Small IDX sets for the tests, written to a folder."""

from __future__ import annotations

import gzip
import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from fishlab.core.data.mnist_files import FILES, MnistFile


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def small_set(seed: int = 0, train: int = 20, test: int = 10) -> dict[str, bytes]:
    """The four files of a set of random 28 x 28 images, by name."""
    rng = np.random.default_rng(seed)
    arrays = [
        array
        for count in (train, test)
        for array in (rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count) % 10)
    ]
    return {file.name: idx_bytes(array) for file, array in zip(FILES, arrays, strict=True)}


def described(contents: dict[str, bytes]) -> tuple[MnistFile, ...]:
    """FILES as they would be if these were the files of MNIST."""
    return tuple(
        replace(file, size=len(contents[file.name]), sha256=hashlib.sha256(contents[file.name]).hexdigest())
        for file in FILES
    )


def write_set(folder: Path, contents: dict[str, bytes], *, zipped: bool = False, dotted: bool = False) -> Path:
    """Write a set into a folder, which is made, under one of the two usual spellings of the names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        name = name.replace("-idx", ".idx") if dotted else name
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder
