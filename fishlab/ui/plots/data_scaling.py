"""The same images before and after the scaling, and what the numbers of all were and have become."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from fishlab.core.data.comparison import Comparison, Measures
from fishlab.ui.numbers import plain, significant
from fishlab.ui.plots.data_bank import Bank, as_image, numbered
from fishlab.ui.plots.data_points import PointPlot
from fishlab.ui.plots.map_image import Span, map_image
from fishlab.ui.plots.things import things
from fishlab.ui.theme import theme

SHOWN, _LEAST = 16, 4  # images before and after: at most, and at least
_TABLE = 232  # u, wide
_EXTREME = 99.8  # percentile of the magnitudes where colours end
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ScalingView(QWidget):
    """Shows a `Comparison`: pictures or points at the left, numbers at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = _Pictures()
        self.before, self.after = PointPlot(), PointPlot()
        for plot, name in ((self.before, self.tr("Before")), (self.after, self.tr("After"))):
            plot.setAccessibleName(name)
        self.numbers = _Numbers()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for part in (self.pictures, self.before, self.after):
            row.addWidget(part, 1)
        row.addWidget(self.numbers)

    def show_pair(self, shown: Comparison | None, labels: NDArray[np.intp], low: float, high: float) -> None:
        """Show it, or nothing; values from `low` to `high` are black to white before, `labels` those of points."""
        plane = shown is not None and shown.before.shape[1:] == (2,)
        self.pictures.setVisible(not plane)
        for plot in (self.before, self.after):
            plot.setVisible(plane)
        if shown is not None and plane:
            self.before.show_points(shown.before, labels)
            self.after.show_points(shown.after, labels)
        else:
            self.pictures.show_pair(shown, low, high)
        self.numbers.show_measures(shown)

    def words(self) -> str:
        """The numbers, in words."""
        return self.numbers.accessibleName()


def numbers_of(shown: Comparison) -> list[tuple[str, object, object]]:
    """What is measured, with its values before and after, as numbers."""
    both = (shown.measures_before, shown.measures_after)
    return [
        ("mean", *(one.mean for one in both)),
        ("deviation", *(one.deviation for one in both)),
        ("least deviation of a pixel", *(one.deviations[0] for one in both)),
        ("largest deviation of a pixel", *(one.deviations[1] for one in both)),
        ("least", *(one.low for one in both)),
        ("largest", *(one.high for one in both)),
        ("correlation of neighbours", *("" if one.neighbours is None else one.neighbours for one in both)),
    ]  # fmt: skip


def lines(before: Measures, after: Measures) -> list[tuple[str, str, str]]:
    """What is measured, with its values before and after, as words."""
    tr = _Numbers.tr
    found = [
        (tr("mean"), _mean(before), _mean(after)),
        (tr("deviation"), _number(before.deviation), _number(after.deviation)),
        (tr("each pixel's"), _span(before.deviations), _span(after.deviations)),
        (tr("least"), _number(before.low), _number(after.low)),
        (tr("largest"), _number(before.high), _number(after.high)),
    ]
    if before.neighbours is not None and after.neighbours is not None:
        found.append((tr("neighbours"), *(_minus(f"{value:.2f}") for value in (before.neighbours, after.neighbours))))
    return found


def _mean(measures: Measures) -> str:
    """0 where what is left of it is nothing beside the deviation."""
    return _number(measures.mean) if abs(measures.mean) > 1e-3 * measures.deviation else "0"


def _minus(text: str) -> str:
    return text.replace("-0.00", "0.00").replace("-", "−")


def _number(value: float) -> str:
    if value == 0:
        return "0"
    return plain(round(value)) if abs(value) >= 100 else significant(value, 3)


def _span(values: tuple[float, float]) -> str:
    """From … to …, in two digits each to have room; one number in three where there is but one."""
    low, high = map(_number, values)
    if low == high:
        return low
    low, high = (significant(value) if 0 < value < 10 else _number(value) for value in values)
    return f"{low} – {high}"


class _Pictures(QWidget):
    """Two rows of images, each with its name above and a histogram of all values at its right."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Comparison | None = None
        self._rows: tuple[list[QImage], ...] = ()
        self._range = (0.0, 255.0)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        theme().changed.connect(self._on_theme_changed)

    def show_pair(self, shown: Comparison | None, low: float, high: float) -> None:
        self._shown, self._range = shown, (low, high)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        self._rows = ()
        if self._shown is not None:
            self._rows = (_as_they_are(self._shown.before, *self._range), _about_zero(self._shown.after))
            words = _called(self._shown, self.tr("{n} images before and after the scaling"))
            words = words.format(n=len(self._rows[0]))
            self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(320), theme().px(150))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        if self._shown is None:
            return
        half = self.height() / 2
        measures = (self._shown.measures_before, self._shown.measures_after)
        for index, name in enumerate((self.tr("before"), self.tr("after"))):
            area = QRectF(theme().u(12), index * half + theme().u(3), self.width() - theme().u(16), half - theme().u(5))
            self._paint_row(painter, area, name, self._rows[index], measures[index])

    def _paint_row(
        self, painter: QPainter, area: QRectF, name: str, images: list[QImage], measures: Measures
    ) -> None:
        line = theme().metrics("caption").height()
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        painter.drawText(QRectF(area.left(), area.top(), area.width(), line), name)
        bars = min(theme().u(120), area.width() * 0.3)
        room = QRectF(area.left(), area.top() + line, area.width() - bars - theme().u(12), area.height() - line)
        self._paint_images(painter, room, images)
        histogram = QRectF(area.right() - bars, area.top() + theme().u(2), bars, area.height() - theme().u(4))
        _paint_histogram(painter, histogram, measures)

    def _paint_images(self, painter: QPainter, room: QRectF, images: list[QImage]) -> None:
        """As many as fit, side by side."""
        if not images:
            return
        size, gap = images[0].size(), theme().u(4)
        widest = (room.width() - (_LEAST - 1) * gap) / _LEAST
        height = min(room.height(), max(1.0, widest) * size.height() / size.width())
        width = height * size.width() / size.height()
        count = min(len(images), max(1, int((room.width() + gap) // (width + gap))))
        for place, image in enumerate(images[:count]):
            painter.drawImage(QRectF(room.left() + place * (width + gap), room.top(), width, height), image)


def _called(shown: Comparison, words: str) -> str:
    """The words, with what is scaled called what it is."""
    return things(shown.before.shape[1:]).called(words)


def _as_they_are(images: NDArray[Any], low: float, high: float) -> list[QImage]:
    bank = Bank(images, numbered(len(images)), low, high, str, str)
    return [as_image(pixels) for pixels in bank.pixels(0, len(images))]


def _about_zero(images: NDArray[np.float32]) -> list[QImage]:
    """Numbers of both signs in the colours of weights, zero in the middle; in three channels zero is middle grey."""
    if not len(images) or images.min() >= 0:
        return _as_they_are(images, 0.0, float(images.max()) if len(images) else 1.0)
    reach = float(np.percentile(np.abs(images), _EXTREME)) or 1.0
    if images.ndim == 4 and images.shape[1] == 3:
        return _as_they_are(images, -reach, reach)
    flat = images[:, 0] if images.ndim == 4 else images[:, None]
    return [map_image(one, Span(-reach, reach, signed=True)) for one in flat]


def _paint_histogram(painter: QPainter, area: QRectF, measures: Measures) -> None:
    """Bars as high as the root of their counts: most pixels are background, and the others would not be seen."""
    line = theme().metrics("caption").height()
    room = area.adjusted(0, 0, 0, -line)
    heights = np.sqrt(np.array(measures.bins, np.float64))
    heights *= room.height() / max(1e-12, heights.max())
    width = room.width() / len(heights)
    colour = theme().colour("edge")
    for place, height in enumerate(heights.tolist()):
        if height > 0:
            painter.fillRect(QRectF(room.left() + place * width, room.bottom() - height, width, height), colour)
    painter.setPen(QPen(theme().colour("edge"), 1))
    painter.drawLine(room.bottomLeft(), room.bottomRight())
    painter.setPen(theme().colour("ink3"))
    below = QRectF(area.left(), room.bottom() + 1, area.width(), line)
    painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, _number(measures.low))
    painter.drawText(below, _RIGHT, _number(measures.high))
    if measures.low < 0 < measures.high:
        zero = room.left() + room.width() * -measures.low / (measures.high - measures.low)
        painter.drawLine(QPointF(zero, room.top()), QPointF(zero, room.bottom()))


class _Numbers(QWidget):
    """A small table: what is measured, before, after; under it how many images it is from."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Comparison | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._sync)
        self._sync()

    def _sync(self) -> None:
        self.setFixedWidth(theme().px(_TABLE))
        self.update()

    def show_measures(self, shown: Comparison | None) -> None:
        self._shown = shown
        rows = lines(shown.measures_before, shown.measures_after) if shown else []
        words = self.tr("{what} {before}, after it {after}")
        self.setAccessibleName("; ".join(words.format(what=a, before=b, after=c) for a, b, c in rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), t.colour("card"))
        if self._shown is None:
            return
        painter.setFont(t.font("caption"))
        line = min(t.metrics("caption").height() + t.u(4), (self.height() - t.u(6)) / 8)
        columns = (self.width() - t.u(76), self.width() - t.u(10))
        top = t.u(3)
        painter.setPen(t.colour("ink3"))
        for right, name in zip(columns, (self.tr("before"), self.tr("after")), strict=True):
            painter.drawText(QRectF(0, top, right, line), _RIGHT, name)
        for row, (what, *values) in enumerate(lines(self._shown.measures_before, self._shown.measures_after), 1):
            painter.setPen(t.colour("ink2"))
            painter.drawText(QRectF(t.u(6), top + row * line, self.width(), line), Qt.AlignmentFlag.AlignVCenter, what)
            painter.setPen(t.colour("ink"))
            for right, value in zip(columns, values, strict=True):
                painter.drawText(QRectF(0, top + row * line, right, line), _RIGHT, value)
        painter.setPen(t.colour("ink3"))
        words = _called(self._shown, self.tr("found from {n} images"))
        words = words.format(n=f"{self._shown.found_from:,}")
        painter.drawText(QRectF(t.u(6), top + 7 * line, self.width(), line), Qt.AlignmentFlag.AlignVCenter, words)
