"""A tensor laid out as planes of cells: one plane for each channel, a matrix as it is, a row of numbers wrapped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Place = tuple[int, ...]
WIDE = 2.2  # of a cell of a wrapped row: its width over its height, so that a number has room


@dataclass(frozen=True)
class Plane:
    """How the numbers of a tensor of `shape` lie: `channels` planes of `rows` × `columns`."""

    shape: Place
    channels: int
    rows: int
    columns: int

    @classmethod
    def of(cls, shape: Place, aspect: float = 1.0) -> Plane:
        """For room whose width is `aspect` times its height."""
        if len(shape) == 1:
            columns = round(math.sqrt(shape[0] * max(aspect, 0.01) / WIDE)) or 1
            columns = min(max(1, columns), shape[0])
            return cls(shape, 1, -(-shape[0] // columns), columns)
        return cls(shape, math.prod(shape[:-2]), shape[-2], shape[-1])

    @property
    def cell_aspect(self) -> float:
        """Width over height of a cell; 0 where cells may have any."""
        return {1: WIDE, 2: 0.0}.get(len(self.shape), 1.0)

    def cell(self, place: Sequence[int]) -> tuple[int, int, int]:
        """Channel, row and column of a place in the tensor."""
        if len(self.shape) == 1:
            return 0, *divmod(place[0], self.columns)
        *lead, row, column = place
        return (int(np.ravel_multi_index(lead, self.shape[:-2])) if lead else 0), row, column

    def place(self, channel: int, row: int, column: int) -> Place | None:
        """The place in the tensor of a cell; None for one that has no number."""
        if not (0 <= channel < self.channels and 0 <= row < self.rows and 0 <= column < self.columns):
            return None
        if len(self.shape) == 1:
            index = row * self.columns + column
            return (index,) if index < self.shape[0] else None
        lead = np.unravel_index(channel, self.shape[:-2]) if len(self.shape) > 2 else ()
        return (*(int(index) for index in lead), row, column)

    def values(self, tensor: NDArray[np.floating], channel: int) -> NDArray[np.floating]:
        """One plane (rows, columns); cells without a number are NaN."""
        if len(self.shape) == 1:
            padded = np.full(self.rows * self.columns, np.nan, tensor.dtype)
            padded[: tensor.size] = tensor
            return padded.reshape(self.rows, self.columns)
        plane: NDArray[np.floating] = tensor.reshape(self.channels, self.rows, self.columns)[channel]
        return plane

    @property
    def spare(self) -> NDArray[np.bool_]:
        """Which cells (rows, columns) have no number: those at the end of a wrapped row."""
        cells = np.zeros(self.rows * self.columns, bool)
        if len(self.shape) == 1:
            cells[self.shape[0] :] = True
        return cells.reshape(self.rows, self.columns)

    def channel_in(self, ranges: Sequence[range], channel: int) -> int:
        """The channel nearest to `channel` that `ranges` of the tensor include."""
        lead = self.shape[:-2]
        if not lead:
            return 0
        now = np.unravel_index(channel, lead)
        near = [min(max(int(at), one.start), one.stop - 1) for at, one in zip(now, ranges, strict=False)]
        return int(np.ravel_multi_index(near, lead))

    def block(self, ranges: Sequence[range], channel: int) -> tuple[range, range] | None:
        """Rows and columns of a channel's plane that `ranges` of the tensor include; they may stick out."""
        if len(self.shape) == 1:
            one = ranges[0]
            if len(one) == 1:
                row, column = divmod(one.start, self.columns)
                return range(row, row + 1), range(column, column + 1)
            first, last = one.start // self.columns, (one.stop - 1) // self.columns
            return (range(first, last + 1), range(self.columns)) if len(one) else None
        lead = np.unravel_index(channel, self.shape[:-2]) if len(self.shape) > 2 else ()
        inside = all(int(at) in one for at, one in zip(lead, ranges, strict=False))
        rows, columns = ranges[-2:]
        return (rows, columns) if inside and len(rows) and len(columns) else None
