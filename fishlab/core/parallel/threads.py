"""Helpers that are threads of this process."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock, Thread

from fishlab.core.evaluation import arithmetic
from fishlab.core.parallel.board import Board
from fishlab.core.parallel.crew import sum_of_helper
from fishlab.core.parallel.worker import Worker, serve


class Dismissed(Exception):
    """Raised in a helper when it is sent home."""


class HelperThread:
    """One worker in a thread of its own. The two locks are signals: released by one side, taken by the other."""

    def __init__(self, worker: Worker, board: Board) -> None:
        self._called, self._arrived = Lock(), Lock()
        self._called.acquire()
        self._arrived.acquire()
        self._dismissed = False
        self.error: BaseException | None = None
        worker.sum = sum_of_helper(board, worker.index, self._wait, self._arrived.release)
        self._worker = worker
        # A daemon: a run that nobody ends must not keep the program from ending.
        self._thread = Thread(target=self._live, name=f"fishlab-worker-{worker.index}", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """Let it go on."""
        self._called.release()

    def gather(self) -> None:
        """Wait for it; raises what it raised."""
        self._arrived.acquire()
        if self.error is not None:
            raise self.error

    def dismiss(self) -> None:
        """Send it home; it goes at its next wait."""
        self._dismissed = True
        _release(self._called)

    def join(self) -> None:
        """Wait until it is gone."""
        self._thread.join()

    def _wait(self) -> None:
        self._called.acquire()
        if self._dismissed:
            raise Dismissed

    def _live(self) -> None:
        try:
            with arithmetic():
                serve(self._worker, self._wait, self._arrived.release)
        except Dismissed:
            pass
        except BaseException as error:  # the lead raises it
            self.error = error
            _release(self._arrived)


def _release(lock: Lock) -> None:
    """Give a signal that may have been given already."""
    with suppress(RuntimeError):
        lock.release()
