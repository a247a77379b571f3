"""Where a run is computed: its board, its lead, and from them a crew for every way of running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np

from fishlab.core.data.dataset import ImageSet
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.optimizers import OptimizerSpec
from fishlab.core.parallel import places as at
from fishlab.core.parallel.ahead import Ahead, may_prepare
from fishlab.core.parallel.board import Block, Board, board_bytes, private_memory
from fishlab.core.parallel.crew import Crew, HelperGone, Team
from fishlab.core.parallel.processes import Processes
from fishlab.core.parallel.task import Task, board_layout, scaling_key
from fishlab.core.parallel.threads import HelperThread
from fishlab.core.parallel.way import Way
from fishlab.core.parallel.worker import Worker


class Workplace:
    """Made for one task from a network that holds the weights to begin with. `lead` computes in the calling thread.

    With `shared` the board lies in memory that helper processes can map, and holds the images too. Where that cannot
    be had it is private, and `crew` refuses processes with HelperGone.
    """

    def __init__(self, task: Task, start: Network, images: ImageSet, *, shared: bool) -> None:
        self.task, self._images = task, images
        self._layout = board_layout(task, start.memory, images, shared=shared)
        self._block, self._refused = None, "there is no shared memory"
        size = board_bytes(self._layout)
        try:
            self._block = Block(size) if shared else None
        except (OSError, ValueError) as error:
            self._refused = str(error)
        self.board = Board(self._layout, self._block.memory if self._block else private_memory(size))
        self._fill(start, images, shared)
        self.lead = Worker(task, self.board, 0, images)
        self.set(task.training.optimizer, task.training.weight_decay)
        self.board["settings"][at.FACTOR] = self.board["settings"][at.CLIP] = 1.0

    def _fill(self, start: Network, images: ImageSet, shared: bool) -> None:
        np.copyto(self.board["values"], start.values)
        np.copyto(self.board["good"], start.values[: start.learning])
        np.copyto(self.board["state"], start.state)
        np.copyto(self.board["good_state"], start.state)
        if shared:
            np.copyto(self.board["images"], images.images)
            np.copyto(self.board["labels"], images.labels)
            for name, array in self.task.scaling.arrays().items():
                np.copyto(self.board[scaling_key(name)], array)

    # -- between two steps ---------------------------------------------------------------------------------------
    def begin_epoch(self, order: Array) -> None:
        """From now on batches are counted in this order of the images."""
        np.copyto(self.board["order"], order)

    def set(self, optimizer: OptimizerSpec, weight_decay: float) -> None:
        """Settings that hold from the next update on."""
        settings = [weight_decay, *(getattr(optimizer, name) for name in self.lead.live)]
        self.board["settings"][at.DECAY : at.DECAY + len(settings)] = settings

    def set_factor(self, factor: float) -> None:
        """What the schedule makes of the learning rate, from the next update on."""
        self.board["settings"][at.FACTOR] = factor

    def restore(self) -> None:
        """Bring back the weights and the state that gave the last finite loss."""
        good = self.board["good"]
        np.copyto(self.board["values"][: good.size], good)
        np.copyto(self.board["state"], self.board["good_state"])

    @contextmanager
    def preparing(self, before: int) -> Iterator[None]:
        """Where it may help, have the lead's batches prepared ahead: step s takes batch s + `before` of all epochs."""
        if not may_prepare(self.task):
            yield
            return
        with closing(Ahead(self.lead.batcher, self.task, before)) as ahead:
            self.lead.fetch = ahead.gather
            yield

    # -- crews -----------------------------------------------------------------------------------------------------
    def crew(self, way: Way) -> Crew:
        """A crew that computes in this way, which has the task's number of workers. Raises HelperGone."""
        return Crew(self.board, self.lead, _TEAMS[way.kind](self), self.threads)

    def processes(self) -> Team:
        """A team of helper processes."""
        if self._block is None:
            raise HelperGone(f"Helper processes cannot be used: {self._refused}.")
        return Processes(self.task, self._layout, self.board, self._block)

    def threads(self) -> Team:
        """A team of threads."""
        workers = (Worker(self.task, self.board, index, self._images) for index in range(1, self.task.workers))
        return Team([HelperThread(worker, self.board) for worker in workers])


_TEAMS = {"one": lambda place: Team(), "threads": Workplace.threads, "processes": Workplace.processes}
