"""What was measured, one line of JSON for each run of a claim: a run that was cut off goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.book.claims import Numbers

Results = dict[str, dict[int, Numbers]]
"""Claim name -> seed -> numbers."""


def append(path: Path, name: str, seed: int, numbers: Numbers, seconds: float) -> None:
    """Add one run, as a whole line, so that two commands may write at the same time."""
    line = {"claim": name, "seed": seed, "numbers": numbers, "seconds": round(seconds, 1)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path: Path) -> Results:
    """All runs; of a run that was made again the last one counts."""
    found: Results = {}
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            found.setdefault(line["claim"], {})[line["seed"]] = line["numbers"]
    return found
