"""A drawn digit as MNIST holds one: 28 x 28 grey levels, 20 pixels on its longest side, its mass in the middle.

Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits": digits are scaled into a box of
20 x 20 with their proportions kept and anti-aliased, then moved by whole pixels to bring the centre of mass to the
middle.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SIZE = 28
BOX = 20
CENTRE = 14.5  # from the upper left edge: the middle of pixel 14, where the mean of MNIST lies

Floats = NDArray[np.float32]


def as_mnist(raster: NDArray[np.generic]) -> Floats | None:
    """Return the drawing `raster` (H, W), ink above 0, as (1, 28, 28) float32 of 0..255; None where there is no ink.

    Every pixel is the mean of the area of the drawing that it covers, so edges are as soft as MNIST's.
    """
    drawing = np.asarray(raster, dtype=np.float64)
    if drawing.ndim != 2:
        raise ValueError(f"a drawing is (height, width), not {drawing.shape}")
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    ink = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    down = _coverage(len(ink), scale, _start(ink.sum(axis=1), scale))
    across = _coverage(ink.shape[1], scale, _start(ink.sum(axis=0), scale))
    levels = down @ ink @ across.T * (255.0 / drawing.max())
    image: Floats = np.rint(levels).astype(np.float32)[None]
    return image


def _start(mass: NDArray[np.float64], scale: float) -> int:
    """The pixel at which the scaled ink begins: its centre of mass nearest to the middle, nothing cut off."""
    centre = float(mass @ (np.arange(mass.size) + 0.5)) / float(mass.sum()) * scale
    return min(max(round(CENTRE - centre), 0), SIZE - math.ceil(mass.size * scale - 1e-9))


def _coverage(count: int, scale: float, start: float) -> NDArray[np.float64]:
    """How much of each of the 28 pixels every one of `count` cells covers, (28, count), laid out from `start`."""
    edges = start + scale * np.arange(count + 1)
    pixels = np.arange(SIZE)[:, None]
    overlap: NDArray[np.float64] = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return np.maximum(overlap, 0.0)
