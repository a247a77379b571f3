"""All that a set holds, to be looked through: its images by part and class, and what they are on the average.

The images to test are counted and not looked at. `overview_of_tests` does so, for whoever has opened their seal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import Dataset, Progress, Values, class_words, load_dataset, resolve_source
from fishlab.core.data.prepare import split
from fishlab.core.data.preview import obstacle, survey
from fishlab.core.errors import DataError
from fishlab.core.layers import Shape
from fishlab.core.spec import DataSpec

PARTS = ("train", "validation")
TEST = "test"
MOST_AVERAGES = 2**24  # numbers in the averages of all classes
_AT_ONCE = 2**20  # numbers that are summed in float64 at a time

Numbers = NDArray[np.intp]
Picture = NDArray[np.float32]
Load = Callable[[DataSpec, Progress], Dataset]


@dataclass(frozen=True, eq=False)
class Averages:
    """Over one part: `classes` (K, ...), the mean of each class, and `mean` and `deviation` of all (...).

    `classes` is None where there are too many and too large ones to keep. A class without images has the mean 0.
    """

    mean: Picture
    deviation: Picture
    classes: Picture | None


@dataclass(frozen=True, eq=False)
class Overview:
    """A set as its spec uses it. `images` and `labels` are all there are to learn from, shared and read-only.

    `parts` are the places of the images of each of PARTS, rising; `counts` how many of each class these are,
    (parts, K); `tests` how many are sealed to test; `low` and `high` the least and largest value of all; `averages`
    those of each part that has images. Of the images to test there is one too: with one part, TEST, and all in it.
    """

    name: str
    class_names: tuple[str, ...]
    images: Values
    labels: Numbers
    parts: dict[str, Numbers]
    counts: NDArray[np.intp]
    tests: int
    low: float
    high: float
    averages: dict[str, Averages]

    @property
    def shape(self) -> Shape:
        """(C, H, W) of an image, or (F,) of a row."""
        return self.images.shape[1:]

    @property
    def is_plane(self) -> bool:
        """Whether these are points of the plane."""
        return self.shape == (2,)

    @property
    def is_images(self) -> bool:
        """Whether these are images, rather than rows of numbers."""
        return len(self.shape) == 3

    @staticmethod
    def number(place: int) -> int:
        """What the image at a place is called (see ImageSet)."""
        return place + 1

    @staticmethod
    def place(number: int) -> int:
        """Where the image of this number is."""
        return number - 1

    def find(self, part: str, label: int | None = None) -> Numbers:
        """Where the images of a part are, or those of one class."""
        numbers = self.parts[part]
        return numbers if label is None else numbers[self.labels[numbers] == label]


def overview(
    spec: DataSpec, progress: Progress, *, seed: int = 0, load: Load | None = None, before: Overview | None = None
) -> Overview:
    """Read the set that a spec names, with `load` in place of `load_dataset`, and look through it.

    `before` is what the same spec and seed gave before: it is given back where the images are still the same. Nothing
    is fetched from a network. Raises DataError where the set is not at hand or cannot be read, and what `progress`
    raises.
    """
    if survey(spec) is None:
        raise DataError(obstacle(spec) or _missing(spec))
    dataset = load(spec, progress) if load else load_dataset(spec, progress=progress)
    if before is not None and before.images is dataset.train.images:
        return before
    return overview_of(dataset, spec, progress, seed=seed)


def _missing(spec: DataSpec) -> str:
    if resolve_source(spec) == "mnist" and not spec.folder:
        return "MNIST is not here yet. Get it in the Data tab, 11 MB, or press Run, which fetches it."
    return "The images cannot be read from where they were expected. Choose others in the Data tab."


def overview_of(dataset: Dataset, spec: DataSpec, progress: Progress, *, seed: int = 0) -> Overview:
    """Look through a set that is there; raises DataError where nothing is left to learn from."""
    images, labels = dataset.train.images, dataset.train.labels
    parts = dict(zip(PARTS, map(np.sort, split(dataset, spec, seed=seed)), strict=True))
    classes = max(len(dataset.class_names), int(labels.max()) + 1)
    counts = np.stack([np.bincount(labels[numbers], minlength=classes) for numbers in parts.values()])
    low, high = (0.0, 255.0) if images.dtype == np.uint8 else (float(images.min()), float(images.max()))
    averages = {
        part: average(images, labels, numbers, classes, progress) for part, numbers in parts.items() if len(numbers)
    }
    names = class_words(dataset.class_names, classes)
    return Overview(
        dataset.name, names, images, labels, parts, counts, len(dataset.test), low, high, averages
    )  # fmt: skip


def overview_of_tests(dataset: Dataset, learned: Overview, progress: Progress) -> Overview:
    """Look through the images to test of the set that `learned` shows the others of, in the same grey levels."""
    images, labels = dataset.test.images, dataset.test.labels
    classes = max(len(learned.class_names), int(labels.max(initial=-1)) + 1)
    parts = {TEST: np.arange(len(labels), dtype=np.intp)}
    averages = {TEST: average(images, labels, parts[TEST], classes, progress)} if len(labels) else {}
    counts = np.bincount(labels, minlength=classes)[None]
    names = class_words(learned.class_names, classes)
    return Overview(
        dataset.name, names, images, labels, parts, counts, 0, learned.low, learned.high, averages
    )  # fmt: skip


# -- averages --------------------------------------------------------------------------------------------------------
def average(images: Values, labels: Numbers, numbers: Numbers, classes: int, progress: Progress) -> Averages:
    """What the images of these numbers are on the average, found in float64."""
    shape = images.shape[1:]
    features = math.prod(shape)
    order = numbers[np.argsort(labels[numbers], kind="stable")]  # so that few classes meet in a block
    kept = np.zeros((classes, features)) if classes * features <= MOST_AVERAGES else None
    total, squares = np.zeros(features), np.zeros(features)
    for done, block in _blocks(order, features):
        progress("Looking through the images", done, len(order))
        rows = images[block].reshape(len(block), -1).astype(np.float64)
        total += rows.sum(axis=0)
        if kept is not None:
            present, starts = np.unique(labels[block], return_index=True)
            kept[present] += np.add.reduceat(rows, starts, axis=0)
        squares += np.square(rows, out=rows).sum(axis=0)
    mean = total / len(order)
    deviation = np.sqrt(np.maximum(squares / len(order) - mean**2, 0))
    if kept is not None:
        kept /= np.maximum(np.bincount(labels[order], minlength=classes), 1)[:, None]
    return Averages(_picture(mean, shape), _picture(deviation, shape), None if kept is None else _bank(kept, shape))


def _blocks(order: Numbers, features: int) -> Iterator[tuple[int, Numbers]]:
    size = max(1, _AT_ONCE // features)
    for begin in range(0, len(order), size):
        yield begin, order[begin : begin + size]


def _picture(values: NDArray[Any], shape: Shape) -> Picture:
    return values.astype(np.float32).reshape(shape)


def _bank(values: NDArray[Any], shape: Shape) -> Picture:
    return values.astype(np.float32).reshape(len(values), *shape)
