"""A process that prepares the batches of coming steps. It imports what changes images, and nothing else of the engine.

Its standard input stays open as long as the process lives that it works for; single bytes on it wake it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from functools import lru_cache
from typing import Any, BinaryIO

from fishlab.core.augmentation import Pipeline, augmentation_from_dict
from fishlab.core.data.batches import Batcher, Indices, epoch_order
from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.evaluation import arithmetic
from fishlab.core.parallel.board import Board, mapped
from fishlab.core.parallel.ring import SLOTS, Ring
from fishlab.core.parallel.task import scaling_key

MOST_WORDS = 4000


class Preparer:
    """Gathers the batch of any step of a run, as told in plain data; the images lie on the board."""

    def __init__(self, told: dict[str, Any], board: Board) -> None:
        images = ImageSet(board["images"], board["labels"])
        specs = [augmentation_from_dict(data) for data in told["augmentation"]]
        pipeline = Pipeline(specs, images.shape, told["seed"])
        arrays = {name: board[scaling_key(name)] for name in array_shapes(told["scaling"], 0)}
        scaling = Scaling.from_dict(told["scaling"], arrays)
        self._batcher = Batcher(images, scaling, told["batch_size"], pipeline, told["dtype"])
        self._before, self._seed, self._replacement = told["before"], told["seed"], told["replacement"]
        self._order = lru_cache(maxsize=1)(self._new_order)

    def fill(self, ring: Ring, step: int) -> None:
        """Put the batch of a step into its slot."""
        epoch, number = divmod(self._before + step, self._batcher.count)
        indices = self._batcher.batch(self._order(epoch), number)
        ring.slots[step % SLOTS].fill(step, indices, self._batcher.gather(indices, step))

    def _new_order(self, epoch: int) -> Indices:
        return epoch_order(len(self._batcher.image_set), self._seed, epoch, replacement=self._replacement)


def main() -> None:
    """The whole life of the process; what goes wrong is written to the standard error."""
    code = 1
    try:
        _serve(sys.stdin.buffer)
        code = 0
    except BaseException:
        sys.stderr.write(traceback.format_exc()[-MOST_WORDS:])
        sys.stderr.flush()
    os._exit(code)


def _serve(source: BinaryIO) -> None:
    told: dict[str, Any] = json.loads(source.readline())
    layout = {name: (tuple(shape), dtype) for name, (shape, dtype) in told["layout"].items()}
    board = Board(layout, mapped(*told["memory"]))
    ring, preparer = Ring(board), Preparer(told, board)
    with arithmetic():
        fill_on(ring, preparer, source)


def fill_on(ring: Ring, preparer: Preparer, source: BinaryIO) -> None:
    """Stay ahead of the steps until `source` ends; asleep, without any cost, while there is nothing to do.

    One that was overtaken leaves out the step that its taker would reach before it.
    """
    step = ring.now + 1
    while True:
        while not ring.room(step):
            if ring.may_sleep(step) and not source.read(1):
                return
        preparer.fill(ring, step)
        now = ring.now
        step = max(step + 1, now + 2 if now >= step else now + 1)
