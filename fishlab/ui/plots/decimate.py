"""Long series made short enough to draw many times a second. NumPy only.

`envelope` keeps every peak: the lowest and the highest value of each run of samples. `running_mean` is the calm line in
front of it. Both cut at multiples of a power of two from the first sample on, so that what is drawn of the past stands
still while the series grows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]

MOST_RAW = 2000
MOST_SMOOTH = 320
WINDOW = 50


def finite(x: Floats, y: Floats) -> Points:
    """Return the points whose both numbers are finite."""
    sound = np.isfinite(x) & np.isfinite(y)
    return (x, y) if sound.all() else (x[sound], y[sound])


def envelope(x: Floats, y: Floats, most: int = MOST_RAW) -> Points:
    """Return at most `most` points through the minimum and maximum of each run of samples; a short series as it is."""
    x, y = finite(x, y)
    if len(x) <= most:
        return x, y
    run = _run_length(len(x), most // 2)
    starts = np.arange(0, len(x), run)
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    falls = y[starts] > y[np.minimum(starts + run, len(y)) - 1]
    pairs = np.where(falls[:, None], np.stack([high, low], axis=1), np.stack([low, high], axis=1))
    return np.repeat(x[starts], 2), pairs.ravel()


def running_mean(x: Floats, y: Floats, most: int = MOST_SMOOTH, window: int = WINDOW) -> Points:
    """Return at most `most` points of the mean over the last samples: `smoothing_window` of them, at the start a fifth.

    The short beginning keeps the line from lagging behind a loss that still falls quickly.
    """
    x, y = finite(x, y)
    if not len(x):
        return x, y
    at = _every(len(x), most)
    reach = np.minimum(smoothing_window(len(x), most, window), 1 + at // 5)
    sums = np.concatenate([[0.0], np.cumsum(y)])
    return x[at], (sums[at + 1] - sums[at + 1 - reach]) / reach


def quantile(values: Floats, share: float) -> float:
    """The value that `share` of `values` lie below, one of them itself; NumPy's own takes ten times as long for few."""
    rank = round(share * (len(values) - 1))
    return float(np.partition(values, rank)[rank])


def smoothing_window(count: int, most: int = MOST_SMOOTH, window: int = WINDOW) -> int:
    """How many samples one point of `running_mean` tells of: none is left out between two points."""
    return max(window, _run_length(count, most - 1))


def _every(count: int, most: int) -> NDArray[np.intp]:
    """Indices spread evenly over `count` samples, the last one always among them."""
    run = _run_length(count, most - 1)
    at = np.arange(0, count, run)
    return at if at[-1] == count - 1 else np.append(at, count - 1)


def _run_length(count: int, runs: int) -> int:
    """The smallest power of two that cuts `count` samples into at most `runs` runs."""
    length = 1
    while -(-count // length) > runs:
        length *= 2
    return length
