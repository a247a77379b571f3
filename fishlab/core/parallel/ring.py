"""A ring of prepared batches in shared memory: one process fills its slots, another takes from them.

The batch of step s lies in slot s % SLOTS. The one that takes says at which step it is; whatever lies up to SLOTS - 1
steps ahead of that may be filled, so that what it still looks at is never touched. A slot's stamp is written after its
rows. Neither waits for the other: what is not ready when it is wanted is not taken, and not prepared afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fishlab.core.data.batches import Batch, Indices
from fishlab.core.parallel.board import Board, Layout, numbers
from fishlab.core.parallel.pulse import fence, publish
from fishlab.core.parallel.task import LINE

SLOTS = 4
_STAMP, _COUNT = range(2)


def ring_layout(batch: int, shape: Sequence[int], dtype: str) -> Layout:
    """The arrays of a ring, for batches of up to so many images of this shape."""
    layout: dict[str, tuple[tuple[int, ...], str]] = {"now": ((LINE,), "int64"), "wake": ((LINE,), "int64")}
    for number in range(SLOTS):
        layout |= {
            f"stamp {number}": ((LINE,), "int64"),
            f"rows {number}": ((batch, *shape), dtype),
            f"labels {number}": ((batch,), "intp"),
            f"indices {number}": ((batch,), "intp"),
        }
    return layout


class Slot:
    """Room for one batch, and which one it is."""

    def __init__(self, board: Board, number: int) -> None:
        self._stamp = numbers(board[f"stamp {number}"])
        self._images = np.moveaxis(board[f"rows {number}"], 0, -1)
        self._labels, self._indices = board[f"labels {number}"], board[f"indices {number}"]

    def fill(self, step: int, indices: Indices, batch: Batch) -> None:
        """Put in the batch of a step, and say so."""
        count = len(indices)
        for room, array in zip((self._images, self._labels, self._indices), (*batch, indices), strict=True):
            np.copyto(room[..., :count], array)
        self._stamp[_COUNT] = count
        publish()
        self._stamp[_STAMP] = step + 1

    def holds(self, step: int) -> bool:
        """Whether the batch of a step is here, whole."""
        stamp: int = self._stamp[_STAMP]
        return stamp == step + 1

    def batch(self, step: int, indices: Indices) -> Batch | None:
        """The batch of a step, where it is here and of these very images. The arrays are the slot's own."""
        count = len(indices)
        if not self.holds(step):
            return None
        publish()
        if self._stamp[_COUNT] != count or not np.array_equal(self._indices[:count], indices):
            return None
        return self._images[..., :count], self._labels[:count]


class Ring:
    """The slots, the step at which the taker is, and the one from which a sleeping filler wants to be woken (or 0)."""

    def __init__(self, board: Board) -> None:
        self._now, self._wake = numbers(board["now"]), numbers(board["wake"])
        self.slots = [Slot(board, number) for number in range(SLOTS)]

    @property
    def now(self) -> int:
        """The step at which the taker is."""
        step: int = self._now[0]
        return step

    # -- the one that takes ------------------------------------------------------------------------------------------
    def take(self, step: int, indices: Indices) -> Batch | None:
        """Go on to a step, and get its batch if it is ready; it holds until the next call."""
        if step < self.now:
            return None
        publish()  # what was read of the last batch was read before
        self._now[0] = step
        return self.slots[step % SLOTS].batch(step, indices)

    def wanted(self) -> bool:
        """Whether the filler sleeps and should not any more: who is told so wakes it, once."""
        fence()
        wake = self._wake[0]
        if not 0 < wake <= self.now:
            return False
        self._wake[0] = 0
        return True

    # -- the one that fills ------------------------------------------------------------------------------------------
    def room(self, step: int) -> bool:
        """Whether the slot of a step may be filled."""
        if step >= self.now + SLOTS:
            return False
        publish()
        return True

    def may_sleep(self, step: int) -> bool:
        """Ask to be woken when half the slots are free, that of `step` first; False where they are free already."""
        wake = step - SLOTS // 2
        self._wake[0] = wake
        fence()
        return self.now < wake
