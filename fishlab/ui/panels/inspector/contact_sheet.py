"""A few images of a data set side by side, as they are: white on black in both themes."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fishlab.ui.theme import theme

COLUMNS = 7
_GAP = 2


class ContactSheet(QWidget):
    """Rows of COLUMNS images, as wide as the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        # Not Fixed: a layout would cut the height for this width down to the one of the size hint.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self._on_theme_changed)

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """Show images (n, H, W) of grey levels or (n, H, W, 3) in colour, or none."""
        self._images = [_as_picture(image) for image in images] if images is not None else []
        self.setAccessibleName(self.tr("{n} images of the data set").format(n=len(self._images)))
        self.setVisible(bool(self._images))
        self.updateGeometry()
        self.update()

    def count(self) -> int:
        """Return how many images are shown."""
        return len(self._images)

    def hasHeightForWidth(self) -> bool:
        """The images stay in shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows at `width`."""
        rows = -(-len(self._images) // COLUMNS)
        return round(rows * self._side(width) + max(0, rows - 1) * theme().u(_GAP))

    def sizeHint(self) -> QSize:
        """Return the size at the inspector's first width."""
        width = theme().px(232)
        return QSize(width, self.heightForWidth(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the images from the top left."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side, step = self._side(self.width()), self._side(self.width()) + theme().u(_GAP)
        for index, image in enumerate(self._images):
            row, column = divmod(index, COLUMNS)
            painter.drawImage(QRectF(column * step, row * step, side, side), image)

    def _side(self, width: int) -> float:
        return max(1.0, (width - (COLUMNS - 1) * theme().u(_GAP)) / COLUMNS)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _as_picture(image: NDArray[np.uint8]) -> QImage:
    rows, columns = image.shape[:2]
    packed = np.ascontiguousarray(image)
    form = QImage.Format.Format_Grayscale8 if image.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(packed.data, columns, rows, packed.strides[0], form).copy()
