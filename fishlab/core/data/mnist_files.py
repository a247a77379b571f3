"""The four files of MNIST: how they are called, what is in them, where they are looked for.

The set is by LeCun, Cortes and Burges (1998), http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.cache import cache_dir
from fishlab.core.data.dataset import SAMPLES, Dataset, ImageSet, Survey, image_set
from fishlab.core.data.idx import Idx, read_idx
from fishlab.core.data.idx_head import read_head
from fishlab.core.errors import DataError


@dataclass(frozen=True)
class MnistFile:
    """One of the four files: its usual name without .gz, its dimensions, and what it is, unpacked."""

    name: str
    dimensions: int
    size: int
    sha256: str

    def find(self, folder: Path) -> Path | None:
        """Where the file is in a folder, under any of its usual names, or None."""
        dotted = self.name.replace("-idx", ".idx")
        names = (self.name, dotted, f"{self.name}.gz", f"{dotted}.gz")
        return next((folder / name for name in names if _exists(folder / name)), None)


FILES = (
    MnistFile(
        "train-images-idx3-ubyte", 3, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    MnistFile(
        "train-labels-idx1-ubyte", 1, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    MnistFile(
        "t10k-images-idx3-ubyte", 3, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    MnistFile(
        "t10k-labels-idx1-ubyte", 1, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
)
_INSIDE = ("", "mnist", "MNIST/raw")  # where people's downloads put the files inside the folder they name


def kept_folder() -> Path:
    """Where a fetched set is kept, there or not."""
    return cache_dir() / "mnist"


def find_mnist(folder: str = "") -> Path | None:
    """The folder that holds all four files, plain or gzipped, or None; looks at names only.

    With a name, that folder is searched and no other; without, FISHLAB_DATA_DIR and then the cache.
    """
    return find_files(folder, _INSIDE, _INSIDE)


def find_files(folder: str, named: Sequence[str], usual: Sequence[str]) -> Path | None:
    """The place that holds four files called as MNIST's: inside a named folder, else inside the usual ones."""
    places = [folder] if folder else usual_places()
    tried = (_expanded(place) / inside for place in places for inside in (named if folder else usual))
    return next((place for place in tried if all(file.find(place) for file in FILES)), None)


def usual_places() -> list[str]:
    """The folders where data sets are looked for unless one is named: FISHLAB_DATA_DIR and the cache."""
    return [place for place in (os.environ.get("FISHLAB_DATA_DIR", ""), str(cache_dir())) if place]


def _expanded(place: str) -> Path:
    try:
        return Path(place).expanduser()
    except RuntimeError:  # the home of nobody
        return Path(place)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no permission, a name too long: not a place to find anything in
        return False


def read_mnist(folder: Path) -> Dataset:
    """The set in a folder, its form checked; "MNIST" if it is MNIST to the last bit, else "IDX folder NAME".

    Other sets of the same form are welcome. Raises DataError.
    """
    train, test, genuine = read_files(folder)
    return Dataset(_name(folder, genuine), "mnist", train, test)


def read_files(folder: Path) -> tuple[ImageSet, ImageSet, list[bool]]:
    """What to learn from and what to test on, and which of the FILES are MNIST's to the last bit; raises DataError."""
    read = [_read_file(file, folder) for file in FILES]
    train = _pair(read[0], read[1], folder, "training")
    test = _pair(read[2], read[3], folder, "test")
    if train.shape != test.shape:
        raise DataError(f"“{folder}” has training images of {train.shape} and test images of {test.shape}. Both must "
                        "have the same size: choose the folder of one data set.")
    return train, test, [file.sha256 == found.sha256 for file, found in zip(FILES, read, strict=True)]


def survey_files(name: str, folder: Path, class_names: tuple[str, ...]) -> Survey:
    """How many images the files of a folder announce; raises OSError or ValueError."""
    (train, images), (test, _) = (read_head(path, 1) for path in _image_files(folder))
    return Survey(name, train, test, folder, (1, *images.shape[1:]), class_names)


def first_images(folder: Path, count: int = SAMPLES) -> NDArray[np.uint8]:
    """The first `count` images to learn from, (n, H, W); raises OSError or ValueError."""
    return read_head(_image_files(folder)[0], count)[1]


def read_labels(folder: Path) -> NDArray[np.uint8]:
    """The labels to learn from, (N,); raises DataError."""
    return _read_file(FILES[1], folder).array


def _image_files(folder: Path) -> list[Path]:
    return [path for file in FILES if file.dimensions == 3 and (path := file.find(folder))]


def _read_file(file: MnistFile, folder: Path) -> Idx:
    path = file.find(folder)
    if path is None:
        raise DataError(f"“{folder}” has no file {file.name} or {file.name}.gz. Choose the folder with the four files "
                        "of MNIST, or leave the folder empty to fetch them.")
    return read_idx(path, file.dimensions)


def _pair(images: Idx, labels: Idx, folder: Path, part: str) -> ImageSet:
    if len(images.array) != len(labels.array):
        raise DataError(f"“{folder}” has {len(images.array):,} {part} images and {len(labels.array):,} labels. There "
                        "must be one label for each image: fetch the files again.")
    highest = int(labels.array.max())
    if highest > 9:
        raise DataError(f"“{folder}” has a {part} label {highest}. FishLab learns ten classes, labels 0 to 9: fetch "
                        "the files again, or choose another data set.")
    return image_set(images.array, labels.array)


def _name(folder: Path, genuine: list[bool]) -> str:
    if all(genuine):
        return "MNIST"
    # Another data set has other images throughout, even if it kept the labels.
    if genuine[0] or genuine[2]:
        odd = ", ".join(file.name for file, good in zip(FILES, genuine, strict=True) if not good)
        raise DataError(f"“{folder}” holds MNIST, but not all of it is right: {odd} differs from the original. Fetch "
                        "it again.")
    return f"IDX folder {folder.resolve().name}"
