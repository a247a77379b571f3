"""Images of one's own in IDX files, as those of MNIST: one file of images, one of labels, of any size and name.

Where the images' file is called train…, and there are files called t10k… or test… beside it, these are tested on.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, SAMPLES, Dataset, ImageSet, Progress, Source, Survey, Values
from fishlab.core.data.idx import read_first, read_idx
from fishlab.core.data.labelled import Labels, existing_file, labels_of, parted, refuse_much, shaped, split_test
from fishlab.core.errors import DataError
from fishlab.core.spec import DataSpec

_WHAT = "IDX file of images"
_TESTS = ("t10k", "test")


class Files(NamedTuple):
    """Where images and labels are, and where those to test on, if they have files of their own."""

    images: Path
    labels: Path
    test: tuple[Path, Path] | None


@DATASETS.register("idx", title="IDX files", help="Images and labels of your own in IDX files, as those of MNIST.")
class IdxFiles(Source):
    """The images in `file`, grey (N, H, W), in colour (N, H, W, 3) or (N, 3, H, W), or rows (N, F)."""

    by_name = True

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        found = find_idx(spec)
        looks = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in _each(found)]
        return tuple(looks), spec.test_share

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        progress("Reading images", 0, 1)
        found = find_idx(spec)
        labels, names = _labels(found)
        images = _all_images(found.images)
        _check_count(found.images, len(images), found.labels, len(labels[0]))
        if found.test is None:
            return Dataset(found.images.name, spec.source, *parted(images, labels[0], spec.test_share), names)
        to_test = _all_images(found.test[0])
        _check_count(found.test[0], len(to_test), found.test[1], len(labels[1]))
        if to_test.shape[1:] != images.shape[1:]:
            raise DataError(
                f"“{found.test[0]}” has images of another size than “{found.images}”; expected was the same for both. "
                "Mend it, or give it another name."
            )
        parts = ImageSet(images, labels[0]), ImageSet(to_test, labels[1])
        return Dataset(found.images.name, spec.source, *parts, names)

    def survey(self, spec: DataSpec) -> Survey:
        found = find_idx(spec)
        labels, names = _labels(found)
        shape = _shown(read_first(found.images, 1)[1], found.images).shape[1:]
        learn, test = labels if found.test is not None else split_test(labels[0], spec.test_share)
        return Survey(found.images.name, len(learn), len(test), found.images, shape, names)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values:
        found = find_idx(spec)
        return _shown(read_first(found.images, count)[1], found.images)

    def labels(self, spec: DataSpec) -> Labels:
        found = find_idx(spec)
        labels = _labels(found)[0][0]
        return labels if found.test is not None else labels[split_test(labels, spec.test_share)[0]]


# -- which files there are -------------------------------------------------------------------------------------------
def find_idx(spec: DataSpec) -> Files:
    """The files that a spec names, and those that belong to them; raises DataError. No file is opened."""
    images = existing_file(spec.file, _WHAT)
    if spec.label_file:
        labels = existing_file(spec.label_file, "IDX file of labels")
    else:
        beside = _beside(images)
        if beside is None:
            name = _label_name(images.name)
            wanted = f"; expected was a file “{name}”" if name != images.name else ""  # it names no images
            raise DataError(f"No labels are beside “{images}”{wanted}. Choose one in the field Label file.")
        labels = beside
    return Files(images, labels, _test_pair(images) if not spec.label_file else None)


def _label_name(name: str) -> str:
    """How the labels of images in a file of this name are called."""
    return re.sub(r"(?i)idx[234]", "idx1", re.sub("(?i)images", "labels", name))


def _beside(images: Path) -> Path | None:
    """The labels of an images' file."""
    return _packed_or_not(images, _label_name(images.name))


def _packed_or_not(beside: Path, name: str) -> Path | None:
    """Another file in the same folder that is called so, with .gz at the end or without."""
    bare = name.removesuffix(".gz")
    paths = (beside.with_name(bare), beside.with_name(f"{bare}.gz"))
    return next((path for path in paths if path != beside and path.is_file()), None)


def _test_pair(images: Path) -> tuple[Path, Path] | None:
    if "train" not in images.name.casefold():
        return None
    for word in _TESTS:
        test = _packed_or_not(images, re.sub("(?i)train", word, images.name, count=1))
        labels = _beside(test) if test else None
        if test is not None and labels is not None:
            return test, labels
    return None


def _each(found: Files) -> tuple[Path, ...]:
    return found.images, found.labels, *(found.test or ())


# -- what is in them -------------------------------------------------------------------------------------------------
def _labels(found: Files) -> tuple[tuple[Labels, Labels], tuple[str, ...]]:
    """The labels to learn from and those to test on, and the names of their classes."""
    files = (found.labels, *(found.test or ())[1:])
    read = [read_idx(path, 1).array for path in files]
    begin = len(read[0])
    labels, names = labels_of(np.concatenate(read), found.labels, lambda row: f"label {row:,}")
    return (labels[:begin], labels[begin:]), names


def _all_images(path: Path) -> Values:
    shape, _ = read_first(path, 0)
    refuse_much(path, shape[0], shape[1:], 1)
    return _shown(read_idx(path, len(shape)).array, path)


def _shown(images: NDArray[np.uint8], path: Path) -> Values:
    """Images (N, C, H, W), or rows (N, F), from what a file holds."""
    if images.ndim == 2:
        return shaped(images, "auto", path)
    if images.ndim == 3:
        return images[:, np.newaxis]
    if images.shape[3] <= 4 and images.shape[3] < images.shape[1]:  # channels stand last
        return np.moveaxis(images, 3, 1).copy()
    return images


def _check_count(images: Path, count: int, labels: Path, labelled: int) -> None:
    if count != labelled:
        raise DataError(
            f"“{images}” has {count:,} images and “{labels}” {labelled:,} labels; expected was one label for each "
            "image. Choose files that belong together."
        )
