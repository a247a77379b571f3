"""A journal: what it takes to finish the part of an update whose worker died in the middle of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.parallel.board import Board, numbers


class Journal:
    """Keeps the optimizer's memory of the chunk that is being changed in place, and says how far a worker is.

    `rooms` (slots, chunk size) and `mark`, one whole number, lie where they outlive the worker. The mark is twice the
    number of the next chunk, and one more while that is being changed.
    """

    def __init__(self, rooms: Array, mark: Array) -> None:
        self._rooms, self._mark = rooms, numbers(mark)

    def begin(self, number: int) -> None:
        """The first chunk will be this one."""
        self._mark[0] = 2 * number

    def open(self, number: int, memory: Sequence[Array]) -> None:
        """Chunk `number` is about to be changed."""
        for room, vector in zip(self._rooms, memory, strict=True):
            np.copyto(room[: vector.size], vector)
        self._mark[0] = 2 * number + 1

    def close(self, number: int) -> None:
        """Chunk `number` has been changed."""
        self._mark[0] = 2 * number + 2

    @property
    def place(self) -> tuple[int, bool]:
        """The next chunk, and whether it was being changed."""
        number, half_done = divmod(self._mark[0], 2)
        return number, bool(half_done)

    def take_back(self, memory: Sequence[Array]) -> None:
        """Bring back the memory of the chunk that was being changed."""
        for room, vector in zip(self._rooms, memory, strict=True):
            np.copyto(vector, room[: vector.size])


def journal(board: Board, index: int) -> Journal:
    """The journal of one worker on a shared board."""
    return Journal(board["journal"][index], board["marks"][index])
