"""What takes a moment to find, found in a thread that ends by itself, so that the window never waits for a disk."""

import threading
from collections.abc import Callable, Hashable
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

_LOOK = 30


class Sampler(QObject):
    """`ask(key, find)` answers with `arrived(what find() returned)`, soon; a key that was answered is not asked again.

    One thing is looked for at a time; of what is asked meanwhile only the last counts. `find` touches no Qt object;
    None stands for what cannot be found.
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked: tuple[Hashable, Callable[[], Any]] | None = None
        self._busy = False
        self._answers: SimpleQueue[tuple[Hashable, Any]] = SimpleQueue()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self._on_timer_timeout)

    def ask(self, key: Hashable, find: Callable[[], Any]) -> None:
        """Have `find` called; `key` is all that its answer depends on."""
        if self._asked is None or self._asked[0] != key:
            self._asked = (key, find)
            self._begin()

    def _begin(self) -> None:
        if self._asked is not None and not self._busy:
            self._busy = True
            threading.Thread(
                target=_find, args=(*self._asked, self._answers), name="fishlab-sample", daemon=True
            ).start()
            self._timer.start()

    def _on_timer_timeout(self) -> None:
        try:
            key, found = self._answers.get_nowait()
        except Empty:
            return
        self._busy = False
        self._timer.stop()
        if self._asked is not None and key == self._asked[0]:
            self.arrived.emit(found)
        else:
            self._begin()


def _find(key: Hashable, find: Callable[[], Any], answers: SimpleQueue[tuple[Hashable, Any]]) -> None:
    found = None
    try:
        found = find()
    finally:
        answers.put((key, found))
