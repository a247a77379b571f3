"""A short animation of a run: every view goes along the time line, and each moment becomes a picture of a GIF."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from fishlab.core.files.atomic import write_atomic
from fishlab.ui.errand import Errand, Progress
from fishlab.ui.looks import Looks
from fishlab.ui.plots.throttle import INTERVAL

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PICTURES = 48
SHOWN, LAST_SHOWN = 120, 1500  # milliseconds: each picture, and the last
_LOOK = 30
_SETTLED = 1.5 * INTERVAL / 1000  # seconds without news until all that was found is drawn


class Animation(QObject):
    """`begin(widget, path)` takes the pictures, which can be watched, and writes the file in a thread.

    How far it is, the time line shows. Signals: `done(path)`, `failed(error)` or `stopped()` at the end, when the views
    are back where they were.
    """

    done = Signal(object)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, looks: Looks, parent: QObject) -> None:
        super().__init__(parent)
        self._looks = looks
        self._left: list[int] = []
        self._pictures: list[Image] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._errand = Errand(self)
        self._errand.done.connect(self._on_errand_done)
        self._errand.failed.connect(self.failed)
        self._errand.stopped.connect(self.stopped)

    @property
    def busy(self) -> bool:
        """Whether one is being made."""
        return self.looks_around or self._errand.busy

    @property
    def looks_around(self) -> bool:
        """Whether pictures are still being taken, and the views go along the line."""
        return self._timer.isActive()

    def begin(self, widget: QWidget, path: Path) -> None:
        """Take pictures of `widget` along the line, and write them to `path`."""
        count = len(self._looks.line.moments)
        places = np.linspace(0, count - 1, min(count, MOST_PICTURES)).round().astype(int)
        self._widget, self._path = widget, path
        self._before = self._looks.index if self._looks.in_the_past else None
        self._first = self._looks.line.moments[0]
        self._left, self._pictures = places.tolist(), []
        self._go_on()
        self._timer.start()

    def stop(self) -> None:
        """Make none after all."""
        if self.looks_around:
            self._rest()
            self.stopped.emit()
        self._errand.stop()

    def _go_on(self) -> None:
        self._looks.go_to(self._left[0])
        self._quiet_since = time.monotonic()

    @property
    def _is_of_another_run(self) -> bool:
        """Whether the moments are no longer those of the beginning: another project was opened."""
        moments = self._looks.line.moments
        return not moments or moments[0] is not self._first

    def _on_timer_timeout(self) -> None:
        now = time.monotonic()
        if self._is_of_another_run:
            self._before = None
            self.stop()
        elif self._looks.busy:
            self._quiet_since = now
        elif now - self._quiet_since > _SETTLED:
            self._pictures.append(_picture(self._widget))
            del self._left[0]
            if self._left:
                self._go_on()
            else:
                self._rest()
                self._errand.begin(_Writing(self._pictures, self._path))

    def _rest(self) -> None:
        self._timer.stop()
        self._looks.go_to(self._before)

    def _on_errand_done(self, path: Path) -> None:
        self._pictures = []
        self.done.emit(path)


class _Writing:
    """What the thread does."""

    def __init__(self, pictures: list[Image], path: Path) -> None:
        self._pictures, self._path = pictures, path

    def __call__(self, _: Progress) -> Path:
        buffer = io.BytesIO()
        first, *others = self._pictures
        times = [SHOWN] * len(others) + [LAST_SHOWN]
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=times, loop=0)
        write_atomic(self._path, [buffer.getvalue()])
        return self._path


def _picture(widget: QWidget) -> Image:
    """What the widget shows, in 256 colours of its own."""
    from PIL import Image

    shown = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), shown.bytesPerLine())
    pixels = np.ascontiguousarray(rows[:, : 3 * shown.width()])
    whole = Image.frombytes("RGB", (shown.width(), shown.height()), pixels.tobytes())
    return whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
