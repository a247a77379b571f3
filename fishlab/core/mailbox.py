"""Mailbox: what comes up from the worker. Metrics append, snapshots replace, lifecycle queues."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from fishlab.core.events import Score, StepDone, TrainEvent
from fishlab.core.moment import Moment
from fishlab.core.verify import Replaying, Verified


@dataclass(frozen=True)
class Preparing:
    """Data is being read, drawn or fetched."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class Paused:
    """The run stands still between two batches."""


@dataclass(frozen=True)
class Resumed:
    """The run goes on."""


@dataclass(frozen=True)
class Stopped:
    """The run was stopped on request."""


@dataclass(frozen=True)
class Failed:
    """The run ended in an error; `text` may be shown, `error` is for the log."""

    text: str
    error: BaseException


@dataclass(frozen=True)
class TestScored:
    """The test images were evaluated."""

    score: Score
    data_name: str


@dataclass(frozen=True)
class Snapshot:
    """What a probe found at a step; `data` shares no memory with the run."""

    name: str
    step: int
    data: Any


MOST_MOMENTS = 8
MOST_BYTES = 64 * 2**20  # of moments that nobody has looked at yet

RunEvent = TrainEvent | Preparing | Paused | Resumed | Stopped | Failed | TestScored | Replaying | Verified


@dataclass
class Mail:
    """What came since the last look: metrics in order, the newest snapshot of each name, lifecycle in order.

    Of moments the last ones that there is room for, since nobody may look for a long time.
    """

    metrics: list[StepDone] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    events: list[RunEvent] = field(default_factory=list)
    moments: deque[Moment] = field(default_factory=deque)


class Mailbox:
    """From the worker to its owner: metrics append, snapshots replace, lifecycle queues.

    It holds at most MOST_MOMENTS moments, and no more than `most_bytes` of them; the newest is always there.
    """

    def __init__(self, most_bytes: int | None = None) -> None:
        self._lock = threading.Lock()
        self._mail = Mail()
        self._most_bytes = MOST_BYTES if most_bytes is None else most_bytes

    def post(self, event: RunEvent | Snapshot | Moment) -> None:
        """Called by the worker."""
        with self._lock:
            if isinstance(event, StepDone):
                self._mail.metrics.append(event)
            elif isinstance(event, Moment):
                self._mail.moments.append(event)
                while len(self._mail.moments) > 1 and not self._fits(0):
                    self._mail.moments.popleft()
            elif isinstance(event, Snapshot):
                self._mail.snapshots[event.name] = event
            else:
                self._mail.events.append(event)

    @property
    def has_room_for_one_more(self) -> bool:
        """Whether another moment as large as the newest would drive out none."""
        with self._lock:
            moments = self._mail.moments
            return not moments or self._fits(moments[-1].nbytes)

    def _fits(self, more: int) -> bool:
        moments = self._mail.moments
        held = sum(moment.nbytes for moment in moments) + more
        return len(moments) + bool(more) <= MOST_MOMENTS and held <= self._most_bytes

    def drain(self) -> Mail:
        """Called by the owner: everything since the last call."""
        with self._lock:
            mail, self._mail = self._mail, Mail()
            return mail
