"""A crew: the workers of a run, led by the thread that calls.

A step has two phases. First every worker computes the gradient of its share of the batch, then all gradients are
added up and the weights move: a large vector by parts, one each, a small one by the lead alone. What is computed in
which order depends on the number of workers and on nothing else, so that threads and processes give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.parallel.board import Board, numbers
from fishlab.core.parallel.worker import (
    CORRECT,
    COUNT,
    FIRST,
    GRADIENT,
    LOSS,
    NEXT,
    NEXT_COUNT,
    OPTIMIZER_STEPS,
    PHASE,
    STEP,
    TOTAL,
    UPDATE,
    Worker,
)

SPLIT_FROM = 4  # chunks: below, handing the update around takes longer than it does


class Team(Protocol):
    """The helpers of a crew, as the lead sees them. `active` counts the workers that take part, the lead too."""

    def call(self, active: int) -> None:
        """Let the helpers go on."""

    def gather(self, active: int) -> None:
        """Wait until they have arrived; raises HelperLost where one never will, or the error of a thread."""

    def close(self) -> None:
        """Send them home, whatever they are doing, and wait for it."""


class Alone:
    """No helpers."""

    def call(self, active: int) -> None:
        pass

    def gather(self, active: int) -> None:
        pass

    def close(self) -> None:
        pass


class Found(NamedTuple):
    """What a step found: the mean loss of its batch, how many images were right, and whether all is still finite."""

    loss: float
    correct: int
    finite: bool


class Crew:
    """Worker 0 and its team. Between two steps nothing moves."""

    def __init__(self, board: Board, lead: Worker, team: Team) -> None:
        self.board, self.lead, self.team = board, lead, team
        self.workers = lead.workers
        self._active = 1
        self._found = [numbers(row) for row in board["found"]]
        self._sums = board["sums"]
        self._state, self._good_state = board["state"], board["good_state"]
        self._split = self.workers > 1 and len(lead.update.chunks) >= SPLIT_FROM
        lead.sum = self._sum

    def close(self) -> None:
        """Send the helpers home."""
        self.team.close()

    def step(self, number: int, first: int, count: int, following: int) -> Found:
        """Learn from the images `first` to `first + count` of the epoch; `following` images come after them."""
        orders, state = self.lead.orders, self._state
        orders[PHASE], orders[STEP], orders[FIRST], orders[COUNT] = GRADIENT, number, first, count
        orders[NEXT], orders[NEXT_COUNT] = first + count, 0 if self._split else following
        np.copyto(self._good_state, state)
        active = self._active = min(self.workers, count)
        self.team.call(active)
        self.lead.gradient()
        self.team.gather(active)
        loss = sum(found[LOSS] for found in self._found[:active])
        correct = int(sum(found[CORRECT] for found in self._found[:active]))
        if not (math.isfinite(loss) and math.isfinite(np.add.reduce(state))):
            return Found(loss, correct, False)
        return Found(loss, correct, math.isfinite(self._update(following)))

    def _update(self, following: int) -> float:
        """Move all weights; returns their sum."""
        orders, lead = self.lead.orders, self.lead
        orders[OPTIMIZER_STEPS] = lead.optimizer.steps + 1
        if not self._split:
            lead.renew(0, 1)
            return float(self._found[0][TOTAL])
        orders[PHASE], orders[NEXT_COUNT] = UPDATE, following
        self.team.call(self.workers)
        lead.renew(0, self.workers)
        self.team.gather(self.workers)
        return float(sum(found[TOTAL] for found in self._found))

    def _sum(self, values: Array) -> Array:
        """Share.sum of the lead: it adds for all, in the order of the workers."""
        if self._active == 1:
            return values
        size = values.size
        self._sums[0, :size] = values.reshape(-1)
        self.team.gather(self._active)
        total = np.add(self._sums[0, :size], self._sums[1, :size], out=self._sums[-1, :size])
        for other in self._sums[2 : self._active, :size]:
            total += other
        self.team.call(self._active)
        return _as(total, values)


def sum_of_helper(
    board: Board, index: int, wait: Callable[[], None], arrive: Callable[[], None]
) -> Callable[[Array], Array]:
    """Share.sum of a helper: it hands its part in and gets what the lead has added up."""
    mine, total = board["sums"][index], board["sums"][-1]

    def sum_up(values: Array) -> Array:
        mine[: values.size] = values.reshape(-1)
        arrive()
        wait()
        return _as(total[: values.size], values)

    return sum_up


def _as(total: Array, values: Array) -> Array:
    """A sum in the shape and number type of its parts."""
    result: Array = total.astype(values.dtype).reshape(values.shape)
    return result
