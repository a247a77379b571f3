"""Between the tensors of a convolution and its matrices: the same number in both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fishlab.core.layers.base import Shape, one_place
from fishlab.core.stepper import LayerTrace
from fishlab.core.stepper.links import Ranges
from fishlab.core.stepper.unfolded import row_of

_SAME = {"out": "rows", "dout": "drows", "W": "weights", "dW": "dweights"}
_OF = {matrix: name for name, matrix in _SAME.items()}
Marks = tuple[dict[str, Ranges], str, Shape | None]


def from_matrix(layer: LayerTrace, matrix: str, place: Shape) -> tuple[str, Shape] | None:
    """The tensor and the place in it of a number of a matrix; of `col`, the pixel that it is a copy of.

    None for a name that is no matrix's, and for a copy of the border.
    """
    row, column = place if len(place) == 2 else (0, 0)
    if matrix in ("rows", "drows"):
        return _OF[matrix], (column, *divmod(row, layer.out.shape[2]))
    weight = layer.parameter("W")
    if weight is None or matrix not in ("col", "dcol", "weights", "dweights"):
        return None
    if matrix in ("weights", "dweights"):
        return _OF[matrix], (column, *_unraveled(row, weight.shape[1:]))
    return None


def _unraveled(index: int, shape: Shape) -> Shape:
    return tuple(int(one) for one in np.unravel_index(index, shape))


def to_matrices(layer: LayerTrace, name: str, place: Shape, marks: Mapping[str, Ranges]) -> Marks:
    """The marks of the matrices, the matrix that has the number pointed at, and its place there."""
    weight = layer.parameter("W")
    if weight is None or name not in _SAME or len(place) not in (3, 4):
        return {}, "", None
    filters, depth = weight.shape[0], int(np.prod(weight.shape[1:]))
    if name in ("out", "dout"):
        row, number = row_of(layer, place)
        line = range(row, row + 1)
        found: dict[str, Ranges] = {"col": (line, range(depth)), "dcol": (line, range(depth))}
        found["weights"] = (range(depth), range(number, number + 1))
        return found, _SAME[name], (row, number)
    number, tap = place[0], int(np.ravel_multi_index(place[1:], weight.shape[1:]))
    rows = range(layer.out[0].size)
    column = range(number, number + 1)
    return {"drows": (rows, column), "rows": (rows, column), "col": (rows, range(tap, tap + 1))} | {
        _SAME[name]: one_place((tap, number))
    }, _SAME[name], (tap, number) if filters else None
