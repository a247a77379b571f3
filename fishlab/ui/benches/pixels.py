"""A small grey image shown large, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme


class Pixels(QWidget):
    """White on black in both themes; pixels of a data set are never mapped to other colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None

    def show_image(self, image: NDArray[np.float32] | None) -> None:
        """Show (1, H, W) of 0..255, or black."""
        self._image = None if image is None else _grey(image[0])
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(196), theme().px(196))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint without smoothing."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._image is not None:
            painter.drawImage(QRectF(self.rect()), self._image)


def _grey(levels: NDArray[np.float32]) -> QImage:
    data = np.ascontiguousarray(levels.clip(0, 255).astype(np.uint8))
    height, width = data.shape
    return QImage(data.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
