"""How evenly the window breathes: the gaps between ticks of a 10 ms timer in the GUI thread."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

TICK_MILLISECONDS = 10


class Heartbeat(QObject):
    """Starts beating when made; a gap is the time from one tick to the next, so a free window shows about 10 ms."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def summary(self) -> dict[str, float]:
        """Median, 95th percentile and longest gap in milliseconds, and the number of gaps."""
        gaps = np.array(self.gaps or [0.0])
        return {
            "p50": round(float(np.median(gaps)), 2),
            "p95": round(float(np.quantile(gaps, 0.95)), 2),
            "max": round(float(gaps.max()), 2),
            "beats": len(self.gaps),
        }
