"""Images with labels, and the one way to get them: `load_dataset`.

Every source of images is entered in DATASETS; a DataSpec names one of them, or "auto" for the best at hand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import ArrayError
from fishlab.core.fields import whole_text
from fishlab.core.layers import Shape
from fishlab.core.registry import Registry
from fishlab.core.spec import DataSpec

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is; may raise Cancelled to stop the work."""


MOST_NAME = 255
"""Letters in the name of a class."""

Values = NDArray[np.uint8] | NDArray[np.float32]
DIGITS = tuple("0123456789")


def class_words(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    """What `count` classes are called: by their names, and by their numbers where there are no more names."""
    return (*names[:count], *map(str, range(len(names), count)))


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images (N, C, H, W) or rows of features (N, F), and their labels intp (N,). The arrays become read-only.

    Images are uint8 grey levels, or float32; features are float32. Raises ArrayError for anything else.

    `numbers` (N,) is what each is called wherever it is shown: its place among all images that were read to learn from
    (or to test), counted from 1. Whatever part of them is taken, and in whatever order, they keep it.
    """

    images: Values
    labels: NDArray[np.intp]
    numbers: NDArray[np.intp] = None  # type: ignore[assignment]  # in order from 1 unless some are taken

    def __post_init__(self) -> None:
        for what, array in (("images", self.images), ("labels", self.labels)):
            if not isinstance(array, np.ndarray):
                raise ArrayError(f"The {what} are a {type(array).__name__}: np.asarray makes the array of it they are.")
        if self.images.ndim not in (2, 4) or self.labels.shape != self.images.shape[:1]:
            raise ArrayError(
                f"Images {self.images.shape} and labels {self.labels.shape} do not go together: they are (N, C, H, W), "
                "or rows (N, F), and (N,)."
            )
        if self.images.dtype not in (np.uint8, np.float32):
            raise ArrayError(
                f"The images are {self.images.dtype}: they are uint8 of 0 to 255, or what images.astype(np.float32) "
                "gives."
            )
        if self.labels.dtype.kind not in "iu":
            raise ArrayError(f"The labels are {self.labels.dtype}: they are whole numbers, one for each image.")
        if self.labels.dtype != np.intp:
            object.__setattr__(self, "labels", self.labels.astype(np.intp))  # beyond all bounds becomes negative
        if self.numbers is None:
            object.__setattr__(self, "numbers", np.arange(1, len(self.labels) + 1))
        for array in (self.images, self.labels, self.numbers):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> Shape:
        """(C, H, W) of one image or (F,) of one row, to compare with a network's `in_shape`."""
        return self.images.shape[1:]

    def take(self, indices: NDArray[np.intp]) -> ImageSet:
        """A copy of some of the images, in the order of the indices."""
        return ImageSet(self.images[indices], self.labels[indices], self.numbers[indices])

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The places of the images by rising number (N,)."""
        return np.argsort(self.numbers, kind="stable")

    def place(self, number: int, step: int = 0) -> int:
        """Where the image of this number is, or the next one there is; `step` images on, or back; ends are ends."""
        rank = int(np.searchsorted(self.numbers, number, sorter=self.order))
        rank = min(rank, len(self) - 1) + step
        return int(self.order[max(0, min(rank, len(self) - 1))])


def image_set(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> ImageSet:
    """An ImageSet of one channel, from images (N, H, W) and labels (N,) as files and the generator have them."""
    return ImageSet(images[:, np.newaxis], labels.astype(np.intp))


@dataclass(frozen=True, eq=False)
class Dataset:
    """`name` is what the window shows, `kind` the source it came from, `class_names` what the labels 0, 1, ... mean."""

    name: str
    kind: str
    train: ImageSet
    test: ImageSet
    class_names: tuple[str, ...] = DIGITS

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", whole_text(self.name))
        object.__setattr__(self, "class_names", tuple(map(whole_text, self.class_names)))

    @property
    def shape(self) -> Shape:
        """(C, H, W) of one image or (F,) of one row."""
        return self.train.shape


@dataclass(frozen=True)
class Survey:
    """What a set would be: `train` and `test` images of the set called `name`; `folder` is None for what is made.

    `shape` and `class_names` are empty where only loading would tell.
    """

    name: str
    train: int
    test: int
    folder: Path | None = None
    shape: Shape = ()
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, dataset: Dataset, folder: Path | None = None) -> Survey:
        """The survey of a set that is there."""
        counts = len(dataset.train), len(dataset.test)
        return cls(dataset.name, *counts, folder, dataset.shape, dataset.class_names)


SAMPLES = 21  # images in a first look


class Source(ABC):
    """Where a data set comes from: one subclass, registered in DATASETS, is one more choice."""

    last_resort: ClassVar[bool] = False  # "auto" takes it only where nothing else is at hand
    by_name: ClassVar[bool] = False  # "auto" never takes it

    @abstractmethod
    def find(self, spec: DataSpec) -> DataSpec | None:
        """The spec to load this source with if its images are at hand without a network, else None; cheap."""

    @abstractmethod
    def key(self, spec: DataSpec) -> Hashable:
        """All that the images depend on; cheap."""

    @abstractmethod
    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        """Read, fetch or make the images; raises DataError, or what `progress` raises."""

    def survey(self, spec: DataSpec) -> Survey | None:
        """What `load` would give, found cheaply; None where it is not at hand. May raise DataError or OSError."""
        return None

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values | None:
        """Up to `count` images to learn from, of the shape that `load` gives them; otherwise like `survey`."""
        return None

    def labels(self, spec: DataSpec) -> NDArray[np.integer[Any]] | None:
        """The labels to learn from, where they are found without reading all images; otherwise like `survey`."""
        return None


DATASETS: Registry[type[Source]] = Registry("data set")

_last: tuple[Hashable, Dataset] | None = None


Load = Callable[[DataSpec, Progress], Dataset]
"""How somebody reads the data set that a spec names."""


def load_dataset(spec: DataSpec, *, progress: Progress | None = None) -> Dataset:
    """The images that a spec asks for; all of them, before subset, split and scaling.

    The set loaded last is kept, so that asking again costs nothing. Raises DataError, or what `progress` raises.
    """
    global _last
    kind, found = _resolve(spec)
    source = DATASETS[kind].item()
    remembered = _last
    if remembered is not None and remembered[0] == (kind, source.key(found)):
        return remembered[1]
    remembered = _last = None  # two sets would not fit in a small memory
    dataset = source.load(found, progress or _silent)
    _last = ((kind, source.key(found)), dataset)
    return dataset


def resolve_source(spec: DataSpec) -> str:
    """The kind of set that `load_dataset` would give, such as "mnist" or "digits", without loading it."""
    return _resolve(spec)[0]


def _resolve(spec: DataSpec) -> tuple[str, DataSpec]:
    if spec.source != "auto":
        return spec.source, spec
    candidates = (entry for entry in DATASETS if not entry.item.by_name)
    entries = sorted(candidates, key=lambda entry: entry.item.last_resort)
    found = ((entry.kind, entry.item().find(spec)) for entry in entries)
    return next((kind, ready) for kind, ready in found if ready is not None)


def _silent(what: str, done: int, total: int) -> None:
    pass
