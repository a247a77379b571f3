"""Progress of a run in numbers a person reads: where it stands, how fast it goes, how long it will take."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

WINDOW = 3.0


@dataclass(frozen=True)
class Progress:
    """`x` epochs of `target` are done; `per_epoch` images make one. Seconds and images/s are None until known."""

    x: float = 0.0
    target: int = 0
    per_epoch: int = 0
    images_per_second: float | None = None
    elapsed: float = 0.0

    @property
    def epoch(self) -> int:
        """The epoch at hand, from 1."""
        return min(int(self.x) + 1, max(1, self.target))

    @property
    def seconds_left(self) -> float | None:
        """The estimated rest of the run."""
        if not self.images_per_second:
            return None
        return max(0.0, self.target - self.x) * self.per_epoch / self.images_per_second


class Speedometer:
    """Images per second over the last three seconds of running, and the time spent running."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._images = 0
        self._last: float | None = None
        self.elapsed = 0.0

    def add(self, images: int) -> None:
        """Count images learned since the last call; call it often while running."""
        now = time.monotonic()
        self.elapsed += now - self._last if self._last is not None else 0.0
        self._last = now
        self._images += images
        self._seen.append((now, self._images))
        while now - self._seen[0][0] > WINDOW and len(self._seen) > 2:
            self._seen.popleft()

    def rest(self) -> None:
        """The run stands still: time and speed wait with it."""
        self._seen.clear()
        self._last = None

    @property
    def images_per_second(self) -> float | None:
        """The speed, once half a second of it has been seen."""
        if len(self._seen) < 2:
            return None
        (begin, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - begin) if end - begin > 0.5 else None
