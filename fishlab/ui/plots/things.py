"""What the examples of a set are called: images, points of the plane, or rows of numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers.base import Shape


class Things(NamedTuple):
    """One of them, and several."""

    one: str
    many: str

    @property
    def first(self) -> str:
        """One of them, where a sentence begins."""
        return self.one[:1].upper() + self.one[1:]

    def called(self, words: str) -> str:
        """The words, which speak of images, with what these are called instead."""
        return words if self == things(()) else _IMAGE.sub(self._instead, words)

    def _instead(self, found: re.Match[str]) -> str:
        name = self.many if found["many"] else self.one
        name = name.capitalize() if found["word"].istitle() and not found["an"] else name
        return {"": "", "an ": "a ", "An ": "A "}[found["an"] or ""] + name


def input_words(shape: Shape) -> str:
    """What goes into a network, in a sentence or two."""
    if len(shape) == 1:
        return _tr("One {thing} as the network gets it: so many numbers.").format(thing=things(shape).one)
    return _tr("One image as the network gets it: channels × rows × columns. Flatten makes a row of it.")


_IMAGE = re.compile(r"(?P<an>\b[Aa]n )?\b(?P<word>[Ii]mage(?P<many>s)?)\b")


def things(shape: Shape) -> Things:
    """What data of this shape, (C, H, W) or (F,), are called."""
    if len(shape) != 1:
        return Things(_tr("image"), _tr("images"))
    return Things(_tr("point"), _tr("points")) if shape[0] == 2 else Things(_tr("row"), _tr("rows"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Things", text)
