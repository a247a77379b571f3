"""Sets of the form of MNIST, in four files called as its are: Fashion-MNIST and KMNIST.

They are read where they are and never fetched. Sources: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel
Image Dataset for Benchmarking Machine Learning Algorithms" (2017); T. Clanuwat et al., "Deep Learning for Classical
Japanese Literature" (2018).
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, SAMPLES, Dataset, Progress, Source, Survey, Values
from fishlab.core.data.mnist_files import (
    FILES,
    find_files,
    first_images,
    read_files,
    read_labels,
    survey_files,
    usual_places,
)
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec


class LikeMnist(Source):
    """The set in the folder of the spec; without one in a folder of its name in FISHLAB_DATA_DIR or the cache."""

    by_name = True
    title: ClassVar[str]
    inside: ClassVar[tuple[str, ...]]  # where downloads put the files
    names: ClassVar[tuple[str, ...]]

    def find(self, spec: DataSpec) -> DataSpec | None:
        folder = self.folder(spec.folder)
        return spec.replace(folder=str(folder)) if folder else None

    def key(self, spec: DataSpec) -> Hashable:
        folder = self.folder(spec.folder)
        files = [file.find(folder) for file in FILES] if folder else []
        return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path)

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        progress(f"Reading {self.title}", 0, 1)
        folder = self._at_hand(spec)
        train, test, genuine = read_files(folder)
        if any(genuine):
            raise DataError(f"“{folder}” holds MNIST, not {self.title}. Choose the folder of {self.title}, or MNIST.")
        return Dataset(self.title, spec.source, train, test, self.names)

    def survey(self, spec: DataSpec) -> Survey | None:
        return survey_files(self.title, self._at_hand(spec), self.names)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values | None:
        return first_images(self._at_hand(spec), count)[:, np.newaxis]

    def labels(self, spec: DataSpec) -> NDArray[np.uint8]:
        return read_labels(self._at_hand(spec))

    def _at_hand(self, spec: DataSpec) -> Path:
        folder = self.folder(spec.folder)
        if folder is None:
            raise DataError(self._missing(spec.folder))
        return folder

    def folder(self, named: str) -> Path | None:
        """Where the four files are, or None; looks at names only."""
        return find_files(named, ("", *self.inside), self.inside)

    def _missing(self, named: str) -> str:
        places = [named] if named else [str(Path(place, self.inside[0])) for place in usual_places()]
        files = ", ".join(file.name for file in FILES)
        return (
            f"{self.title} is not in {' or '.join(f'“{place}”' for place in places)}. Four files were expected there, "
            f"plain or with .gz at the end: {files}. Put them there, or choose the folder that holds them."
        )


@DATASETS.register("fashion_mnist", title="Fashion-MNIST", help="70,000 pieces of clothing in ten classes.")
class FashionMnist(LikeMnist):
    """Clothing, grey, 28 x 28."""

    title = "Fashion-MNIST"
    inside = ("fashion-mnist", "fashion_mnist", "FashionMNIST/raw")
    names = (
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    )  # fmt: skip


@DATASETS.register("kmnist", title="KMNIST", help="70,000 handwritten Japanese letters in ten classes.")
class Kmnist(LikeMnist):
    """Cursive hiragana, grey, 28 x 28."""

    title = "KMNIST"
    inside = ("kmnist", "KMNIST/raw")
    names = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
