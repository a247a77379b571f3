"""Letters for pictures: which font has them, how wide words are, and how much of them fits.

Pillow brings one font, of plain Latin letters. The few signs that FishLab's own words need beside them are strokes. Of
names that people give, a letter with an accent loses the accent, and what is left stands as a box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from fishlab.core.drawing.sheet import BOLD, Point

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

ROOM = 1.08  # other fonts are wider than the one that is measured with
ELLIPSIS = "…"
_EM = 64
_BOLDER = 0.02  # em, for each letter

# Lines through points, in em from the left end of the baseline, y upwards; and how wide the sign is.
STROKES: dict[str, tuple[tuple[tuple[Point, ...], ...], float]] = {
    "×": ((((0.11, 0.10), (0.47, 0.46)), ((0.11, 0.46), (0.47, 0.10))), 0.58),
    "−": ((((0.07, 0.28), (0.51, 0.28)),), 0.58),
    "–": ((((0.03, 0.26), (0.49, 0.26)),), 0.52),
    "—": ((((0.03, 0.26), (0.93, 0.26)),), 0.96),
    "→": ((((0.08, 0.28), (0.84, 0.28)), ((0.60, 0.48), (0.84, 0.28), (0.60, 0.08))), 0.92),
    "≠": ((((0.08, 0.38), (0.50, 0.38)), ((0.08, 0.18), (0.50, 0.18)), ((0.16, 0.02), (0.42, 0.54))), 0.58),
    "≤": ((((0.48, 0.52), (0.10, 0.34), (0.48, 0.16)), ((0.10, 0.04), (0.48, 0.04))), 0.58),
    "≥": ((((0.10, 0.52), (0.48, 0.34), (0.10, 0.16)), ((0.10, 0.04), (0.48, 0.04))), 0.58),
    "√": ((((0.04, 0.30), (0.14, 0.34), (0.26, 0.02), (0.46, 0.74), (0.58, 0.74)),), 0.60),
    "∞": ((((0.10, 0.28), (0.2, 0.4), (0.45, 0.16), (0.55, 0.28), (0.45, 0.4), (0.2, 0.16), (0.10, 0.28)),), 0.64),
}
BOX = "\N{WHITE SQUARE}"  # for a letter that nobody has
BOX_LINES = (((0.1, 0.0), (0.1, 0.64), (0.6, 0.64), (0.6, 0.0), (0.1, 0.0)),)
BOX_WIDE = 0.7
SPACE = 0.28  # the font's own is hardly seen in small sizes


@cache
def font(size: float) -> FreeTypeFont:
    """Pillow's own font in a size, in pixels."""
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


@cache
def has(letter: str) -> bool:
    """Whether the font has this letter."""
    return bytes(font(_EM).getmask(letter)) != bytes(font(_EM).getmask("\uffff"))


@cache
def plain(letter: str) -> str:
    """The letter as it can be drawn: itself, its bare form, nothing for what only changes others, or a box."""
    if letter == " " or letter in STROKES or has(letter):
        return letter
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc", "Cs", "Zl", "Zp"):
        return ""
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if part in STROKES or has(part))
    return bare or BOX


def runs(words: str) -> Iterator[str]:
    """The words as they can be drawn, in pieces: letters of the font, or one sign of strokes, or one space."""
    for written, letters in groupby("".join(map(plain, words)), key=lambda letter: letter != " " and has(letter)):
        piece = "".join(letters)
        yield from [piece] if written else piece


def run_width(run: str, size: float) -> float:
    """How wide such a piece is drawn in a size."""
    if run == " ":
        return SPACE * size
    if run in STROKES:
        return STROKES[run][1] * size
    return BOX_WIDE * size if run == BOX else font(size).getlength(run)


@cache
def _advance(letter: str) -> float:
    """The width of one letter, in em; of one that the font does not have, that of others that may show it."""
    drawn = plain(letter)
    wide = 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.0
    return max(wide, sum(run_width(run, _EM) for run in runs(drawn)) / _EM)


def width(words: str, size: float, weight: int = 400) -> float:
    """About how wide words are in any usual font."""
    bolder = _BOLDER if weight >= BOLD else 0.0
    return sum(_advance(letter) + bolder for letter in words) * size * ROOM


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
