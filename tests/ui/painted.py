"""What a window paints, stroke by stroke: every word, line, fill and icon with its colour, its place and its widget.

A paint device that takes notes instead of painting: whatever draws, by hand or in Qt's own controls, draws into it. On
what ground a thing stands is then read from the pixels of a picture of the same window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintDevice, QPaintEngine, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme.colormaps import contrast

_ASKED = QPaintDevice.PaintDeviceMetric
_MEASURES = {
    _ASKED.PdmWidth: 4000, _ASKED.PdmHeight: 4000, _ASKED.PdmDpiX: 96, _ASKED.PdmDpiY: 96,
    _ASKED.PdmPhysicalDpiX: 96, _ASKED.PdmPhysicalDpiY: 96, _ASKED.PdmDepth: 32, _ASKED.PdmNumColors: 1 << 24,
    _ASKED.PdmWidthMM: 1000, _ASKED.PdmHeightMM: 1000, _ASKED.PdmDevicePixelRatio: 1,
    _ASKED.PdmDevicePixelRatioScaled: int(QPaintDevice.devicePixelRatioFScale()),
}  # fmt: skip
ICON = 40  # pixels: a larger picture is no icon
RING = 3  # pixels around a line or an icon are what it stands on

Pixels = NDArray[np.uint32]


@dataclass(frozen=True)
class Mark:
    """One thing that was painted: `what` is a word, or "line", "fill", "icon"; `box` counts in its widget."""

    what: str
    is_word: bool
    colour: QColor
    box: QRectF
    widget: QWidget


class _Notes(QPaintEngine):
    """Writes down instead of painting."""

    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.widget = QWidget()
        self.marks: list[Mark] = []

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def begin(self, _device: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        return True

    def updateState(self, _state: object) -> None:
        """The painter is asked when something is painted."""

    def drawTextItem(self, point, item) -> None:
        box = QRectF(point.x(), point.y() - item.ascent(), item.width(), item.ascent() + item.descent())
        if item.text().strip():
            self._note(item.text(), True, self.painter().pen().color(), box)

    def drawPath(self, path) -> None:
        self._shape(path.controlPointRect())

    def drawLines(self, lines) -> None:
        for line in lines:
            self._stroke(QRectF(line.p1(), line.p2()).normalized())

    def drawRects(self, boxes) -> None:
        for box in boxes:
            self._shape(QRectF(box))

    def drawPolygon(self, points, _mode) -> None:
        self._shape(QPolygonF(points).boundingRect())

    def drawPixmap(self, box, pixmap, source) -> None:
        colour = _one_colour(pixmap.copy(source.toRect()).toImage())
        if colour is not None and max(box.width(), box.height()) <= ICON:
            self._note("icon", False, colour, box)

    def drawImage(self, *_where) -> None:
        """Pictures of numbers have a scale of their own."""

    def _shape(self, box: QRectF) -> None:
        brush = self.painter().brush()
        if brush.style() == Qt.BrushStyle.SolidPattern and min(box.width(), box.height()) >= 1:
            self._note("fill", False, brush.color(), box)
        self._stroke(box)

    def _stroke(self, box: QRectF) -> None:
        pen = self.painter().pen()
        if pen.style() != Qt.PenStyle.NoPen:
            beside = pen.widthF() / 2 if pen.widthF() > 1 else 0.0  # its half-tones are no ground
            self._note("line", False, pen.color(), box.adjusted(-beside, -beside, beside, beside))

    def _note(self, what: str, is_word: bool, colour: QColor, box: QRectF) -> None:
        painter = self.painter()
        if painter.hasClipping():  # of a line of which a part is selected, each part is painted for itself
            box &= painter.clipPath().boundingRect()
        seen = QColor(colour)
        seen.setAlphaF(colour.alphaF() * painter.opacity())
        if is_word and box.isEmpty():
            return
        self.marks.append(Mark(what, is_word, seen, painter.deviceTransform().mapRect(box), self.widget))


class Notepad(QPaintDevice):
    """The device that widgets paint into."""

    def __init__(self) -> None:
        super().__init__()
        self._notes = _Notes()

    def paintEngine(self) -> QPaintEngine:
        return self._notes

    def metric(self, asked: QPaintDevice.PaintDeviceMetric) -> int:
        return _MEASURES.get(asked, 0)

    def of(self, widget: QWidget) -> list[Mark]:
        """What `widget` itself paints, without its children."""
        self._notes.widget, self._notes.marks = widget, []
        QWidget.render(widget, self, QPoint(), QRegion(), QWidget.RenderFlag(0))
        return self._notes.marks


told_apart = cache(contrast)


class Ground:
    """The pixels of a picture of `part`, and which of them a mark stands on."""

    def __init__(self, part: QWidget) -> None:
        self._window = part.window()
        self._box = QRect(part.mapTo(self._window, QPoint()), part.size()).adjusted(-4, -4, 4, 4)
        self._box &= self._window.rect()
        image = self._window.grab(self._box).toImage().convertToFormat(QImage.Format.Format_RGB32)
        rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
        self._pixels = rows[:, : image.width()] & 0xFFFFFF

    def ratio(self, mark: Mark) -> float | None:
        """The contrast of a mark against what lies around it, or None where too little of it is in sight."""
        under = self._under(mark)
        if under is None or (not mark.is_word and self._is_covered(mark, under)):
            return None
        return told_apart(_mixed(mark.colour, under).name(), under.name())

    def at(self, part: QWidget, point: QPoint) -> str:
        """The colour of a pixel at a place in `part`, which may lie a little beside it."""
        place = part.mapTo(self._window, point) - self._box.topLeft()
        rows, columns = self._pixels.shape
        return QColor(int(self._pixels[min(max(place.y(), 0), rows - 1), min(max(place.x(), 0), columns - 1)])).name()

    def _under(self, mark: Mark) -> QColor | None:
        """The commonest colour in the box of a word, or in a ring around anything else."""
        ring = 0 if mark.is_word else RING
        inner = mark.box.toAlignedRect()
        beside = mark.widget.visibleRegion().boundingRect().adjusted(-ring, -ring, ring, ring)
        seen = beside.intersected(inner.adjusted(-ring, -ring, ring, ring))
        if seen.width() < min(4, inner.width()) or seen.height() < 0.7 * inner.height():
            return None
        pixels = self._in(mark.widget, seen)
        if ring:
            hole = np.zeros(pixels.shape, bool)
            inner.translate(-seen.topLeft())
            hole[max(0, inner.top()) : inner.bottom() + 1, max(0, inner.left()) : inner.right() + 1] = True
            pixels = pixels[~hole]
        colours, counts = np.unique(pixels, return_counts=True)
        if ring:  # a pen is as wide on both sides of its path
            counts = np.where(colours == (mark.colour.rgb() & 0xFFFFFF), 0, counts)
        return QColor(int(colours[np.argmax(counts)])) if counts.any() else None

    def _is_covered(self, mark: Mark, under: QColor) -> bool:
        """Whether something else was painted over it: no pixel is nearer to its colour than to the ground."""
        box = mark.box.toAlignedRect().adjusted(0, 0, 1, 1) & mark.widget.visibleRegion().boundingRect()
        own, ground = (_channels(np.uint32(_mixed(one, under).rgb() & 0xFFFFFF)) for one in (mark.colour, under))
        pixels = _channels(self._in(mark.widget, box))
        return not (abs(pixels - own).sum(-1) <= abs(pixels - ground).sum(-1)).any()

    def _in(self, widget: QWidget, box: QRect) -> Pixels:
        place = widget.mapTo(self._window, box.topLeft()) - self._box.topLeft()
        top, left = max(0, place.y()), max(0, place.x())
        return self._pixels[top : max(0, place.y() + box.height()), left : max(0, place.x() + box.width())]


def _channels(colours: Pixels) -> NDArray[np.int64]:
    return np.stack([(colours >> shift & 255).astype(np.int64) for shift in (16, 8, 0)], -1)


def _mixed(colour: QColor, under: QColor) -> QColor:
    """How a colour that lets something through looks."""
    alpha = colour.alphaF()
    both = zip(colour.getRgb()[:3], under.getRgb()[:3], strict=True)
    return QColor(*(round(alpha * top + (1 - alpha) * below) for top, below in both))


def _one_colour(image: QImage) -> QColor | None:
    """The colour of a picture that has only one, and lets the ground through beside it."""
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    if image.isNull() or max(image.width(), image.height()) > 3 * ICON:
        return None
    pixels = np.frombuffer(image.constBits(), np.uint32)
    colours = np.unique(pixels[pixels >> 24 == 255] & 0xFFFFFF)
    return QColor(int(colours[0])) if len(colours) == 1 and (pixels >> 24 == 0).any() else None


def marks(root: QWidget) -> Iterator[Mark]:
    """All that is painted now in `root` and in what lies in it."""
    pad = Notepad()
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible() and widget.window() is root.window() and not widget.visibleRegion().isEmpty():
            yield from pad.of(widget)
