"""The same images as they are and, under each, what the augmentation makes of it in a few steps of a training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fishlab.ui.plots.data_bank import Bank, Grid, as_image, lay_out, picture
from fishlab.ui.theme import theme

DRAWS = 6
_LEAST, _MOST = 20, 84  # u: sides of an image
_MARGIN, _GAP, _ROWS = 12, 4, 4  # rows that are to have room


class VariantsView(QWidget):
    """Shows images (1 + draws, n, C, H, W): the first row before, the others after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: NDArray[np.float32] | None = None
        self._range = (0.0, 255.0)
        self._page: tuple[object, QImage] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._on_theme_changed)

    def show_variants(self, images: NDArray[np.float32], low: float, high: float) -> None:
        """Show them; values from `low` to `high` are black to white."""
        self._images, self._range = images, (low, high)
        words = self.tr("{n} images before and after the augmentation, which is drawn {k} times")
        self.setAccessibleDescription(words.format(n=images.shape[1], k=len(images) - 1))
        self._on_theme_changed()

    def sizeHint(self) -> QSize:
        """A few rows."""
        return QSize(theme().px(420), theme().px(150))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as many rows and columns as fit, and what the rows are."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._images is None or not self._images.shape[1]:
            return
        left, top = self._name_width() + theme().u(_MARGIN), theme().u(4)
        grid, rows = self.layout_of(self._images.shape[3:])
        painter.drawImage(QPointF(left, top), self._picture(grid, rows))
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        step = grid.step_down / self.devicePixelRatioF()
        for row, name in enumerate((self.tr("before"), self.tr("after"))):
            room = QRectF(theme().u(_MARGIN), top + row * step, self._name_width(), grid.height / self._ratio())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)

    def layout_of(self, size: tuple[int, ...]) -> tuple[Grid, int]:
        """How images of a size lie, and how many rows of them are seen: before, and at least one after."""
        assert self._images is not None
        ratio, gap = self._ratio(), theme().u(_GAP)
        side = min(theme().u(_MOST), max(theme().u(_LEAST), (self.height() - theme().u(8)) / _ROWS - gap))
        room = self.width() - self._name_width() - 2 * theme().u(_MARGIN)
        grid = lay_out((size[0], size[1]), round(side * ratio), int(room * ratio), round(gap * ratio), 0)
        rows = int((self.height() * ratio - round(4 * ratio)) // grid.step_down)
        return replace(grid, columns=min(grid.columns, self._images.shape[1])), max(2, min(rows, len(self._images)))

    def _ratio(self) -> float:
        return self.devicePixelRatioF()

    def _name_width(self) -> float:
        names = (self.tr("before"), self.tr("after"))
        return max(theme().text_width(name, "caption") for name in names) + theme().u(6)

    def _picture(self, grid: Grid, rows: int) -> QImage:
        assert self._images is not None
        key = (grid, rows, theme().tokens, self._ratio())
        if self._page is None or self._page[0] != key:
            count = self._images.shape[1]
            numbers = (np.arange(rows)[:, None] * count + np.arange(grid.columns)).ravel()
            bank = Bank(self._images.reshape(-1, *self._images.shape[2:]), numbers, *self._range, str, str)
            image = as_image(picture(bank, grid, 0, len(numbers), theme().colour("card").rgb()))
            image.setDevicePixelRatio(self._ratio())
            self._page = (key, image)
        return self._page[1]

    def _on_theme_changed(self) -> None:
        self._page = None
        self.update()
