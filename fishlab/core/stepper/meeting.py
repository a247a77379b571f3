"""Where the shares of a batch add up what they found, in threads, with the bits of a crew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, BrokenBarrierError, Thread

import numpy as np

from fishlab.core.evaluation import arithmetic
from fishlab.core.layers.base import Array


class Meeting:
    """So many workers that sum arrays up over all of them (see fishlab.core.share): in float64, in their order."""

    def __init__(self, workers: int) -> None:
        self._barrier = Barrier(workers)
        self._parts: list[Array] = [np.empty(0)] * workers

    def sum_of(self, index: int) -> Callable[[Array], Array]:
        """`Share.sum` for one worker."""

        def sum_up(values: Array) -> Array:
            self._parts[index] = values.astype(np.float64)
            self._barrier.wait()
            total = self._parts[0] + self._parts[1]
            for other in self._parts[2:]:
                total += other
            self._barrier.wait()  # everybody has read: the parts may be written again
            result: Array = total.astype(values.dtype)
            return result

        return sum_up

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Do what each worker has to do, the first in the calling thread; raises what one of them raised."""
        errors: list[BaseException] = []
        threads = [
            Thread(target=self._do, args=(task, errors), name=f"fishlab-stepper-{number}", daemon=True)
            for number, task in enumerate(tasks[1:], 1)
        ]
        for thread in threads:
            thread.start()
        self._do(tasks[0], errors)
        for thread in threads:
            thread.join()
        if errors:
            raise next((error for error in errors if not isinstance(error, BrokenBarrierError)), errors[0])

    def _do(self, task: Callable[[], None], errors: list[BaseException]) -> None:
        try:
            with arithmetic():
                task()
        except BaseException as error:
            errors.append(error)
            self._barrier.abort()  # nobody waits for this one any more
