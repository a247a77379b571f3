"""One picture of a data set as Qt paints it: its pixels as they are, never mapped to other colours."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from fishlab.core.data.dataset import Values
from fishlab.ui.theme import theme

Range = tuple[float, float]
_NUMBERS = 3  # of a row of features


def grey_range(images: Values) -> Range:
    """Return what is black and what is white in images: 0 and 255 for grey levels, else the least and the most."""
    if images.dtype == np.uint8 or not images.size:
        return 0.0, 255.0
    return float(images.min()), float(images.max())


def as_picture(image: Values, black_white: Range) -> QImage | None:
    """Return an image (C, H, W): three channels are a colour, of others the first is grey. None for a row (F,)."""
    if image.ndim != 3:
        return None
    shown = np.moveaxis(image, 0, -1) if len(image) == 3 else image[0]
    if shown.dtype != np.uint8:
        black, white = black_white
        shown = ((shown - black) * (255 / ((white - black) or 1))).clip(0, 255).astype(np.uint8)
    return packed(np.ascontiguousarray(shown))


def packed(levels: NDArray[np.uint8]) -> QImage:
    """Return an image of its own from (H, W) grey levels or (H, W, 3) colours."""
    height, width = levels.shape[:2]
    form = QImage.Format.Format_Grayscale8 if levels.ndim == 2 else QImage.Format.Format_RGB888
    return QImage(levels.data, width, height, levels.strides[0], form).copy()


def paint_thumbnail(
    painter: QPainter, cell: QRect, side: float, image: Values, black_white: Range, text: str, *, chosen: bool
) -> None:
    """Paint an image in a square of `side` at the top of a cell, a line of words below, a border if it is `chosen`."""
    room = QRectF(cell.left() + (cell.width() - side) / 2, cell.top() + theme().u(3), side, side)
    picture = as_picture(image, black_white)
    if picture is None:
        _paint_numbers(painter, room, image)
    else:
        paint_picture(painter, room, picture)
    if chosen:
        painter.setPen(QPen(theme().colour("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room.adjusted(-1, -1, 1, 1))
    if text:
        painter.setFont(theme().font("caption", 600 if chosen else 400))
        painter.setPen(theme().colour("ink" if chosen else "ink2"))
        line = QRectF(cell.left(), room.bottom() + theme().u(1), cell.width(), theme().metrics("caption").height())
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(line.width()) - 1)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, cut)


def paint_picture(painter: QPainter, room: QRectF, picture: QImage) -> None:
    """Paint a picture as large as it fits, in its proportions; pixels that grow stay square."""
    size = QSizeF(picture.size()).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    frame = QRectF(room.center() - QPointF(size.width() / 2, size.height() / 2), size)
    smooth = picture.width() > frame.width() * painter.device().devicePixelRatioF()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(frame, picture)


def _paint_numbers(painter: QPainter, room: QRectF, row: Values) -> None:
    """A row of features is no picture: its first numbers."""
    painter.fillRect(room, theme().colour("band"))
    painter.setFont(theme().font("caption"))
    painter.setPen(theme().colour("ink2"))
    lines = [f"{float(value):.2f}" for value in row[:_NUMBERS]] + ["…"] * (len(row) > _NUMBERS)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))
