"""How wide words are in whatever font will show them, and how much of them fits."""

from __future__ import annotations

import unicodedata
from functools import cache

from fishlab.core.drawing.letters import runs
from fishlab.core.drawing.sheet import BOLD

ELLIPSIS = "…"
_ROOM = 1.08  # other fonts are wider than the one that is measured with
_BOLDER = 0.02  # em, for each letter
_EM = 64.0


@cache
def _advance(letter: str) -> float:
    """The width of one letter, in em."""
    wide = 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.0
    return max(wide, sum(run.width(_EM) for run in runs(letter, anywhere=False)) / _EM)


def width(words: str, size: float, weight: int = 400) -> float:
    """About how wide words are in any usual font."""
    bolder = _BOLDER if weight >= BOLD else 0.0
    return sum(_advance(letter) + bolder for letter in words) * size * _ROOM


def wrapped(words: str, size: float, room: float) -> list[str]:
    """The words in lines of at most `room`; a word that is longer is cut."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fitted(line, size, room) for line in lines]


def fitted(words: str, size: float, room: float, weight: int = 400) -> str:
    """As much of the words as fits into `room`, with … where something is left out; on one line."""
    words = " ".join(words.split())
    if width(words, size, weight) <= room:
        return words
    left = room - width(ELLIPSIS, size, weight)
    kept = 0
    while kept < len(words) and (left := left - width(words[kept], size, weight)) >= 0:
        kept += 1
    return words[:kept].rstrip() + ELLIPSIS
