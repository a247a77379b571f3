"""Images or features of one's own in a NumPy archive, read without ever running what is in it.

The arrays are called images and labels, x and y, or data and target; with a part of their own to test, x_train,
y_train, x_test, y_test, or train_images, train_labels, test_images, test_labels.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DATASETS, SAMPLES, Dataset, ImageSet, Progress, Source, Survey, Values
from fishlab.core.data.labelled import compact, count_to_test, existing_file, labels_of, parted, refuse_much, shaped
from fishlab.core.errors import DataError
from fishlab.core.layers.base import shape_text
from fishlab.core.spec import DataSpec

SMALL = 2**20  # numbers that are read at once for a survey
_WHAT = "NPZ file"
PAIRS = (("images", "labels"), ("x", "y"), ("data", "labels"), ("data", "target"), ("features", "labels"))
FOURS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("train_x", "train_y", "test_x", "test_y"),
)
LONGEST_HEADER = 10_000
_HEADERS = {
    (1, 0): (2, np.lib.format.read_array_header_1_0),
    (2, 0): (4, np.lib.format.read_array_header_2_0),
}
# NumPy has Python's own parser read a header, which takes what memory it likes for some: it is given only what is a
# table of texts, truths and whole numbers.
_HEADER = re.compile(
    rb"\s*+\{\s*+(?:'(?:descr|fortran_order|shape)'\s*+:\s*+(?:'[^'\\]*+'|True|False|\([0-9L,\s]*+\))\s*+(?:,\s*+)?+)*+\}\s*+"
)
_NUMBERS = (np.bool_, np.integer, np.floating)
_LABELS = (*_NUMBERS, np.character)
_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, RuntimeError, NotImplementedError)


class Kept(NamedTuple):
    """One array of the archive: its name there, and what its header says of it."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@DATASETS.register("npz", title="NPZ file", help="Arrays of your own in a NumPy archive: images and labels.")
class Npz(Source):
    """The arrays of `file`; `row_is` says what the rows of a table (N, F) are."""

    by_name = True

    def find(self, spec: DataSpec) -> DataSpec:
        return spec

    def key(self, spec: DataSpec) -> Hashable:
        look = existing_file(spec.file, _WHAT).stat()
        return spec.file, look.st_mtime_ns, look.st_size, spec.row_is, spec.image_size, spec.test_share

    def load(self, spec: DataSpec, progress: Progress) -> Dataset:
        path = existing_file(spec.file, _WHAT)
        progress("Reading arrays", 0, 1)
        with opened(path) as archive:
            kept = chosen(archive, path)
            arrays = [_array(archive, item) for item in kept]
        train, test, names = _parts(arrays, kept, spec, path)
        return Dataset(path.name, spec.source, train, test, names)


    def survey(self, spec: DataSpec) -> Survey:
        path = existing_file(spec.file, _WHAT)
        with opened(path) as archive:
            kept = chosen(archive, path)
        if math.prod(kept[0].shape) <= SMALL:
            return Survey.of(self.load(spec, lambda *_: None), path)
        count = kept[0].shape[0]
        test = kept[2].shape[0] if len(kept) > 2 else count_to_test(count, spec.test_share)
        return Survey(path.name, count if len(kept) > 2 else count - test, test, path)

    def samples(self, spec: DataSpec, count: int = SAMPLES) -> Values:
        path = existing_file(spec.file, _WHAT)
        with opened(path) as archive:
            first = chosen(archive, path)[0]
            return _images(_array(archive, first)[:count], first, spec, path)

    def labels(self, spec: DataSpec) -> NDArray[np.intp] | None:
        path = existing_file(spec.file, _WHAT)
        with opened(path) as archive:
            small = math.prod(chosen(archive, path)[0].shape) <= SMALL
        return self.load(spec, lambda *_: None).train.labels if small else None


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it becomes a DataError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:
        raise
    except _BROKEN as error:
        raise DataError(
            f"“{path}” cannot be read as a NumPy archive ({str(error)[:120]}); expected was what numpy.savez writes. "
            "Write it again, or choose another file."
        ) from error
    except OSError as error:
        raise DataError(f"“{path}” cannot be read: {error.strerror or error}. Choose another file.") from error


def chosen(archive: zipfile.ZipFile, path: Path) -> tuple[Kept, ...]:
    """Images and labels, or those to learn from and those to test on, from their headers; raises DataError."""
    inside = {name[:-4].casefold(): name for name in archive.namelist() if name.endswith(".npy")}
    names = next((names for names in (*FOURS, *PAIRS) if all(name in inside for name in names)), None)
    if names is None:
        found = ", ".join(sorted(inside)[:8]) or "none"
        raise DataError(
            f"“{path}” holds the arrays {found}; expected were images and labels, x and y, or x_train, y_train, x_test "
            "and y_test. Save it with such names."
        )
    kept = tuple(_header(archive, inside[name], path) for name in names)
    for images, labels in zip(kept[::2], kept[1::2], strict=True):
        _check(images, labels, path)
    return kept


def _header(archive: zipfile.ZipFile, name: str, path: Path) -> Kept:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{name} has the format {version}")
        size, parse = _HEADERS[version]
        length = file.read(size)
        if int.from_bytes(length, "little") > LONGEST_HEADER:
            raise ValueError(f"{name} has a header longer than {LONGEST_HEADER:,} bytes")
        header = file.read(int.from_bytes(length, "little"))
        if not _HEADER.fullmatch(header):
            raise ValueError(f"{name} is no plain array")
        shape, _, dtype = parse(io.BytesIO(length + header))
    return Kept(name, shape, dtype)


def _check(images: Kept, labels: Kept, path: Path) -> None:
    """Form and size of a pair, before memory is taken for it."""
    for array, types, what in ((images, _NUMBERS, "numbers"), (labels, _LABELS, "numbers or words")):
        if not any(np.issubdtype(array.dtype, kept) for kept in types):
            found = "Python objects, which are never loaded," if array.dtype.hasobject else str(array.dtype)[:40]
            raise DataError(f"“{path}” holds {found} in {array.name}; expected were {what}. Save it as such.")
    if len(images.shape) not in (2, 3, 4) or math.prod(images.shape) == 0:
        raise DataError(
            f"“{path}” has {images.name} of {shape_text(images.shape) or 'one number'}; expected were images × rows × "
            "columns, with or without channels, or rows × features."
        )
    count = labels.shape[0] if labels.shape else 0
    if count != images.shape[0] or len(labels.shape) > 2:
        raise DataError(
            f"“{path}” has {images.shape[0]:,} images in {images.name} and labels of {shape_text(labels.shape)} in "
            f"{labels.name}; expected was one label for each image."
        )
    refuse_much(path, images.shape[0], images.shape[1:], images.dtype.itemsize + 4)
    refuse_much(path, count, labels.shape[1:] or (1,), labels.dtype.itemsize + 8)


def _array(archive: zipfile.ZipFile, kept: Kept) -> NDArray[Any]:
    with archive.open(kept.name) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return array


# -- from arrays to a set --------------------------------------------------------------------------------------------
def _parts(
    arrays: list[NDArray[Any]], kept: tuple[Kept, ...], spec: DataSpec, path: Path
) -> tuple[ImageSet, ImageSet, tuple[str, ...]]:
    begin = len(arrays[0])
    images = [_images(array, item, spec, path) for array, item in zip(arrays[::2], kept[::2], strict=True)]
    words = [_flat(array, item, path) for array, item in zip(arrays[1::2], kept[1::2], strict=True)]
    labels, names = labels_of(np.concatenate(words), path, lambda row: _row(row, begin, kept))
    if len(images) == 1:
        train, test = parted(images[0], labels, spec.test_share)
        return train, test, names
    if images[0].shape[1:] != images[1].shape[1:] or images[0].dtype != images[1].dtype:
        learn, test_on = (f"{shape_text(part.shape[1:])} of {part.dtype}" for part in images)
        raise DataError(
            f"“{path}” has images of {learn} to learn from and of {test_on} to test; expected were images of one size "
            "and one type. Save both alike."
        )
    return ImageSet(images[0], labels[:begin]), ImageSet(images[1], labels[begin:]), names


def _row(row: int, begin: int, kept: tuple[Kept, ...]) -> str:
    array, place = (kept[1], row) if row < begin else (kept[3], row - begin)
    return f"{array.name} [{place:,}]"


def _images(array: NDArray[Any], kept: Kept, spec: DataSpec, path: Path) -> Values:
    with np.errstate(all="ignore"):
        array = array.astype(np.float32) if np.issubdtype(array.dtype, np.floating) else array
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise DataError(
            f"“{path}” has a number that is not finite in {kept.name} [{row:,}]; expected were finite numbers. Mend "
            "that image, or leave it out."
        )
    values = compact(array)
    if values.ndim == 2:
        return shaped(values, spec.row_is, path, spec.image_size)
    if values.ndim == 3:
        return values[:, np.newaxis]
    last = values.shape[3] <= 4 and values.shape[3] < values.shape[1]  # channels stand last
    return _channels_first(values) if last else values


def _channels_first(images: Values) -> Values:
    turned: Values = np.moveaxis(images, 3, 1).copy()
    return turned


def _flat(array: NDArray[Any], kept: Kept, path: Path) -> NDArray[Any]:
    """Labels (N,), from (N,), (N, 1) or one-hot rows (N, K)."""
    if array.ndim == 1 or array.shape[1] == 1:
        return array.reshape(len(array))
    numbers = not np.issubdtype(array.dtype, np.character)
    if numbers and np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all():
        labels: NDArray[Any] = array.argmax(axis=1)
        return labels
    raise DataError(f"“{path}” has rows of {array.shape[1]:,} in {kept.name} that are not one-hot: a single 1 in each.")

