"""Automatic checkpoints: when the next one is due, and the last two of a run.

A clock stands here and not in the training: when a checkpoint is taken changes no number of the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.training import Trainer
from fishlab.core.verify import related

SECONDS = 120.0
SHARE = 0.02


class Due:
    """When keeping is due: every two minutes, and seldom enough that it takes at most a fiftieth of the time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowed = clock()
        self._next = self._allowed + SECONDS
        self._hurried = False

    @property
    def now(self) -> bool:
        """Whether it is due; cheap enough to be asked after every batch."""
        return self._clock() >= (self._allowed if self._hurried else self._next)

    def hurry(self) -> None:
        """Something happened that should be kept: as soon as it costs too little to matter."""
        self._hurried = True

    def begin(self) -> None:
        """It is being done; what happens from now on is for the next time."""
        self._hurried = False

    def kept(self, seconds: float) -> None:
        """It was done just now, and took so long."""
        now = self._clock()
        self._allowed = now + seconds * (1 / SHARE - 1)
        self._next = max(self._allowed, now + SECONDS)


class Automatic:
    """The last two automatic checkpoints of a run: one of them is before any model that the run ends with."""

    def __init__(self) -> None:
        self.due = Due()
        self._kept: tuple[Checkpoint, ...] = ()

    def keep(self, trainer: Trainer) -> Checkpoint:
        """Take one; of two at the same place the later one counts."""
        began = time.monotonic()
        self.due.begin()
        model = trainer.checkpoint()
        others = tuple(kept for kept in self._kept if kept.position != model.position)
        self._kept = (*others[-1:], model)
        self.due.kept(time.monotonic() - began)
        return model

    def before(self, model: Checkpoint) -> Checkpoint | None:
        """The last one from which a model of the same run can be verified; another thread may ask."""
        return next((kept for kept in reversed(self._kept) if related(kept, model)), None)

    def has_seen(self, model: Checkpoint) -> bool:
        """Whether a model is of this run: all its checkpoints share the weights it began with."""
        return any(kept.start is model.start for kept in self._kept)
