"""Histograms: an even sample of many numbers, bins to sort it into, and the share of it in each. Plain arrays only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from fishlab.core.layers.base import Array

BINS = 80
SAMPLE = 10_000
WIDEST = 12  # decades of an axis of magnitudes
NO_DECADES = (-6, 0)  # that axis for numbers that are all zero
MOST = 0.998  # of the numbers lie within the axis
LEAST, LARGEST = 1e-300, 1e300  # ends of an axis

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """How numbers lie between `edges` (BINS + 1,).

    `shares` (BINS,) are those in each bin; the first and the last also have what lies beyond. `zeros` are those that
    are exactly zero, where they are counted apart, and `unfit` those that are infinite or no numbers. All of them add
    up to 1. `mean`, `std` and `largest`, the largest magnitude, are those of the finite numbers, with the zeros.
    """

    edges: Floats
    shares: Floats
    zeros: float
    unfit: float
    mean: float
    std: float
    largest: float


@dataclass(frozen=True, eq=False)
class HistogramRow:
    """The numbers of one layer, now and, where it is known, at the start, in the same bins.

    `name` is that of its parameter, `size` how many numbers there are; the histogram is of an even sample of them.
    `norm` is the square root of the sum of the squares of all of them, where that was asked.
    """

    uid: str
    number: str
    title: str
    name: str
    size: int
    now: Histogram
    before: Histogram | None = None
    norm: float = math.nan


def sample(values: Array, most: int = SAMPLE) -> Array:
    """All of a small array (n,), an even sample of a large one, about `most` numbers.

    The step has no divisor in common with the size, and so with none of its axes: it goes through the rows, columns,
    channels and images alike.
    """
    flat = values.ravel(order="K")
    return flat[:: _step(flat.size, max(1, flat.size // most))].copy()


def _step(size: int, wanted: int) -> int:
    """The step nearest to the one wanted that has no divisor in common with the size."""
    fewer = next(step for step in range(wanted, 0, -1) if math.gcd(step, size) == 1 or step == 1)
    more = next(step for step in count(wanted) if math.gcd(step, size) == 1 or step > size)
    return fewer if wanted * wanted < fewer * more else more


def histogram(values: Array, edges: Floats, *, apart: bool = False, log: bool = False) -> Histogram:
    """The histogram of `values` (n,) between evenly spaced `edges`.

    With `apart` numbers that are exactly zero are in no bin; with `log` edges are those of log10 of the magnitude, and
    zeros, which have none, are apart as well.
    """
    wide = values.astype(np.float64)
    finite = wide[np.isfinite(wide)]
    binned = finite[finite != 0] if apart or log else finite
    total = max(1, wide.size)
    with np.errstate(over="ignore"):
        mean, std = (float(finite.mean()), float(finite.std())) if finite.size else (math.nan, math.nan)
    return Histogram(
        edges,
        _counts(np.log10(np.abs(binned)) if log else binned, edges) / total,
        (finite.size - binned.size) / total,
        (wide.size - finite.size) / total,
        mean,
        std,
        float(np.abs(finite).max(initial=0.0)),
    )


def _counts(values: Floats, edges: Floats) -> NDArray[np.intp]:
    low, high, bins = float(edges[0]), float(edges[-1]), len(edges) - 1
    places = (values.clip(low, high) - low) * (bins / (high - low))
    return np.bincount(places.astype(np.intp).clip(0, bins - 1), minlength=bins)


def symmetric_edges(samples: Sequence[Array]) -> Floats:
    """Bins around zero that hold nearly all of each sample: weights, of which the largest few say little."""
    limit = _rounded_up(max((_quantile(np.abs(values)) for values in samples), default=0.0))
    return np.linspace(-1.0, 1.0, BINS + 1) * limit  # zero in the middle, to the last bit


def output_edges(values: Array, ends: tuple[float, float] | None = None) -> Floats:
    """Bins for what comes out of a layer: between its two ends, else from zero, else around zero."""
    if ends is not None and all(map(math.isfinite, ends)):
        return np.linspace(*ends, BINS + 1)
    limit = _rounded_up(_quantile(np.abs(values)))
    finite = values[np.isfinite(values)]
    low = 0.0 if finite.size and finite.min() >= 0 else -1.0
    return np.linspace(low, 1.0, BINS + 1) * limit


def magnitude_edges(samples: Sequence[Array]) -> Floats:
    """Bins of log10 of magnitudes, over whole decades, that hold nearly all of each sample but the smallest numbers."""
    spans = [span for values in samples if (span := _decades(values))]
    top = max((high for _, high in spans), default=NO_DECADES[1])
    low = min((low for low, _ in spans), default=NO_DECADES[0])
    return np.linspace(max(low, top - WIDEST), top, BINS + 1)


def _decades(values: Array) -> tuple[int, int] | None:
    """The whole decades around the magnitudes; None where all are zero."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)].astype(np.float64))
    if not sizes.size:
        return None
    low, high = np.log10(np.quantile(sizes, (1 - MOST, 1.0)))
    return math.floor(low), max(math.ceil(high), math.floor(low) + 1)


def _quantile(sizes: Array) -> float:
    finite = sizes[np.isfinite(sizes)].astype(np.float64)
    return float(np.quantile(finite, MOST)) if finite.size else 0.0


def _rounded_up(value: float) -> float:
    """The next number of two figures; 1 for zero, and LARGEST for what has no twice."""
    if not LEAST < value < LARGEST:
        return 1.0 if value <= LEAST else LARGEST
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / unit) * unit
