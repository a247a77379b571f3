"""Letters as pixels have them: the font that Pillow brings, FishLab's own signs, fonts of the machine for the rest.

Pillow's font has plain Latin letters. Other letters, of names that people give, are looked for in well-known fonts of
the machine where `anywhere` allows that. Else a letter loses its accent, and what is left stands as a box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from fishlab.core.drawing.signs import SIGNS, UNKNOWN

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SPACE = 0.28  # em; the font's own is hardly seen in small sizes
_EM = 64.0
_OWN = ""
_ELSEWHERE = (  # of Linux, Windows and macOS, those with Chinese, Japanese and Korean letters first
    "NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "YuGothR.ttc", "meiryo.ttc", "msgothic.ttc", "msyh.ttc",
    "malgun.ttf", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf", "NotoSans-Regular.ttf",
    "DejaVuSans.ttf", "segoeui.ttf", "arial.ttf", "Arial.ttf",
)  # fmt: skip
_UNSEEN = ("Mn", "Me", "Cf", "Cc", "Cs", "Zl", "Zp")  # what only changes other letters, or is none


@dataclass(frozen=True)
class Run:
    """Letters of one font, named by its file; or, without one, a space or a sign of lines."""

    text: str
    face: str = _OWN

    @property
    def is_sign(self) -> bool:
        """Whether it is drawn as lines."""
        return self.text in SIGNS

    def width(self, size: float) -> float:
        """How wide it is drawn."""
        if self.text == " ":
            return SPACE * size
        return SIGNS[self.text][1] * size if self.is_sign else font(self.face, size).getlength(self.text)


@cache
def font(face: str, size: float) -> FreeTypeFont:
    """A font in a size, in pixels; raises OSError where the machine does not have it."""
    from PIL import ImageFont

    if face:
        return ImageFont.truetype(face, size)
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont)
    return own


def runs(words: str, *, anywhere: bool) -> Iterator[Run]:
    """The words as they can be drawn, in pieces."""
    pieces = [piece for letter in words for piece in _drawn(letter, anywhere)]
    for together, some in groupby(pieces, key=lambda run: None if run.text == " " or run.is_sign else run.face):
        group = list(some)
        yield from group if together is None else [Run("".join(run.text for run in group), together)]


@cache
def _drawn(letter: str, anywhere: bool) -> tuple[Run, ...]:
    """How one letter is drawn: as it is, from another font, without its accent, as a box, or not at all."""
    if letter == " " or letter in SIGNS or _has(_OWN, letter):
        return (Run(letter),)
    if unicodedata.category(letter) in _UNSEEN:
        return ()
    face = next((face for face in _faces() if _has(face, letter)), _OWN) if anywhere else _OWN
    if face:
        return (Run(letter, face),)
    bare = [part for part in unicodedata.normalize("NFKD", letter) if part in SIGNS or _has(_OWN, part)]
    return tuple(map(Run, bare or UNKNOWN))


@cache
def _has(face: str, letter: str) -> bool:
    """Whether a font has this letter, that is, draws another one than it draws for no character."""
    masks = [bytes(font(face, _EM).getmask(drawn)) for drawn in (letter, "\uffff")]
    return masks[0] != masks[1]


@cache
def _faces() -> tuple[str, ...]:
    """Those of the well-known fonts that the machine has."""
    return tuple(face for face in _ELSEWHERE if _opens(face))


def _opens(face: str) -> bool:
    try:
        font(face, _EM)
    except OSError:
        return False
    return True
