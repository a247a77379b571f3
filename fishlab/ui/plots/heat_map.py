"""A histogram over time as a picture: a column for each moment, a row for each bin. NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint32]


def heat_map(shares: Floats, x: Floats, end: float, size: tuple[int, int], colours: Pixels, ground: int) -> Pixels:
    """Shares (T, BINS) at moments `x` (T,), on an axis from 0 to `end`, as pixels (height, width); low bins below.

    Each column shows the moment next to it; behind the last one is `ground`. `colours` (256,), each 0xAARRGGBB, go by
    the root of the share: what is rare can still be told from what is not there.
    """
    height, width = size
    strength = np.sqrt(shares / max(float(shares.max(initial=0.0)), 1e-12))
    cells = colours[np.rint(strength * (len(colours) - 1)).astype(np.intp)]
    at = (np.arange(width) + 0.5) * (end / width)
    columns = cells[nearest(x, at)]
    columns[at > last_edge(x, end)] = ground
    bins = (np.arange(height)[::-1] * shares.shape[1]) // height
    return np.ascontiguousarray(columns.T)[bins]  # whole rows are copied: several times as fast as number by number


def nearest(x: Floats, at: Floats) -> NDArray[np.intp]:
    """The index of the moment of `x`, which ascends, next to each place of `at`."""
    return np.searchsorted((x[1:] + x[:-1]) / 2, at)


def last_edge(x: Floats, end: float) -> float:
    """How far the last moment reaches: as far as to the one before; a single one fills the axis."""
    return float(x[-1] + (x[-1] - x[-2]) / 2) if len(x) > 1 else end
