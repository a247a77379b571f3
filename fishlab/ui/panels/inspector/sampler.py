"""A few images of a data set, found in a thread that ends by itself, so that the window never waits for a disk."""

import threading
from collections.abc import Hashable
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from fishlab.core.data.preview import sample_images
from fishlab.core.spec import DataSpec

_LOOK = 30

Answer = tuple[Hashable, NDArray[np.uint8] | None]


class Sampler(QObject):
    """`ask(key, spec)` answers with `arrived(images or None)`, soon; a key that was answered is not asked again."""

    arrived = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked: Hashable = None
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self._on_timer_timeout)

    def ask(self, key: Hashable, spec: DataSpec) -> None:
        """Look for the images of `spec`; `key` is all that they depend on."""
        if key == self._asked:
            return
        self._asked = key
        threading.Thread(target=_find, args=(key, spec, self._answers), name="fishlab-sample", daemon=True).start()
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        try:
            key, images = self._answers.get_nowait()
        except Empty:
            return
        if key == self._asked:
            self._timer.stop()
            self.arrived.emit(images)


def _find(key: Hashable, spec: DataSpec, answers: SimpleQueue[Answer]) -> None:
    images = None
    try:
        images = sample_images(spec)
    finally:
        answers.put((key, images))
