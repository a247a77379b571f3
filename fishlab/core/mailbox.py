"""Mailbox: what comes up from the worker. Metrics append, snapshots replace, lifecycle queues."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from functools import partial
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

RunEvent = TrainEvent | Preparing | Paused | Resumed | Stopped | Failed | TestScored | Replaying | Verified


@dataclass
class Mail:
    """What came since the last look: metrics in order, the newest snapshot of each name, lifecycle in order.

    Of moments the last MOST_MOMENTS, since nobody may look for a long time.
    """

    metrics: list[StepDone] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    events: list[RunEvent] = field(default_factory=list)
    moments: deque[Moment] = field(default_factory=partial(deque, maxlen=MOST_MOMENTS))


class Mailbox:
    """From the worker to its owner: metrics append, snapshots replace, lifecycle queues."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mail = Mail()

    def post(self, event: RunEvent | Snapshot | Moment) -> None:
        """Called by the worker."""
        with self._lock:
            if isinstance(event, StepDone):
                self._mail.metrics.append(event)
            elif isinstance(event, Moment):
                self._mail.moments.append(event)
            elif isinstance(event, Snapshot):
                self._mail.snapshots[event.name] = event
            else:
                self._mail.events.append(event)

    def drain(self) -> Mail:
        """Called by the owner: everything since the last call."""
        with self._lock:
            mail, self._mail = self._mail, Mail()
            return mail
