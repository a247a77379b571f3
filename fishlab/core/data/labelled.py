"""What own data of every form have in common: labels that make classes, a share to test, room in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import MOST_NAME, ImageSet, Values
from fishlab.core.errors import DataError
from fishlab.core.free_memory import free_bytes
from fishlab.core.layers import Shape
from fishlab.core.layers.base import shape_text
from fishlab.core.randomness import Stream, stream
from fishlab.core.spec import MOST_CLASSES

MOST_BYTES = 4 * 2**30
LEAST_PIXELS = 64  # from so many on, a square number of grey levels is taken for an image

Labels = NDArray[np.intp]
Row = Callable[[int], str]
"""How a row is called in a message, from its number, which counts from 0."""


def existing_file(name: str, what: str) -> Path:
    """The path of a file that is there; DataError for an empty name, a folder, a pipe or nothing."""
    if not name:
        raise DataError(f"No {what} is chosen. Choose one in the field File.")
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
    except (OSError, ValueError, RuntimeError):  # no permission, a name too long, the home of nobody
        path = Path(name)
    raise DataError(f"“{name}” is no file that can be read; expected was a {what}. Choose another file.")


def refuse_much(path: Path, count: int, shape: Shape, size: int) -> None:
    """Raise DataError where `count` images of this shape, `size` bytes a number, have no room in memory."""
    free = free_bytes()
    most = MOST_BYTES if free is None else min(MOST_BYTES, free // 3)  # the parts of it are copied once
    needed = count * math.prod(shape) * size
    if needed > most:
        raise DataError(
            f"“{path}” holds {count:,} images or rows of {shape_text(shape)}: {needed / 1e9:,.1f} GB, and "
            f"{most / 1e9:,.1f} GB can be used for it. Use fewer, or smaller ones."
        )


# -- labels ----------------------------------------------------------------------------------------------------------
def labels_of(found: Sequence[str] | NDArray[Any], path: Path, row: Row) -> tuple[Labels, tuple[str, ...]]:
    """Labels (N,) and the names of their classes, from whole numbers from 0 on, or from words, one for each class.

    Raises DataError that names the row.
    """
    values = np.asarray(found)
    if np.issubdtype(values.dtype, np.character):
        values = _numbers_or_words(values.astype(str), path, row)
    if np.issubdtype(values.dtype, np.character):
        words, labels = np.unique(values, return_inverse=True)
        return labels.astype(np.intp), _checked_names(tuple(map(str, words)), path)
    labels = _whole(values, path, row)
    counts = np.bincount(labels)
    if not counts.all():
        raise DataError(
            f"“{path}” has labels up to {len(counts) - 1} and none of class {int(counts.argmin())}. Every class needs "
            "an image: number the classes 0, 1, 2 and so on."
        )
    return labels, _checked_names(tuple(map(str, range(len(counts)))), path)


def _numbers_or_words(words: NDArray[np.str_], path: Path, row: Row) -> NDArray[Any]:
    numeric = np.array([is_number(word) for word in words])
    if numeric.all():
        return words.astype(np.float64)
    if numeric.any():
        odd = int((numeric != numeric[0]).argmax())
        raise DataError(
            f"“{path}” has the label {str(words[odd])[:40]!r} in {row(odd)}, and {str(words[0])[:40]!r} in {row(0)}. "
            "Labels are all whole numbers or all words: mend that row."
        )
    if not all(words):
        raise DataError(f"“{path}” has no label in {row(int((words == '').argmax()))}. Write one there.")
    return words


def is_number(word: str) -> bool:
    """Whether a word of a file reads as a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _whole(values: NDArray[Any], path: Path, row: Row) -> Labels:
    with np.errstate(invalid="ignore"):
        good = np.isfinite(values) & (values >= 0) & (values < MOST_CLASSES) & (values == np.floor(values))
    if not good.all():
        odd = int(good.argmin())
        raise DataError(
            f"“{path}” has the label {values[odd]:g} in {row(odd)}; expected was a whole number, "
            f"0 to {MOST_CLASSES - 1}. Mend that row, or name the column or array that holds the labels."
        )
    return values.astype(np.intp)


def _checked_names(names: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if not 2 <= len(names) <= MOST_CLASSES:
        raise DataError(
            f"“{path}” has {len(names):,} {'class' if len(names) == 1 else 'classes'}; expected were 2 to "
            f"{MOST_CLASSES:,}. Name the column or array that holds the labels, or add images of another class."
        )
    long = next((name for name in names if len(name) > MOST_NAME), None)
    if long is not None:
        raise DataError(
            f"“{path}” has a class whose name has {len(long):,} letters, {long[:40]!r}…; at most {MOST_NAME} are kept. "
            "Name the column or array that holds the labels."
        )
    return names


# -- parts -----------------------------------------------------------------------------------------------------------
def count_to_test(count: int, share: float, classes: int = 2) -> int:
    """How many of `count` images are set aside to test: their share, but one of each class is left."""
    return max(0, min(round(share * count), count - classes))


def split_test(labels: Labels, share: float) -> tuple[Labels, Labels]:
    """The numbers of the images to learn from and of those to test on: of each class the same share, drawn by lot.

    The same labels are always split alike, and of each class at least one image is there to learn from.
    """
    counts = np.bincount(labels)
    kept = _quotas(counts, share)
    orders = [
        stream(0, Stream.TEST_SPLIT, label).permutation(np.flatnonzero(labels == label)) for label in range(len(counts))
    ]
    test = np.concatenate([order[:most] for order, most in zip(orders, kept, strict=True)])
    learn = np.concatenate([order[most:] for order, most in zip(orders, kept, strict=True)])
    return np.sort(learn), np.sort(test)


def _quotas(counts: Labels, share: float) -> Labels:
    """How many of each class are tested on: its share rounded down, and one more where most was cut off."""
    most = np.maximum(counts - 1, 0)
    kept: Labels = np.minimum(np.floor(share * counts).astype(np.intp), most)
    missing = count_to_test(int(counts.sum()), share, len(counts)) - int(kept.sum())
    for label in np.argsort(kept - share * counts, kind="stable"):
        if missing > 0 and kept[label] < most[label]:
            kept[label] += 1
            missing -= 1
    return kept


def parted(images: Values, labels: Labels, share: float) -> tuple[ImageSet, ImageSet]:
    """What to learn from and what to test on, of data that do not say which is which."""
    learn, test = split_test(labels, share)
    return ImageSet(images[learn], labels[learn]), ImageSet(images[test], labels[test])


def shaped(rows: Values, row_is: str, path: Path, size: tuple[int, int] = (0, 0)) -> Values:
    """Rows (N, F) as what they stand for: images (N, C, H, W), a colour after the other, or features float32 (N, F).

    Images have `size` where that is as many numbers, else as many rows as columns. Raises DataError for neither.
    """
    count = rows.shape[1]
    side = math.isqrt(count)
    if row_is == "auto":
        row_is = "grey" if rows.dtype == np.uint8 and side * side == count >= LEAST_PIXELS else "features"
    if row_is == "features":
        return rows.astype(np.float32, copy=False)
    channels = 3 if row_is == "colour" else 1
    if channels * math.prod(size) == count:
        sized: Values = rows.reshape(-1, channels, *size)
        return sized
    side = math.isqrt(count // channels)
    if channels * side * side != count:
        near = f"{channels * side * side:,} or {channels * (side + 1) ** 2:,}"
        raise DataError(
            f"“{path}” has {count:,} numbers in a row; {row_is} images take {channels} × rows × columns, as many rows "
            f"as columns: {near}. Set “Image size” to rows and columns that make {count:,}, choose features for “Rows "
            "are”, or name the label column."
        )
    images: Values = rows.reshape(-1, channels, side, side)
    return images


def compact(values: NDArray[Any]) -> Values:
    """uint8 where all values are whole numbers of 0 to 255, else float32. Values are finite."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * np.uint8(255)
    levels = values.astype(np.uint8) if values.size and values.min() >= 0 and values.max() <= 255 else None
    return levels if levels is not None and np.array_equal(levels, values) else values.astype(np.float32)
