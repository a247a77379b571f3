"""What is done to data before a network sees it, and why it gets many at once (chapter 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.book.timing import timed
from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array


def scaled(images: ArrayLike) -> Array:
    """Grey levels 0..255 -> 0.0..1.0 (3.6.1)."""
    found: Array = np.asarray(images) / 255.0
    return found


def flattened(images: ArrayLike) -> Array:
    """images (N, ...) -> one row each, (N, D)."""
    found = np.asarray(images)
    return found.reshape(len(found), -1)


def one_hot(labels: ArrayLike, classes: int = 10) -> Array:
    """labels (N,) -> (N, classes): 1 at the label, 0 elsewhere (3.6.1). Raises DataError for a label out of range."""
    found = np.asarray(labels)
    if not np.issubdtype(found.dtype, np.integer):
        raise DataError(f"Labels are whole numbers, and these are {found.dtype}: convert them with astype(int).")
    wrong = found[(found < 0) | (found >= classes)]
    if wrong.size:
        raise DataError(f"The label {wrong[0]} is not one of {classes} classes, 0 to {classes - 1}.")
    rows: Array = np.eye(classes)[found]
    return rows


def standardized(x: ArrayLike) -> Array:
    """x (N, D) -> every column with mean 0 and deviation 1; a column that never changes becomes 0 (3.6.3)."""
    found = np.asarray(x, np.float64)
    centered = found - found.mean(axis=0)
    deviation = found.std(axis=0)
    standard: Array = centered / np.where(deviation > 0, deviation, 1.0)
    return standard


@dataclass(frozen=True, eq=False)
class BatchTiming:
    """The same answers twice, (N, K), and what each way took in seconds."""

    one_by_one: Array
    batch: Array
    one_by_one_seconds: float
    batch_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as fast the batch is."""
        return self.one_by_one_seconds / self.batch_seconds


def batch_against_one_by_one(predict: Callable[[Array], Array], x: Array) -> BatchTiming:
    """Ask for the N answers one after the other, then all at once (3.6.3). `predict` takes (N, ...), gives (N, K)."""
    singles, slow = timed(lambda: np.concatenate([predict(x[index : index + 1]) for index in range(len(x))]))
    together, fast = timed(lambda: predict(x))
    return BatchTiming(singles, together, slow, fast)
