"""An image, the pixels that a score hangs on, both over one another, and what the network says."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from fishlab.core.probes.saliency import Saliency
from fishlab.ui.numbers import significant
from fishlab.ui.plots.class_bars import paint_class_bars
from fishlab.ui.plots.map_image import Floats, Span, map_image, paint_scale
from fishlab.ui.theme import theme
from fishlab.ui.theme.colormaps import rgb_from_hex
from fishlab.ui.theme.tokens import DARK
from fishlab.ui.widgets.gallery_picture import as_picture, grey_range, packed

_EDGE, _BETWEEN, _BARS, _LEAST = 12, 14, 120, 60  # u
_DIMMED = 0.55  # of the image's brightness, under the colours


class SaliencyView(QWidget):
    """`show_saliency` shows one; with `signed` where the score rises and where it falls, else how strongly it moves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Saliency | None = None
        self._values: Floats = np.zeros((1, 1), np.float32)
        self._span = Span(0.0, 1.0)
        self._images: list[QImage] = []
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        theme().changed.connect(self._on_theme_changed)

    def show_saliency(self, found: Saliency, *, signed: bool) -> None:
        """Show this in place of what was there."""
        self._found = found
        self._values = _signed(found.gradient) if signed else found.magnitude
        self._span = Span.of(self._values, signed=signed)
        self._make_images()
        self.update()

    def _make_images(self) -> None:
        assert self._found is not None
        pixels = self._found.image.pixels
        image = as_picture(pixels, grey_range(pixels))
        over = packed(_over(np.asarray(pixels, np.float32), self._values, self._span))
        self._images = [image or over, map_image(self._values, self._span), over]

    def _on_theme_changed(self) -> None:
        if self._found is not None:
            self._make_images()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(560), theme().px(170))

    # -- where everything lies ---------------------------------------------------------------------------------------
    def _line(self) -> float:
        return theme().metrics("caption").height()

    def _areas(self) -> list[QRectF]:
        """Three squares as large as height and width allow."""
        margin, gap, line = theme().u(_EDGE), theme().u(_BETWEEN), self._line()
        room = (self.width() - 2 * margin - 3 * gap - theme().u(_BARS)) / 3
        side = float(int(max(theme().u(_LEAST), min(self.height() - 2 * line - theme().u(14), room))))
        top = round(line + theme().u(6))
        return [QRectF(round(margin + index * (side + gap)), top, side, side) for index in range(3)]

    def _bars(self) -> QRectF:
        last = self._areas()[-1]
        left = last.right() + theme().u(_BETWEEN)
        width = min(self.width() - left - theme().u(_EDGE), theme().u(2 * _BARS))
        return QRectF(left, last.top(), width, last.height())

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the three pictures, their names above and the colours below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._found is None:
            return
        areas = self._areas()
        for area, image, name in zip(areas, self._images, self._names(), strict=True):
            painter.setFont(theme().font("caption"))
            painter.setPen(theme().colour("ink2"))
            row = QRectF(area.left(), theme().u(2), area.width() + theme().u(_BETWEEN), self._line())
            cut = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, cut)
            painter.drawImage(_inside(area, image), image)
        paint_class_bars(painter, self._bars(), self._found.answer, self._found.class_names, (0.0, 1.0))
        below = QRectF(areas[1].left(), areas[1].bottom() + theme().u(4), areas[1].width(), self._line())
        paint_scale(painter, below, areas[1].center().x(), self._span)
        if self._found.ties:
            self._paint_ties(painter, self._below_last())

    def _below_last(self) -> QRectF:
        """The line under the last picture, to the right edge."""
        left, top = self._areas()[2].left(), self._areas()[2].bottom() + theme().u(4)
        return QRectF(left, top, self.width() - left - theme().u(_EDGE) / 2, self._line())

    def _paint_ties(self, painter: QPainter, row: QRectF) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        words = self.tr("ties in pooling: no derivative there")
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(row.width()))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, cut)

    def _names(self) -> tuple[str, str, str]:
        assert self._found is not None
        image, names = self._found.image, self._found.class_names
        label = image.label
        known = label is not None and 0 <= label < len(names)
        shown = self.tr("image, a {name}").format(name=names[label]) if known else self.tr("image")  # type: ignore[index]
        of = self.tr("score of {name}").format(name=names[self._found.target])
        return shown, of, self.tr("over the image")

    def event(self, event: QEvent) -> bool:
        """Tell the slope at the pixel under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._told(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _told(self, position: QPointF) -> str:
        if self._found is not None and self._found.ties and self._below_last().contains(position):
            return tie_words(self._found.ties)
        for area, image in zip(self._areas(), self._images, strict=False):
            frame = _inside(area, image)
            if frame.contains(position):
                scale = image.width() / frame.width()
                column = min(int((position.x() - frame.left()) * scale), image.width() - 1)
                row = min(int((position.y() - frame.top()) * scale), image.height() - 1)
                value = significant(float(self._values[row, column]), 3)
                words = self.tr("Row {row}, column {column}: {value}")
                return words.format(row=row + 1, column=column + 1, value=value)
        return ""


def tie_words(ties: int) -> str:
    """Why some of the slopes are one of several that might be drawn."""
    one = QCoreApplication.translate("SaliencyView", "In 1 pooling window several numbers are the largest: there is no "
                                     "derivative there, and the first of them gets the whole slope.")  # fmt: skip
    words = QCoreApplication.translate("SaliencyView", "In {n} pooling windows several numbers are the largest: there "
                                       "is no derivative there, and the first of them gets the whole slope.")
    return one if ties == 1 else words.format(n=f"{ties:,}")


def _signed(gradient: Floats) -> Floats:
    """(C, H, W) -> (H, W): of each pixel the slope of the channel where it is steepest, with its sign."""
    steepest = np.abs(gradient).argmax(axis=0)[None]
    found: Floats = np.take_along_axis(gradient, steepest, axis=0)[0]
    return found


def _over(pixels: Floats, values: Floats, span: Span) -> np.ndarray:
    """The image as a dim grey, and over it the slopes: the steeper, the more of their colour.

    The image is dark in both themes, so the colours are those of the dark one.
    """
    grey = pixels.mean(axis=0)
    low, high = float(grey.min()), float(grey.max())
    grey = (grey - low) * (255 * _DIMMED / ((high - low) or 1))
    falls, _, rises = (rgb_from_hex(colour) * 255 for colour in DARK.diverging)
    share = np.clip(np.nan_to_num(np.abs(values) / span.ends[1]), 0, 1)[..., None]
    colour = np.where(values[..., None] < 0, falls, rises)
    return np.ascontiguousarray((grey[..., None] * (1 - share) + colour * share).astype(np.uint8))


def _inside(area: QRectF, image: QImage) -> QRectF:
    size = image.size().scaled(area.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRectF(area.topLeft(), size)
