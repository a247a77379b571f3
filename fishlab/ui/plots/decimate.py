"""Long series made short enough to draw many times a second. NumPy only.

`envelope` keeps every peak: the lowest and the highest value of each run of samples. `means` is the calm line in front
of it. Runs are equally long, a power of two, or for a logarithmic axis longer and longer; both are counted from the
first sample on, so that what is drawn of the past stands still while the series grows.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]

MOST_RAW = 2000
MOST_CALM = 320
_DECADES = 7  # that a logarithmic axis has room for: ten million samples


def finite(x: Floats, y: Floats) -> Points:
    """Return the points whose both numbers are finite."""
    sound = np.isfinite(x) & np.isfinite(y)
    return (x, y) if sound.all() else (x[sound], y[sound])


def envelope(x: Floats, y: Floats, most: int = MOST_RAW, *, log: bool = False) -> Points:
    """Return at most `most` points through the minimum and maximum of each run of samples; a short series as it is.

    All numbers are finite, x rises. `log`: for a logarithmic x axis.
    """
    if len(x) <= most:
        return x, y
    starts = _starts(len(x), most // 2, log)
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    falls = y[starts] > y[_ends(starts, len(y))]
    pairs = np.where(falls[:, None], np.stack([high, low], axis=1), np.stack([low, high], axis=1))
    return np.repeat(x[starts], 2), pairs.ravel()


def means(x: Floats, y: Floats, most: int = MOST_CALM, *, log: bool = False) -> Points:
    """Return at most `most` points, each the mean of a run of samples, at its end; a short series as it is.

    None is left out between two points, however long the series is.
    """
    if len(x) <= most:
        return x, y
    starts = _starts(len(x), most, log)
    ends = _ends(starts, len(x))
    return x[ends], np.add.reduceat(y, starts) / (ends - starts + 1)


def quantile(values: Floats, share: float) -> float:
    """The value that `share` of `values` lie below, one of them itself; NumPy's own takes ten times as long for few."""
    rank = round(share * (len(values) - 1))
    return float(np.partition(values, rank)[rank])


def _starts(count: int, runs: int, log: bool) -> NDArray[np.intp]:
    """Where at most so many runs begin."""
    if not log:
        return np.arange(0, count, _run_length(count, runs))
    places = np.arange(math.log10(count) * (runs // _DECADES)) / (runs // _DECADES)
    starts = np.unique((10.0**places).astype(np.intp)) - 1
    return starts[starts < count][-runs:]


def _ends(starts: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The last sample of each run."""
    return np.append(starts[1:], count) - 1


def _run_length(count: int, runs: int) -> int:
    """The smallest power of two that cuts `count` samples into at most `runs` runs."""
    length = 1
    while -(-count // length) > runs:
        length *= 2
    return length
