"""Batches prepared ahead: a process of its own changes the images of the coming steps while this one is learned from.

It is a help and nothing more. Which images a step takes and what is drawn for them follows from the seed and the step,
so it makes no difference to any bit who prepares them, or whether the process starts late, is overtaken or dies.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

import numpy as np

from fishlab.core.augmentation import in_use
from fishlab.core.data.batches import Batch, Batcher, Indices
from fishlab.core.memory import helper_fits
from fishlab.core.parallel.board import Block, Board, Layout, board_bytes
from fishlab.core.parallel.crew import HelperGone
from fishlab.core.parallel.processes import BEGIN, Child
from fishlab.core.parallel.ring import Ring, ring_layout
from fishlab.core.parallel.task import Task, scaling_key
from fishlab.core.processors import processors
from fishlab.core.share import Share

START = BEGIN + "from fishlab.core.parallel.preparer import main; main()"
WORTH_IT = 0.5  # seconds spent preparing: about what it takes to start a process and give it the images

clock = time.perf_counter
_log = logging.getLogger(__name__)


def may_prepare(task: Task) -> bool:
    """Whether there is something to prepare, and a processor to do it beside the one that learns."""
    return task.workers == 1 and bool(in_use(task.augmentation)) and processors() > 1


class Ahead:
    """Gathers as its `batcher` does, or takes what the process has ready.

    The process is started once preparing has taken as long as starting it does. How long the run goes on nobody knows
    then; this way at most twice as much is spent as the better choice would have cost.
    Where it cannot be had, or is lost, the batcher goes on alone. Step s takes batch s + `before`, counted through all
    epochs.
    """

    def __init__(self, batcher: Batcher, task: Task, before: int) -> None:
        self._batcher, self._task, self._before = batcher, task, before
        self._spent, self._tried = 0.0, False
        self._child = Child("The process that prepares batches")
        self._ring: Ring | None = None

    def gather(self, indices: Indices, step: int = 0, share: Share | None = None) -> Batch:
        """What `Batcher.gather` gives; it holds until the next call."""
        ready = self._ready(indices, step)
        if ready is not None:
            return ready
        began = clock()
        batch = self._batcher.gather(indices, step, share)
        self._spent += clock() - began
        if not self._tried and self._spent >= WORTH_IT:
            self._start(step, indices)
        return batch

    def _ready(self, indices: Indices, step: int) -> Batch | None:
        if self._ring is None:
            return None
        batch = self._ring.take(step, indices)
        if self._ring.wanted():
            with suppress(OSError):  # it has ended, as will be seen when nothing is ready
                self._child.write(b"!")
        if batch is None and self._child.ended:
            self._child.last_words()
            self.close()
        return batch

    def _start(self, step: int, indices: Indices) -> None:
        self._tried = True
        layout = self._layout()
        size = board_bytes(layout)
        try:
            if not helper_fits(size):
                raise MemoryError("there is too little memory")
            block = Block(size)
            board = Board(layout, block.memory)
            self._fill(board)
            self._ring = Ring(board)
            self._ring.take(step, indices)
            self._child.launch(START, self._told(layout) | {"memory": (block.ticket, block.size)}, block.files)
        except (OSError, ValueError, MemoryError, HelperGone) as error:
            _log.info("Batches are not prepared ahead: %s", error)
            self.close()

    def _layout(self) -> Layout:
        images, arrays = self._batcher.image_set, self._task.scaling.arrays()
        batch = min(self._batcher.batch_size, len(images))
        return {
            **ring_layout(batch, images.shape, self._task.dtype),
            "images": (images.images.shape, str(images.images.dtype)),
            "labels": ((len(images),), "intp"),
            **{scaling_key(name): (array.shape, "float32") for name, array in arrays.items()},
        }

    def _fill(self, board: Board) -> None:
        images = self._batcher.image_set
        np.copyto(board["images"], images.images)
        np.copyto(board["labels"], images.labels)
        for name, array in self._task.scaling.arrays().items():
            np.copyto(board[scaling_key(name)], array)

    def _told(self, layout: Layout) -> dict[str, Any]:
        training = self._task.training
        return {
            "layout": layout,
            "augmentation": [spec.to_dict() for spec in self._task.augmentation],
            "scaling": self._task.scaling.to_dict(),
            "dtype": self._task.dtype,
            "seed": training.seed,
            "batch_size": training.batch_size,
            "replacement": training.sampling != "permutation",
            "before": self._before,
        }

    def close(self) -> None:
        """Go on without the process, and see it gone."""
        self._ring, self._tried = None, True
        self._child.end()
