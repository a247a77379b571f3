"""A worker: it computes one share of every batch, and one part of every update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fishlab.core.data.batches import Batcher
from fishlab.core.data.dataset import ImageSet
from fishlab.core.fields import describe
from fishlab.core.layers.base import Array
from fishlab.core.network import Memory, Network, learning_keys
from fishlab.core.optimizers import OPTIMIZERS, Optimizer
from fishlab.core.parallel import places as at
from fishlab.core.parallel.board import Board, numbers
from fishlab.core.parallel.journal import Journal
from fishlab.core.parallel.max_norm import MaxNorm
from fishlab.core.parallel.task import Task
from fishlab.core.parallel.update import Update
from fishlab.core.shapes import infer
from fishlab.core.share import Share, alone
from fishlab.core.spec import TrainingSpec


class Worker:
    """Worker `index` of a task: a network over the board's values, with gradients of its own.

    It reads its orders from the board and writes there what it finds. `sum` adds arrays up over all shares.
    """

    def __init__(self, task: Task, board: Board, index: int, images: ImageSet) -> None:
        self.index, self.workers = index, task.workers
        self.network = task.twin(Memory(board["values"], board["grads"][index], board["state"]))
        kind = OPTIMIZERS[task.training.optimizer.kind].item
        size = self.network.learning
        self.optimizer: Optimizer[Any] = kind(task.training.optimizer, size, task.dtype, board["memory"])
        vectors = board["values"], board["good"], board["grads"]
        self.update = Update(*vectors, self.network.decaying, self.optimizer, task.training.decay_kind)
        self.clip_norm = task.training.clip_norm
        self.bounds = _bounds(self.network, task.training)
        most = -(-min(task.training.batch_size, len(images)) // task.workers)
        self.batcher = Batcher(images, task.scaling, most, task.pipeline(images), task.dtype)
        self.fetch = self.batcher.gather  # or that of somebody who has batches ready
        self._order = board["order"]
        self._ahead: tuple[int, int, int] | None = None
        self._shares: dict[int, Share] = {}
        self.sum: Callable[[Array], Array] = alone
        self.orders, self.found = numbers(board["orders"]), numbers(board["found"][index])
        self._settings, self._heeded = board["settings"], b""
        self.live = live_settings(self.optimizer)

    def gradient(self) -> None:
        """Compute the share of the batch that the orders name."""
        orders = self.orders
        first, count, step = orders[at.FIRST], orders[at.COUNT], orders[at.STEP]
        if self._ahead != (first, count, step):
            self.gather(first, count, step)
        self._ahead = None
        self.network.begin_step(step, self._share(count) if self.workers > 1 else None)
        self.found[at.LOSS], self.found[at.CORRECT] = self.network.gradient_step(*self._batch)

    def gather(self, first: int, count: int, step: int) -> None:
        """Fetch the share of the batch of a step, to have it ready."""
        share = self._share(count)
        self._batch = self.fetch(self._order[first + share.begin : first + share.end], step, share)
        self._ahead = first, count, step

    def renew(self, part: int, parts: int, journal: Journal | None = None) -> None:
        """Update one of so many equal parts of all weights, with the settings that the board holds now."""
        self._heed()
        self.found[at.TOTAL] = self.update.run(*self._part(part, parts), self._shares_now(), self._decay, journal)

    def measure(self, part: int, parts: int) -> float:
        """The sum of the squares of one part of the whole gradient, also for all to see."""
        squares = self.update.squares(*self._part(part, parts), self._shares_now())
        self.found[at.SQUARES] = squares
        return squares

    def begin_journals(self, journals: Sequence[Journal]) -> None:
        """Make the journals of the helpers ready for their parts of an update."""
        for part, journal in enumerate(journals, 1):
            journal.begin(self._part(part, self.workers)[0])

    def finish(self, journals: Sequence[Journal]) -> float:
        """Do what helpers that are gone left undone of an update; returns the sum of the values in their parts."""
        shares, parts = self._shares_now(), range(1, self.workers)
        places = [self._part(part, self.workers) for part in parts]
        return sum(
            self.update.finish(*place, shares, self._decay, journal)
            for place, journal in zip(places, journals, strict=True)
        )

    def _part(self, part: int, parts: int) -> tuple[int, int]:
        chunks = len(self.update.chunks)
        return chunks * part // parts, chunks * (part + 1) // parts

    def _shares_now(self) -> int:
        return min(self.workers, int(self.orders[at.COUNT]))

    def _heed(self) -> None:
        """Take over settings that were changed while the run goes on."""
        self.optimizer.steps = self.orders[at.OPTIMIZER_STEPS]
        self.optimizer.factor, self.update.clip = self._settings[: at.DECAY].tolist()
        now = self._settings[at.DECAY :].tobytes()
        if now != self._heeded:
            self._heeded = now
            self._decay, *live = self._settings[at.DECAY : at.LIVE + len(self.live)].tolist()
            self.optimizer.spec = self.optimizer.spec.replace(**dict(zip(self.live, live, strict=True)))

    def _share(self, count: int) -> Share:
        share = self._shares.get(count)
        if share is None:
            share = self._shares[count] = Share.of(count, self.index, min(self.workers, count), self.sum)
        return share


def _bounds(network: Network, training: TrainingSpec) -> MaxNorm | None:
    """What holds the weights, where they are held."""
    if training.decay_kind != "max_norm":
        return None
    learning = [network.parameters[key] for key in learning_keys(network.spec, infer(network.spec))]
    return MaxNorm([parameter for parameter in learning if parameter.info.role == "weight"], training.max_norm)


def live_settings(optimizer: Optimizer[Any]) -> list[str]:
    """The names of an optimizer's settings that may change while it runs: all of them numbers."""
    return [info.name for info in describe(type(optimizer.spec)) if info.live]


def serve(worker: Worker, wait: Callable[[], None], arrive: Callable[[], None], journal: Journal | None = None) -> None:
    """The life of a helper: wait for orders, carry them out, say so, fetch what comes next."""
    orders = worker.orders
    while True:
        wait()
        if orders[at.PHASE] == at.GRADIENT:
            worker.gradient()
        elif orders[at.PHASE] == at.MEASURE:
            worker.measure(worker.index, worker.workers)
        else:
            worker.renew(worker.index, worker.workers, journal)
        following = orders[at.NEXT], orders[at.NEXT_COUNT], orders[at.STEP] + 1
        arrive()
        if following[1] > worker.index:
            worker.gather(*following)
