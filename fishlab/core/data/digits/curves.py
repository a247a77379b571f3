"""From control points to a curve: one matrix per family, so that thousands of digits are drawn by one product.

The curve through the points of a stroke is a piecewise cubic (Hermite form). Knots lie the root of the mean chord apart
(the centripetal choice of Lee, 1989, which makes no loops of its own); the tangent at a point is that of the
parabola through it and its two neighbours (Bessel's tangents: de Boor, A Practical Guide to Splines, ch. IV), one-sided
at ends and corners. All of it is linear in the points, hence the matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.digits.families import Family, parse_families
from fishlab.core.data.digits.skeletons import SKELETONS

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

PIECE = 0.09  # aimed length of one straight piece, in unit squares: about 1.6 pixels
DRIFT_WAVES = 4


@dataclass(frozen=True)
class Bank:
    """All families, padded to one size so that images of different families share one array operation.

    F families, K skeletons, P control points, S strokes, Q nodes (ends of the straight pieces). Padded points stay 0
    and have no weight in the matrices; padded nodes repeat the last one.
    """

    labels: Ints  # (F,)
    weights: Floats  # (F,), sum 1 for each digit
    skeletons: Floats  # (F, K, P, 2)
    skeleton_mask: Floats  # (F, K), 1 where there is a skeleton
    sharp: Floats  # (F, Q, P): control points -> nodes, corners kept
    smooth: Floats  # (F, Q, P): the same with rounded corners
    drift: Floats  # (F, P, S * DRIFT_WAVES): cosines along each stroke
    ends: Ints  # (F, 2 * S): first and last control point of each stroke
    neighbours: Ints  # (F, 2 * S): the control point next to each of them
    lifted: NDArray[np.bool_]  # (F, Q - 1), the piece joins two strokes and is not drawn
    pieces: Ints  # (F,): pieces drawn, without the padding


@cache
def bank() -> Bank:
    """The bank of all families; built once."""
    return build_bank(parse_families(SKELETONS))


def build_bank(families: Sequence[Family]) -> Bank:
    """Matrices and tables for ``families``."""
    strokes = max(len(family.strokes) for family in families)
    points = max(family.points for family in families)
    layouts = [_pieces_per_interval(family) for family in families]
    laid_out = list(zip(families, layouts, strict=True))
    sharp = [_curve(family, layout, family.corners) for family, layout in laid_out]
    smooth = [_curve(family, layout, ()) for family, layout in laid_out]
    nodes = max(len(matrix) for matrix in sharp)
    most = max(len(family.skeletons) for family in families)
    ends = [_ends(family, strokes) for family in families]
    labels = np.array([family.label for family in families])
    weights = np.array([family.weight for family in families], dtype=np.float32)
    return Bank(
        labels=labels,
        weights=weights / np.bincount(labels, weights)[labels].astype(np.float32),
        skeletons=np.stack([_pad(family.skeletons, most, points) for family in families]),
        skeleton_mask=np.stack([_pad(np.ones(len(family.skeletons)), most) for family in families]),
        sharp=np.stack([_pad_nodes(matrix, nodes, points) for matrix in sharp]),
        smooth=np.stack([_pad_nodes(matrix, nodes, points) for matrix in smooth]),
        drift=np.stack([_pad(_drift(family), points, strokes * DRIFT_WAVES) for family in families]),
        ends=np.array([end for end, _ in ends]),
        neighbours=np.array([neighbour for _, neighbour in ends]),
        lifted=np.stack([_lifted(layout, nodes) for layout in layouts]),
        pieces=np.array([len(matrix) - 1 for matrix in sharp]),
    )


def interpolation(knots: NDArray[np.float64], corners: Iterable[int], samples: Sequence[int]) -> NDArray[np.float64]:
    """Matrix (nodes, points) of the cubic through points at ``knots``, with ``samples[i]`` pieces after point i."""
    count = len(knots)
    outgoing, incoming = _tangents(knots, set(corners))
    rows = []
    for i, pieces in enumerate(samples):
        step = knots[i + 1] - knots[i]
        for t in np.arange(pieces) / pieces:
            row = t * t * (3 - 2 * t) * _unit(i + 1, count) + (1 - t) ** 2 * (1 + 2 * t) * _unit(i, count)
            row += step * (t * (1 - t) ** 2 * outgoing[i] - t * t * (1 - t) * incoming[i + 1])
            rows.append(row)
    return np.array([*rows, _unit(count - 1, count)])


def _tangents(knots: NDArray[np.float64], corners: set[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of the matrices points -> tangent leaving and tangent reaching each point."""
    last = len(knots) - 1
    outgoing, incoming = np.zeros((last + 1, last + 1)), np.zeros((last + 1, last + 1))
    breaks = sorted({0, last} | corners)
    for first, final in pairwise(breaks):
        for i in range(first, final + 1):
            tangent = _parabola_tangent(knots, i, first, final)
            if i < final:
                outgoing[i] = tangent
            if i > first:
                incoming[i] = tangent
    return outgoing, incoming


def _parabola_tangent(knots: NDArray[np.float64], at: int, first: int, final: int) -> NDArray[np.float64]:
    """Row of the derivative at a knot, of the parabola through it and its neighbours within first..final (or line)."""
    row = np.zeros(len(knots))
    low = min(max(at - 1, first), max(final - 2, first))
    near = range(low, min(low + 2, final) + 1)
    for j in near:  # derivative of Lagrange's polynomial of node j
        others = [k for k in near if k != j]
        scale = np.prod([knots[j] - knots[k] for k in others])
        row[j] = sum(np.prod([knots[at] - knots[k] for k in others if k != left]) for left in others) / scale
    return row


def _curve(family: Family, layout: list[list[int]], corners: Iterable[int]) -> NDArray[np.float64]:
    """Block matrix of a family's strokes (nodes, points)."""
    matrix = np.zeros((sum(sum(samples) + 1 for samples in layout), family.points))
    row = column = 0
    for samples, stroke in zip(layout, family.strokes, strict=True):
        own = [i - column for i in corners if column < i < column + stroke - 1]
        part = interpolation(_knots(family, column, stroke), own, samples)
        matrix[row : row + len(part), column : column + stroke] = part
        row, column = row + len(part), column + stroke
    return matrix


def _chords(family: Family, first: int, count: int) -> NDArray[np.float64]:
    steps = np.diff(family.skeletons[:, first : first + count].astype(np.float64), axis=1)
    chords: NDArray[np.float64] = np.hypot(steps[..., 0], steps[..., 1]).mean(axis=0)
    return chords


def _knots(family: Family, first: int, count: int) -> NDArray[np.float64]:
    return np.concatenate(([0.0], np.cumsum(np.sqrt(_chords(family, first, count)))))


def _pieces_per_interval(family: Family) -> list[list[int]]:
    firsts = np.cumsum((0, *family.strokes[:-1]))
    return [
        [max(1, round(float(chord) / PIECE)) for chord in _chords(family, int(first), count)]
        for first, count in zip(firsts, family.strokes, strict=True)
    ]


def _drift(family: Family) -> NDArray[np.float64]:
    """Cosines of 0, 1/2, 1, 3/2 periods along each stroke (points, strokes * DRIFT_WAVES)."""
    matrix = np.zeros((family.points, len(family.strokes) * DRIFT_WAVES))
    first = 0
    for i, count in enumerate(family.strokes):
        knots = _knots(family, first, count)
        waves = np.cos(np.pi * np.outer(knots / knots[-1], np.arange(DRIFT_WAVES)))
        matrix[first : first + count, i * DRIFT_WAVES : (i + 1) * DRIFT_WAVES] = waves
        first += count
    return matrix


def _ends(family: Family, strokes: int) -> tuple[list[int], list[int]]:
    """Ends and their neighbours; the first stroke again where a family has fewer strokes."""
    ends: list[int] = []
    neighbours: list[int] = []
    first = 0
    for count in family.strokes:
        ends += [first, first + count - 1]
        neighbours += [first + 1, first + count - 2]
        first += count
    missing = strokes - len(family.strokes)
    return ends + ends[:2] * missing, neighbours + neighbours[:2] * missing


def _lifted(layout: list[list[int]], nodes: int) -> NDArray[np.bool_]:
    lifted = np.zeros(nodes - 1, dtype=np.bool_)
    lifted[np.cumsum([sum(samples) + 1 for samples in layout[:-1]], dtype=np.intp) - 1] = True
    return lifted


def _unit(i: int, count: int) -> NDArray[np.float64]:
    row = np.zeros(count)
    row[i] = 1.0
    return row


def _pad(array: NDArray[np.floating], *shape: int) -> Floats:
    """Zeros after the end of the leading axes."""
    widths = [(0, size - have) for size, have in zip(shape, array.shape, strict=False)]
    return np.pad(array, widths + [(0, 0)] * (array.ndim - len(shape))).astype(np.float32)


def _pad_nodes(matrix: NDArray[np.float64], nodes: int, points: int) -> Floats:
    """The last node again and again, zeros for points that are not there."""
    rows = np.pad(matrix, [(0, nodes - len(matrix)), (0, 0)], mode="edge")
    return _pad(rows, nodes, points)
