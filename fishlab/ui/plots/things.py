"""What the examples of a set are called: images, points of the plane, or rows of numbers."""

from __future__ import annotations

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


def things(shape: Shape) -> Things:
    """What data of this shape, (C, H, W) or (F,), are called."""
    if len(shape) != 1:
        return Things(_tr("image"), _tr("images"))
    return Things(_tr("point"), _tr("points")) if shape[0] == 2 else Things(_tr("row"), _tr("rows"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Things", text)
