"""How a run computes: in one thread, over threads, or over helper processes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fishlab.core.errors import FieldError

ALONE = "one"
SHARING = ("processes",)  # these need memory that other processes can map
TEAMS = ("threads", *SHARING)
MOST_WORKERS = 64
_WRITTEN = re.compile(r"([a-z]{1,20})(?::([0-9]{1,3}))?")


@dataclass(frozen=True)
class Way:
    """One thread, or so many `workers` that share each batch: threads or processes.

    The bits of a run depend on the number of workers (it is the order in which gradients are summed), not on `kind`.
    Raises FieldError where the two do not go together.
    """

    kind: str
    workers: int

    def __post_init__(self) -> None:
        if self.kind not in (ALONE, *TEAMS):
            raise FieldError("way", f"A way of running is one, threads or processes, not {str(self.kind)[:40]!r}.")
        if type(self.workers) is not int or not 1 <= self.workers <= MOST_WORKERS:
            raise FieldError("way", f"A run has 1 to {MOST_WORKERS} workers, not {str(self.workers)[:40]}.")
        if (self.kind in TEAMS) != (self.workers > 1):
            raise FieldError("way", "One worker is the way “one”; threads and processes are two or more.")

    def __str__(self) -> str:
        return f"{self.kind}:{self.workers}" if self.workers > 1 else self.kind

    @property
    def title(self) -> str:
        """For people: '2 processes'."""
        return f"{self.workers} {self.kind}" if self.workers > 1 else "1 thread"

    @classmethod
    def parse(cls, text: Any) -> Way:
        """What `str` gave: 'one', 'threads:2', 'processes:4'; raises FieldError."""
        written = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
        if written is None:
            raise FieldError(
                "way", f"A way of running is written one, threads:2 or processes:2, not {str(text)[:40]!r}."
            )
        return cls(written[1], int(written[2] or 1))

    @classmethod
    def of(cls, kind: str, workers: int) -> Way:
        """So many workers of a kind; one worker is one thread, whatever the kind."""
        return ONE if workers == 1 else cls(kind, workers)


ONE = Way(ALONE, 1)
