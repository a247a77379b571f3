"""Pixels made comparable, each by itself, or all of them free of one another (chapter 3.6.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fishlab.core.errors import DataError
from fishlab.core.free_memory import free_bytes

MOST_FEATURES = 4096  # numbers in an image: the matrix has as many rows and columns
AT_ONCE = 4096
_MATRICES = 8  # covariance, product, directions with what finding them takes, result: in float64
_PARTS = 2

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Whitening:
    """Rows x (N, F) become (x - `mean`) `matrix`: mean (F,), matrix (F, F), or its diagonal (F,). All float32."""

    mean: Array
    matrix: Array

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Whitening):
            return NotImplemented
        return np.array_equal(self.mean, other.mean) and np.array_equal(self.matrix, other.matrix)

    __hash__ = None  # type: ignore[assignment]

    def apply(self, rows: Array, out: Array) -> None:
        """Fill `out` (N, F), which is not `rows`; these are used up."""
        rows -= self.mean
        if self.matrix.ndim == 1:
            np.multiply(rows, self.matrix, out=out)
        else:
            np.matmul(rows, self.matrix, out=out)

    def to(self, dtype: Any) -> Whitening:
        """The same in another number type; itself where it has that."""
        return Whitening(self.mean.astype(dtype, copy=False), self.matrix.astype(dtype, copy=False))


def standardising(rows: Array, scale: float, groups: int) -> Whitening:
    """What gives mean 0 and deviation 1 over `scale` times rows (N, F); a number that never changes becomes 0.

    Neighbouring numbers share mean and deviation, in so many equal groups: F for each by itself, or the channels.
    """
    mean = _mean(rows)
    variance = sum(np.square(part).sum(axis=0) for part in _centered(rows, mean)) / len(rows)
    common = _in_groups(mean, groups)
    deviation = np.sqrt(_in_groups(variance + (mean - common) ** 2, groups)) * abs(scale)
    return _whitening(common * scale, 1 / np.where(deviation > 0, deviation, 1.0))


def _in_groups(values: Array, groups: int) -> Array:
    """Each value (F,) replaced by the mean of its group."""
    return np.repeat(values.reshape(groups, -1).mean(axis=1), len(values) // groups)


def zca(rows: Array, scale: float, epsilon: float) -> Whitening:
    """ZCA whitening of `scale` times rows (N, F): the matrix (C + epsilon I)^-1/2, where C is their covariance.

    What comes out has covariance C (C + epsilon I)^-1, which is 1 in every direction that varies by much more than
    `epsilon`, and it stays as near to what went in as it can: an image remains an image. Bell and Sejnowski 1997.
    Raises DataError for rows of more than MOST_FEATURES numbers.
    """
    count = rows.shape[1]
    if count > MOST_FEATURES:
        raise DataError(
            f"Whitening images of {count:,} numbers would take a matrix of {count:,} x {count:,}; it goes up to "
            f"{MOST_FEATURES:,}. Choose another scaling, or smaller images."
        )
    _refuse_too_large(count)
    mean = _mean(rows)
    with threadpool_limits(1, "blas"):  # so that bits do not depend on the number of threads
        covariance = np.zeros((count, count))
        for part in _centered(rows, mean):
            covariance += part.T @ part
        variances, directions = np.linalg.eigh(covariance * (scale**2 / len(rows)))
        matrix = (directions / np.sqrt(np.maximum(variances, 0) + epsilon)) @ directions.T
    return _whitening(mean * scale, matrix)


def _refuse_too_large(count: int) -> None:
    """Raise DataError where whitening `count` numbers takes more memory than there is."""
    needed, free = 8 * count * (_MATRICES * count + _PARTS * AT_ONCE), free_bytes()
    if free is not None and needed > free:
        raise DataError(
            f"Whitening images of {count:,} numbers needs about {needed / 10**9:,.1f} GB of memory, and "
            f"{free / 10**9:,.1f} GB are free. Choose another scaling, or smaller images."
        )


def _mean(rows: Array) -> Array:
    mean: Array = rows.mean(axis=0, dtype=np.float64)
    return mean


def _centered(rows: Array, mean: Array) -> Iterator[Array]:
    """The rows less their mean in float64, some at a time."""
    for begin in range(0, len(rows), AT_ONCE):
        yield rows[begin : begin + AT_ONCE] - mean


def _whitening(mean: Array, matrix: Array) -> Whitening:
    return Whitening(mean.astype(np.float32), np.ascontiguousarray(matrix, np.float32))
