"""Long work beside the window: it runs in a thread of its own, says how far it is, and can be called off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from fishlab.core.errors import Cancelled, FishLabError

LOOK = 30  # ms between two looks at the thread
SLOW = 0.3  # seconds until it is worth saying that something is being done
Progress = Callable[[str, int, int], None]
log = logging.getLogger(__name__)


class Errand(QObject):
    """`begin(do)` has `do(progress)` called in a thread; one at a time.

    Then comes `done(what it returned)`, `failed(error)` or `stopped()`, and before, if it takes longer than a moment,
    `progressed(what, done, total)`. `do` touches no Qt object; its `progress` ends it once `stop` was called.
    """

    progressed = Signal(str, object, object)
    done = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: _Work | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._work is not None

    def begin(self, do: Callable[[Progress], Any]) -> None:
        """Start; nothing happens while something else is under way."""
        if self._work is None:
            self._work = _Work(do)
            self._work.thread.start()
            self._timer.start()

    def stop(self) -> None:
        """Call it off; `stopped()` comes once it has ended, unless it was done already."""
        if self._work is not None:
            self._work.stopping = True

    def let_go(self) -> None:
        """Call it off without waiting for its end, and hear nothing more of it: for work that leaves nothing behind."""
        self.shut_down(0.0)

    def finish(self, seconds: float | None = None) -> None:
        """Wait for the end of it, at most so long, and tell at once what came of it."""
        if self._work is not None:
            self._work.thread.join(seconds)
            self._on_timer_timeout()

    def shut_down(self, seconds: float = 3.0) -> None:
        """Call it off and wait; nothing is said any more."""
        work, self._work = self._work, None
        self._timer.stop()
        if work is not None:
            work.stopping = True
            work.thread.join(seconds)

    def _on_timer_timeout(self) -> None:
        work = self._work
        if work is None:
            return
        if work.thread.is_alive():
            if time.monotonic() - work.began > SLOW:
                self.progressed.emit(*work.progress)
            return
        self._work = None
        self._timer.stop()
        self._tell(work)

    def _tell(self, work: _Work) -> None:
        if work.error is None:
            self.done.emit(work.result)
        elif isinstance(work.error, Cancelled):
            self.stopped.emit()
        else:
            if not isinstance(work.error, FishLabError):
                log.error("Something went wrong in %s", work.thread.name, exc_info=work.error)
            self.failed.emit(work.error)


class _Work:
    """One errand and what came of it; its thread writes, the window's reads."""

    def __init__(self, do: Callable[[Progress], Any]) -> None:
        self._do = do
        self.progress: tuple[str, int, int] = ("", 0, 0)
        self.result: Any = None
        self.error: Exception | None = None
        self.stopping = False
        self.began = time.monotonic()
        self.thread = threading.Thread(target=self._run, name="fishlab-errand", daemon=True)

    def _run(self) -> None:
        try:
            self.result = self._do(self._tell)
        except Exception as error:  # the thread's end of the error funnel
            self.error = error

    def _tell(self, what: str, done: int, total: int) -> None:
        if self.stopping:
            raise Cancelled(what)
        self.progress = (what, done, total)
