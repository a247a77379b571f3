"""What a claim is: a sentence of the book, a run that gives numbers, and what must hold of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Numbers = dict[str, float]
"""What one run of a claim measured, by name. Shares are of 1."""


@dataclass(frozen=True)
class Run:
    """One run of a claim. `models` is the folder for networks that other claims use again."""

    seed: int
    quick: bool
    models: Path
    say: Callable[[str], None]

    def few(self, count: int) -> int:
        """So many epochs or steps, or a twentieth of them where it shall only be seen that all works."""
        return max(1, count // 20) if self.quick else count


@dataclass(frozen=True)
class Shown:
    """A number as the page shows it: `form` is percent, share, number, small or count."""

    name: str
    label: str
    form: str = "percent"


@dataclass(frozen=True)
class Claim:
    """`says` is what must come out, `measure` gives numbers, `holds` looks at those of one seed.

    `seeds` is how many runs it takes, `why` what is to be said where it does not hold.
    """

    name: str
    says: str
    measure: Callable[[Run], Numbers]
    holds: Callable[[Numbers], bool]
    shown: tuple[Shown, ...]
    seeds: int = 3
    why: str = ""

    @property
    def recipe(self) -> str:
        """What is run, as the measuring function says it."""
        return " ".join(inspect.getdoc(self.measure).split()) if self.measure.__doc__ else ""


CLAIMS: dict[str, Claim] = {}
Measure = Callable[[Run], Numbers]


def claim(
    says: str, holds: Callable[[Numbers], bool], *shown: Shown, seeds: int = 3, why: str = ""
) -> Callable[[Measure], Measure]:
    """Decorator: enter a measuring function under its own name."""

    def enter(measure: Measure) -> Measure:
        CLAIMS[measure.__name__] = Claim(measure.__name__, says, measure, holds, shown, seeds, why)
        return measure

    return enter
