"""Rounded islands: the quiet surfaces everything stands on."""

from typing import Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme

Part = Literal["whole", "top", "bottom"]


def paint_island(
    painter: QPainter, rect: QRectF, surface: str = "panel", part: Part = "whole", radius: float = 8
) -> None:
    """Fill `rect` with token `surface` and one hairline, corners rounded by `radius` u.

    "top" and "bottom" leave the other side open, so that two widgets together make one island.
    """
    overhang = theme().u(2 * radius)
    shape = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    shape.adjust(0, -overhang if part == "bottom" else 0, 0, overhang if part == "top" else 0)
    painter.save()
    painter.setClipRect(rect)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colour("line"), 1))
    painter.setBrush(theme().colour(surface))
    painter.drawRoundedRect(shape, theme().u(radius), theme().u(radius))
    painter.restore()


class Island(QWidget):
    """A widget on an island of its own. Give it a layout; `surface` is "panel" or "card"."""

    def __init__(
        self, parent: QWidget | None = None, *, surface: str = "panel", part: Part = "whole", radius: float = 8
    ) -> None:
        super().__init__(parent)
        self._surface = surface
        self._part: Part = part
        self._radius = radius
        theme().changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface."""
        paint_island(QPainter(self), QRectF(self.rect()), self._surface, self._part, self._radius)
