"""What scaling and augmentation make of images: the same ones before and after, and what the numbers are like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.augmentation import augmented
from fishlab.core.data.dataset import Values
from fishlab.core.data.overview import Overview
from fishlab.core.data.preview import ENOUGH
from fishlab.core.data.scaling import find_scaling
from fishlab.core.spec import WHITENED, DataSpec

BINS = 48
MOST_MEASURED = 2**24  # numbers, each of which takes eight bytes several times over

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Measures:
    """What numbers are like: mean, standard deviation, least and largest, and how many lie in each of BINS bins.

    `deviations` are the least and the largest deviation of one pixel or feature. `neighbours` is the correlation of
    pixels that touch, from -1 to 1; None where there are none, or they never change.
    """

    mean: float
    deviation: float
    low: float
    high: float
    deviations: tuple[float, float]
    neighbours: float | None
    bins: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Some images `before` and `after` (n, ...), and the measures of `found_from` images to learn from."""

    before: Values
    after: NDArray[np.float32]
    measures_before: Measures
    measures_after: Measures
    found_from: int


def compare(found: Overview, spec: DataSpec, numbers: Numbers) -> Comparison:
    """Scale the images of these numbers as the spec says.

    The scaling is found, and measured, from images spread evenly over those to learn from: all of them for one that
    has two numbers, up to ENOUGH for one with numbers for every pixel, fewer where images are very large; a run takes
    all. Raises DataError where images are too large to be whitened.
    """
    learned = found.parts["train"]
    count = max(1, min(ENOUGH, len(learned), MOST_MEASURED // math.prod(found.shape)))
    few = learned[np.linspace(0, len(learned) - 1, count).astype(np.intp)]
    sample = found.images[few]
    scaling = find_scaling(sample if spec.scaling in WHITENED else found.images[learned], spec)
    before = found.images[numbers]
    after = scaling.apply(before)
    return Comparison(before, after, measure(sample), measure(scaling.apply(sample)), len(few))


def variants(found: Overview, spec: DataSpec, numbers: Numbers, draws: int) -> NDArray[np.float32]:
    """The images of these numbers as they are, and then as a training would change them, drawn so many times.

    (1 + draws, n, C, H, W), in the range of the images: 0 to 255 for grey levels, 0 to 1 for other numbers. Raises
    DataError for anything but images.
    """
    images = found.images[numbers]
    changed = [augmented(images, spec.augmentation, seed=0, step=step) for step in range(draws)]
    return np.stack([images.astype(np.float32), *changed])


def measure(images: Values) -> Measures:
    """What the numbers of images (n, ...) are like."""
    rows = images.reshape(len(images), -1).astype(np.float64)
    low, high = float(rows.min()), float(rows.max())
    deviations = rows.std(axis=0)
    bins = np.histogram(rows, BINS, (low, high if high > low else low + 1))[0]
    return Measures(
        float(rows.mean()), float(rows.std()), low, high, (float(deviations.min()), float(deviations.max())),
        _neighbours(images), tuple(map(int, bins)),
    )  # fmt: skip


def _neighbours(images: Values) -> float | None:
    """Correlation of each pixel with the one to its right."""
    if images.ndim != 4 or images.shape[3] < 2:
        return None
    left, right = (_less_mean(images[..., part]) for part in (slice(None, -1), slice(1, None)))
    size = math.sqrt(float(np.vdot(left, left)) * float(np.vdot(right, right)))
    return float(np.vdot(left, right)) / size if size > 0 else None


def _less_mean(values: NDArray[Any]) -> NDArray[np.float64]:
    exact = values.astype(np.float64)
    exact -= exact.mean()
    return exact
