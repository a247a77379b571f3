"""From straight pieces of a pen stroke to grey pixels.

For every pixel the distance to the nearest piece, divided by half the pen's width there, says how far inside (below 1)
or outside the stroke it lies. Images come last in the arrays, so that one operation handles a whole batch in long runs
of memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.digits.curves import Floats
from fishlab.core.data.digits.variation import BOX, Strength, Strokes

BATCH = 128  # images at a time: the working arrays stay in the processor's cache
SIZE = 28
CENTRE = 14  # row and column of MNIST's centre of mass, counted from 0
_RIGHT = np.array([[1], [0]], dtype=np.float32)  # any direction will do for a dot


def render(rng: np.random.Generator, strokes: Strokes, strength: Strength) -> NDArray[np.uint8]:
    """Draw the strokes: uint8 images (N, 28, 28), 255 is full ink."""
    count = len(strokes.pieces)
    images = np.zeros((count, SIZE, SIZE), dtype=np.uint8)
    order = np.argsort(strokes.pieces, kind="stable")  # alike numbers of pieces together
    for first in range(0, count, BATCH):
        some = order[first : first + BATCH]
        outside = signed_distance(strokes, some)
        boxes = ink(rng, outside, strength)
        for image, box, (row, column) in zip(some, boxes, offsets(boxes), strict=True):
            images[image, row : row + BOX, column : column + BOX] = box
    return images


def offsets(boxes: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Row and column of each box's first pixel (N, 2) that bring the centre of mass to (14, 14), as in MNIST."""
    rows, columns = boxes.sum(axis=2, dtype=np.float64), boxes.sum(axis=1, dtype=np.float64)
    centre = np.stack([rows @ np.arange(BOX), columns @ np.arange(BOX)], axis=1) / rows.sum(axis=1, keepdims=True)
    nearest: NDArray[np.intp] = np.clip(np.rint(CENTRE - centre), 0, SIZE - BOX).astype(np.intp)
    return nearest


def signed_distance(strokes: Strokes, some: NDArray[np.intp]) -> Floats:
    """Pixels from the stroke's outline, below 0 inside (20, 20, N), for the images ``some``."""
    pieces = int(strokes.pieces[some].max())
    half = strokes.half_width[some, :pieces].T
    start = strokes.starts[some, :pieces].transpose(1, 2, 0) / half[:, None]  # (pieces, 2, N), in half widths
    way = strokes.stops[some, :pieces].transpose(1, 2, 0) / half[:, None] - start
    length = np.hypot(way[:, 0], way[:, 1])
    dot = length < 1e-4
    unit = np.where(dot[:, None], _RIGHT, way / np.maximum(length, 1e-4)[:, None])
    nearest = np.full((BOX, BOX, len(some)), np.inf, dtype=np.float32)
    along, across, beyond = np.empty_like(nearest), np.empty_like(nearest), np.empty_like(nearest)
    grid = np.arange(BOX, dtype=np.float32)[:, None]
    for p in range(pieces):
        x, y = grid / half[p] - start[p, 0], grid / half[p] - start[p, 1]
        np.add((y * unit[p, 1])[:, None], (x * unit[p, 0])[None], out=along)
        np.subtract((y * unit[p, 0])[:, None], (x * unit[p, 1])[None], out=across)
        np.clip(along, 0, length[p], out=beyond)
        along -= beyond
        along *= along
        across *= across
        along += across
        np.minimum(nearest, along, out=nearest)
    np.sqrt(nearest, out=nearest)
    nearest -= 1
    nearest *= half.mean(axis=0)
    return nearest


def ink(rng: np.random.Generator, outside: Floats, strength: Strength) -> NDArray[np.uint8]:
    """Grey boxes (N, 20, 20) from distances: a soft and slightly rough edge, contrast, now and then a speck."""
    count: int = outside.shape[2]
    outside += np.float32(strength.outline) * rng.standard_normal(outside.shape, dtype=np.float32)
    edge = rng.uniform(1.0, 1.5, count).astype(np.float32)
    grey: Floats = 0.5 - outside / edge
    _add_specks(rng, grey, strength.specks)
    grey *= rng.uniform(1.0, 1.15, count).astype(np.float32)
    np.clip(grey, 0, 1, out=grey)
    grey *= 255
    return np.ascontiguousarray(np.rint(grey).astype(np.uint8).transpose(2, 0, 1))


def _add_specks(rng: np.random.Generator, grey: Floats, share: float) -> None:
    count: int = grey.shape[2]
    spotted = np.flatnonzero(rng.random(count) < share)
    row, column = rng.integers(0, BOX, (2, len(spotted)))
    grey[row, column, spotted] = rng.uniform(0.3, 1.0, len(spotted))
