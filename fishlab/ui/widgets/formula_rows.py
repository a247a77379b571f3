"""From a formula as one types it to the rows that a FormulaBox draws: "y = γ (x − μ) / σ + β" has a fraction."""

from __future__ import annotations

import re

from fishlab.ui.widgets.formula_box import FormulaRow

_FRACTION = " / "
_OPEN, _CLOSE = "([", ")]"


def formula_rows(text: str) -> tuple[FormulaRow, ...]:
    """One row a line. What has no equals sign is what comes out, y; one fraction of a side is drawn as one."""
    return tuple(_row(line.strip()) for line in text.splitlines() if line.strip())


def _row(line: str) -> FormulaRow:
    left, sign, right = line.partition(" = ")
    if not sign:
        left, right = "y", line
    places = _outside(right, _FRACTION)
    if len(places) != 1:
        return FormulaRow(left, right, general=True)
    over, rest = right[: places[0]], right[places[0] + len(_FRACTION) :]
    if _outside(over, " + ") or _outside(over, " − "):  # only a part of what stands before is above the line
        return FormulaRow(left, right, general=True)
    end = min((place for sign in (" + ", " − ", ", ") for place in _outside(rest, sign)), default=len(rest))
    return FormulaRow(left, _bare(over), _bare(rest[:end]), rest[end:].strip(), general=True)


def _outside(text: str, sign: str) -> list[int]:
    """Where `sign` stands outside all brackets."""
    depths, depth = [], 0
    for letter in text:
        depth += (letter in _OPEN) - (letter in _CLOSE)
        depths.append(depth)
    return [found.start() for found in re.finditer(re.escape(sign), text) if depths[found.start()] == 0]


def _bare(text: str) -> str:
    """Without brackets around all of it: the line of the fraction says as much."""
    if text.startswith("(") and text.endswith(")") and not _closes_early(text):
        return text[1:-1]
    return text


def _closes_early(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if depth == 0 and place < len(text) - 1:
            return True
    return False
