"""Helpers that are processes of their own: no interpreter waits for another, also not for the window's."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from fishlab.core.parallel.board import Block, Board, Layout, numbers
from fishlab.core.parallel.crew import HelperGone, Team
from fishlab.core.parallel.pulse import fence, publish, reached
from fishlab.core.parallel.task import Task

BEGIN = "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
START = BEGIN + "from fishlab.core.parallel.helper import main; main()"
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
LOOK_FOR = 0.001  # seconds that the lead looks without a pause
PAUSE = 0.00005
PATIENCE = 20.0  # seconds for a helper to start, or to take longer than the lead did
FAREWELL = 1.0

_log = logging.getLogger(__name__)


class Child:
    """A fresh interpreter that runs a piece of the engine. It ends when its standard input is closed, by whomever."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self, code: str, told: Any, handles: tuple[int, ...]) -> None:
        """Start `code`, a BEGIN and what follows, which finds `told` as a line of JSON. Raises HelperGone."""
        if getattr(sys, "frozen", False):  # what looks like the interpreter is the program itself
            raise HelperGone("A packed program starts no helper processes.")
        own_group: dict[str, Any] = {"start_new_session": True, "pass_fds": handles}
        if sys.platform == "win32":
            own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        lines = [json.dumps(list(map(str, sys.path))), json.dumps(told)]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=os.environ | ONE_THREAD,
                bufsize=0,
                **own_group,
            )
            self.write("".join(f"{line}\n" for line in lines).encode())
        except (OSError, TypeError, ValueError) as error:  # also where there is no interpreter to name
            raise HelperGone(f"A helper process could not be started: {error}.") from error

    @property
    def ended(self) -> bool:
        """Whether it is no longer there."""
        return self.process is None or self.process.poll() is not None

    def write(self, message: bytes) -> None:
        """Write to its standard input."""
        assert self.process is not None and self.process.stdin is not None
        rest = memoryview(message)
        with suppress(BrokenPipeError):  # it has ended: whoever waits for it will see that
            while rest:
                rest = rest[self.process.stdin.write(rest) :]

    def last_words(self) -> str:
        """Why it ended, in a line; all that it wrote goes to the log."""
        assert self.process is not None and self.process.stderr is not None
        words = self.process.stderr.read().decode(errors="replace").strip()
        _log.warning("%s ended with code %d. %s", self.name, self.process.returncode, words)
        return words.splitlines()[-1] if words else f"exit code {self.process.returncode}"

    def end(self) -> None:
        """End one that holds nothing of value, whatever it is doing, and see to it."""
        self.dismiss()
        if self.process is not None:
            self.process.kill()
        self.join()

    def dismiss(self) -> None:
        """Close its input, which ends it."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def join(self) -> None:
        """Wait until it is gone, and see to it."""
        if self.process is None:
            return
        try:
            self.process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()


class HelperProcess(Child):
    """One worker in a process of its own."""

    def __init__(self, board: Board, index: int) -> None:
        super().__init__(f"Helper process {index}")
        self.index = index
        self._called, self._arrived, self._asleep = (
            numbers(board[name][index]) for name in ("called", "arrived", "asleep")
        )
        self._called[0] = self._arrived[0] = self._asleep[0] = 0
        self._arrivals = 0

    def call(self) -> None:
        """Let it go on."""
        publish()
        self._called[0] += 1
        fence()
        if self._asleep[0]:
            self.write(b"!")

    def gather(self) -> None:
        """Wait until it has arrived; raises HelperGone."""
        self._arrivals += 1
        if not reached(self._arrived, self._arrivals, LOOK_FOR):
            self._watch()

    def _watch(self) -> None:
        """Wait longer, and look whether it is still there."""
        end = time.monotonic() + PATIENCE
        while not reached(self._arrived, self._arrivals, 0.0):
            if self.ended and self._arrived[0] < self._arrivals:
                raise HelperGone(f"A helper process ended unexpectedly ({self.last_words()}).")
            if time.monotonic() > end:
                raise HelperGone(f"A helper process did not answer for {PATIENCE:g} seconds.")
            time.sleep(PAUSE)


class Processes(Team):
    """A team of processes, one for each worker but the lead. Raises HelperGone where they cannot be had."""

    journals = True

    def __init__(self, task: Task, layout: Layout, board: Board, block: Block) -> None:
        helpers = [HelperProcess(board, index) for index in range(1, task.workers)]
        super().__init__(helpers)
        told = {"task": task.to_dict(), "layout": layout, "memory": (block.ticket, block.size)}
        try:
            for helper in helpers:
                helper.launch(START, told | {"index": helper.index}, block.files)
            self.gather(task.workers)
        except BaseException:
            self.close()
            raise
