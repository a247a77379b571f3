"""What the first convolution makes of a drawing, small: one map for each of its filters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.probes.maps import LayerMaps
from fishlab.ui.plots.map_image import Span, coloured
from fishlab.ui.theme import theme
from fishlab.ui.widgets.gallery_picture import packed

_GAP = 2  # u


class DigitMaps(QWidget):
    """A mosaic of maps, or a sentence in its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maps: LayerMaps | None = None
        self._words = ""
        theme().changed.connect(self.update)

    def show_maps(self, maps: LayerMaps | None, words: str = "") -> None:
        """Show the maps of a layer, or `words` where there are none."""
        self._maps, self._words = maps, words
        self.setAccessibleDescription(self.summary())
        self.update()

    @property
    def maps(self) -> LayerMaps | None:
        """What is shown."""
        return self._maps

    def summary(self) -> str:
        """Return how many maps there are, and of which layer."""
        if self._maps is None:
            return self._words
        count, height, width = self._maps.shape
        words = self.tr("{n} maps of {height} × {width} after {number} {title}")
        return words.format(n=count, height=height, width=width, number=self._maps.number, title=self._maps.title)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(196), theme().px(196))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as many maps as have room."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._maps is None:
            painter.setFont(theme().font("small"))
            painter.setPen(theme().colour("ink2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)
            return
        values, gap = self._maps.values, theme().u(_GAP)
        columns, side = largest_squares(len(values), self.width() + gap, self.height() + gap)
        pixels = coloured(values, Span(self._maps.low, self._maps.high, self._maps.low < 0))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, picture in enumerate(pixels):
            down, across = divmod(number, columns)
            room = QRectF(across * side, down * side, side - gap, side - gap)
            size = QSizeF(picture.shape[1], picture.shape[0]).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(QRectF(room.topLeft(), size), packed(np.ascontiguousarray(picture)))


def largest_squares(count: int, width: float, height: float) -> tuple[int, float]:
    """In how many columns so many squares are largest in a room, and their side."""
    sides = {columns: min(width / columns, height / -(-count // columns)) for columns in range(1, count + 1)}
    columns = max(sides, key=sides.__getitem__)
    return columns, sides[columns]
