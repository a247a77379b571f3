"""A crew: the workers of a run, led by the thread that calls.

A step has two phases. First every worker computes the gradient of its share of the batch, then all gradients are
added up and the weights move: a large vector by parts, one each, a small one by the lead alone. What is computed in
which order depends on the number of workers and on nothing else, so that threads and processes give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from fishlab.core.errors import TrainingError
from fishlab.core.layers.base import Array
from fishlab.core.parallel import places as at
from fishlab.core.parallel.board import Board, numbers
from fishlab.core.parallel.journal import journal
from fishlab.core.parallel.worker import Worker

SPLIT_FROM = 100_000  # numbers: for fewer, handing the update around takes longer than it saves


class Helper(Protocol):
    """A worker that is not the lead, as the lead sees it."""

    def call(self) -> None:
        """Let it go on."""

    def gather(self) -> None:
        """Wait until it has arrived; raises HelperGone where it never will, or the error of a thread."""

    def dismiss(self) -> None:
        """Send it home, whatever it is doing."""

    def join(self) -> None:
        """Wait until it is gone."""


class Team:
    """The helpers of a crew. `active` counts the workers that take part in a step, the lead too.

    `journals`: they keep journals, from which others could finish their part of an update.
    """

    journals = False

    def __init__(self, helpers: Sequence[Helper] = ()) -> None:
        self._helpers = list(helpers)

    def call(self, active: int) -> None:
        """Let them go on."""
        for helper in self._helpers[: active - 1]:
            helper.call()

    def gather(self, active: int) -> None:
        """Wait for them; raises what one of them raises."""
        for helper in self._helpers[: active - 1]:
            helper.gather()

    def close(self) -> None:
        """Send them home, and wait until they are gone."""
        helpers, self._helpers = self._helpers, []
        for helper in helpers:
            helper.dismiss()
        for helper in helpers:
            helper.join()


class HelperGone(TrainingError):
    """A helper process could not be started, or is no longer there."""


class Found(NamedTuple):
    """What a step found: the mean loss of its batch, how many images were right, and whether all is still finite."""

    loss: float
    correct: int
    finite: bool


class Crew:
    """Worker 0 and its team. Between two steps nothing moves.

    Where helpers are gone, `stand_in` makes a team that takes their place, with the same result to the last bit;
    `lost` then says what happened. `moving`: weights are being changed; where an error came out of that they are
    neither the old nor the new ones.
    """

    def __init__(self, board: Board, lead: Worker, team: Team, stand_in: Callable[[], Team]) -> None:
        self.board, self.lead, self.team = board, lead, team
        self.lost = ""
        self.moving = self._computing = False
        self._stand_in = stand_in
        self._workers, self._active = lead.workers, 1
        self._found = [numbers(row) for row in board["found"]]
        self._sums = board["sums"]
        self._state, self._good_state = board["state"], board["good_state"]
        self._settings, self._clip_norm = board["settings"], lead.clip_norm
        self._split = self._workers > 1 and board["good"].size >= SPLIT_FROM
        self._journals = [journal(board, index) for index in range(1, self._workers)] if team.journals else []
        lead.sum = self._sum

    def close(self) -> None:
        """Send the helpers home. What an unfinished step did to the state is taken back."""
        self.team.close()
        if self._computing and not self.moving:
            np.copyto(self._state, self._good_state)
        self._computing = False

    def step(self, number: int, first: int, count: int, following: int) -> Found:
        """Learn from the images `first` to `first + count` of the epoch; `following` images come after them."""
        np.copyto(self._good_state, self._state)
        self._computing = True
        found = self._step(number, first, count, following)
        self._computing = False
        return found

    def _step(self, number: int, first: int, count: int, following: int) -> Found:
        orders = self.lead.orders
        orders[at.PHASE], orders[at.STEP], orders[at.FIRST], orders[at.COUNT] = at.GRADIENT, number, first, count
        orders[at.NEXT], orders[at.NEXT_COUNT] = first + count, 0 if self._split else following
        self._active = min(self._workers, count)
        try:
            self._gradients()
        except HelperGone as error:
            self._make_do(error)
            np.copyto(self._state, self._good_state)
            self._gradients()
        loss, correct = (sum(row[place] for row in self._found[: self._active]) for place in (at.LOSS, at.CORRECT))
        if not (math.isfinite(loss) and math.isfinite(np.add.reduce(self._state))):
            return Found(loss, int(correct), False)
        if self._clip_norm:
            self._clip()
        orders[at.OPTIMIZER_STEPS] = self.lead.optimizer.steps + 1
        self.moving = True
        total = self._update_in_parts(following) if self._split else self._update_alone()
        if self.lead.bounds and math.isfinite(total):
            self.lead.bounds.apply()
        self.moving = False
        return Found(loss, int(correct), math.isfinite(total))

    def _gradients(self) -> None:
        self.team.call(self._active)
        self.lead.gradient()
        self._fetch()
        self.team.gather(self._active)

    def _fetch(self) -> None:
        """While the others finish, gather what the lead needs next."""
        orders = self.lead.orders
        if self._workers > 1 and orders[at.NEXT_COUNT]:
            self.lead.gather(orders[at.NEXT], orders[at.NEXT_COUNT], orders[at.STEP] + 1)

    def _clip(self) -> None:
        """Bring a gradient whose norm over all parameters is more than allowed down to it (Pascanu et al. 2013)."""
        norm = math.sqrt(self._squares_in_parts() if self._split else self.lead.measure(0, 1))
        self._settings[at.CLIP] = min(1.0, self._clip_norm / (norm + 1e-6))

    def _squares_in_parts(self) -> float:
        orders, workers = self.lead.orders, self._workers
        orders[at.PHASE] = at.MEASURE
        self.team.call(workers)
        self.lead.measure(0, workers)
        try:
            self.team.gather(workers)
        except HelperGone as error:
            self._make_do(error)
            return sum(self.lead.measure(part, workers) for part in range(workers))
        return float(sum(row[at.SQUARES] for row in self._found))

    def _update_alone(self) -> float:
        """Move all weights; returns their sum."""
        self.lead.renew(0, 1)
        return float(self._found[0][at.TOTAL])

    def _update_in_parts(self, following: int) -> float:
        orders, workers = self.lead.orders, self._workers
        orders[at.PHASE], orders[at.NEXT_COUNT] = at.UPDATE, following
        self.lead.begin_journals(self._journals)
        self.team.call(workers)
        self.lead.renew(0, workers)
        self._fetch()
        try:
            self.team.gather(workers)
        except HelperGone as error:
            journals = self._journals
            self._make_do(error)
            return float(self._found[0][at.TOTAL] + self.lead.finish(journals))
        return float(sum(row[at.TOTAL] for row in self._found))

    def _make_do(self, error: HelperGone) -> None:
        self.lost = str(error)
        self.team.close()
        self.team, self._journals = self._stand_in(), []

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
