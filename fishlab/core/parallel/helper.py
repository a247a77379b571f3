"""A helper process: one worker over a board that another process made. It imports the engine and nothing else.

It is told what to do in one line of JSON on its standard input. That stays open as long as the other process lives:
its end is the helper's end too, at once and whatever it is doing. Single bytes on it wake a helper that sleeps.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from threading import Event, Thread
from typing import Any, BinaryIO

from fishlab.core.data.dataset import ImageSet
from fishlab.core.evaluation import arithmetic
from fishlab.core.parallel.board import Board, mapped, numbers
from fishlab.core.parallel.crew import sum_of_helper
from fishlab.core.parallel.journal import journal
from fishlab.core.parallel.pulse import fence, publish, reached
from fishlab.core.parallel.task import Task
from fishlab.core.parallel.worker import Worker, serve

MOST_WORDS = 4000


class Helper:
    """This process as a worker: its counters on the board, and the input that wakes it."""

    def __init__(self, board: Board, index: int, source: BinaryIO) -> None:
        self._called, self._arrived, self._asleep = (
            numbers(board[name][index]) for name in ("called", "arrived", "asleep")
        )
        self._calls = 0
        self._wake = Event()
        Thread(target=self._listen, args=(source,), daemon=True).start()

    def wait(self) -> None:
        """Wait for the lead's next call: awake for a moment, then asleep, which costs nothing."""
        self._calls += 1
        while not reached(self._called, self._calls):
            self._wake.clear()
            self._asleep[0] = 1
            fence()
            if self._called[0] < self._calls:
                self._wake.wait()
            self._asleep[0] = 0

    def arrive(self) -> None:
        """Tell the lead that this part is done."""
        publish()
        self._arrived[0] += 1

    def _listen(self, source: BinaryIO) -> None:
        while source.read(1):
            self._wake.set()
        os._exit(0)


def main() -> None:
    """The whole life of a helper process; what goes wrong is written to the standard error."""
    try:
        _serve(sys.stdin.buffer)
    except BaseException:
        sys.stderr.write(traceback.format_exc()[-MOST_WORDS:])
        sys.stderr.flush()
    os._exit(1)  # without waiting for the thread that listens


def _serve(source: BinaryIO) -> None:
    told: dict[str, Any] = json.loads(source.readline())
    board = Board(
        {name: (tuple(shape), dtype) for name, (shape, dtype) in told["layout"].items()}, mapped(*told["memory"])
    )
    task, images = Task.from_dict(told["task"], board), ImageSet(board["images"], board["labels"])
    worker = Worker(task, board, told["index"], images)
    helper = Helper(board, told["index"], source)
    worker.sum = sum_of_helper(board, told["index"], helper.wait, helper.arrive)
    helper.arrive()
    with arithmetic():
        serve(worker, helper.wait, helper.arrive, journal(board, told["index"]))
