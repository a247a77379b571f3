"""What a gradient check has found, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fishlab.core.checking.slopes import Comparison


class Verdict(Enum):
    """What is to be thought of one gradient."""

    RIGHT = "right"
    WRONG = "wrong"  # by itself
    SPOILED = "spoiled"  # right by itself, but it gets something wrong to work with
    UNKNOWN = "unknown"  # all of its numbers stand on corners


@dataclass(frozen=True)
class Finding:
    """One gradient of one layer: "dx", "dW", "db" and so on; "" for neighbours that run as one, all of theirs.

    `alone` compares the layer by itself, `network` the gradient that it learns from, with the loss of the whole
    network; None where that has none. `problem` says what kept the layer from being checked.
    """

    uid: str
    number: str
    title: str
    gradient: str
    alone: Comparison
    network: Comparison | None
    verdict: Verdict
    problem: str = ""


@dataclass(frozen=True)
class GradientReport:
    """Findings from the first layer to the loss, from a batch of so many images, after so many batches learned."""

    findings: tuple[Finding, ...]
    images: int
    step: int = 0

    @property
    def culprits(self) -> tuple[Finding, ...]:
        """What is wrong by itself: mend these, and what they spoil mends itself."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.WRONG)

    @property
    def spoiled(self) -> tuple[Finding, ...]:
        """What is wrong because something behind it, or in it, is."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.SPOILED)

    @property
    def compared(self) -> int:
        """Numbers that were moved and compared."""
        return sum(part.compared for part in self._comparisons())

    @property
    def corners(self) -> int:
        """Numbers met that have no derivative."""
        return sum(part.corners for part in self._comparisons())

    def _comparisons(self) -> list[Comparison]:
        moved = (finding for finding in self.findings if finding.gradient)
        return [part for finding in moved for part in (finding.alone, finding.network) if part]
