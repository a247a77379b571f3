"""The first layer's filters as pictures, before and now."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.probes import Question
from fishlab.core.probes.weights import FilterBank
from fishlab.ui.numbers import significant
from fishlab.ui.plots.live_tile import LiveTile
from fishlab.ui.plots.mosaic import GAP, Layout, compose, fit, shrink
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.session import TrainSession
from fishlab.ui.theme import Tokens, theme
from fishlab.ui.theme.colormaps import diverging, lookup, rgb_from_hex

PROBE = Question("filters")
_SCALE, _LEAST_SCALE = 34, 14  # u, widths of the colour scale


class FiltersTile(LiveTile):
    """Shows the probe 'filters'; asks for it only while it can be seen."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        self._view = _View()
        super().__init__(PROBE.probe, self._view, session, parent)
        self.set_title(self.tr("Filters"))
        self._bank: FilterBank | None = None
        session.looks.answered.connect(self._on_looks_answered)
        self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for filters."""
        super().showEvent(event)
        self.session.looks.ask(self, PROBE)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no longer."""
        super().hideEvent(event)
        self.session.looks.ask(self, None)

    def _on_looks_answered(self, question: Question, data: object) -> None:
        if question == PROBE:
            self._bank = data  # type: ignore[assignment]
            self.throttle.ask()

    def redraw(self) -> None:
        """Show the newest filters."""
        bank = self._bank
        if bank is None:
            self.set_note("")
            self.show_nothing(*self._nothing())
            return
        count, channels, height, width = bank.now.shape
        note = self.tr("{number} {title}, {count} of {height} × {width}")
        text = note.format(number=bank.number, title=bank.title, count=count, height=height, width=width)
        mean = "" if channels == 1 else self.tr(", mean of {n} channels").format(n=channels)
        self.set_note(self.tr("before this run") if self.shows_last_model else text + mean)
        self._view.show_bank(_pictures(bank.before), _pictures(bank.now))
        self.show_view()

    def _nothing(self) -> tuple[str, str]:
        if self.session.document.model is None and not self.session.training:
            words = self.tr("Press Run and the first layer's filters appear here, before and now.")
            return self.tr("No filters yet."), words
        return self.tr("No filters."), self.tr("The first layer with weights looks at no image.")

    def summary(self) -> str:
        """How many filters there are and how strong they have become."""
        bank = self._bank
        if bank is None:
            return ""
        words = self.tr("{count} filters of {height} × {width}; largest weight {before} before, {now} now")
        count, _, height, width = bank.now.shape
        largest = [significant(_largest(values)) for values in (bank.before, bank.now)]
        return words.format(count=count, height=height, width=width, before=largest[0], now=largest[1])

    def table(self) -> Table:
        """A row for each weight: filter, channel, row, column, before and now."""
        if self._bank is None:
            return (), ()
        before, now = self._bank.before, self._bank.now
        rows = [
            (*(i + 1 for i in index), str(before[index]), str(now[index])) for index in np.ndindex(now.shape)
        ]
        return ("filter", "channel", "row", "column", "before", "now"), rows


def _pictures(bank: NDArray[np.float32]) -> NDArray[np.float32]:
    """One picture a filter; a layer of many units has a hundred megabytes of them, which are not copied for nothing."""
    return bank[:, 0] if bank.shape[1] == 1 else bank.mean(axis=1)


def _largest(values: NDArray[np.float32]) -> float:
    """The largest magnitude, without an array of magnitudes."""
    return float(max(values.max(), -values.min())) if values.size else 0.0


class _View(QWidget):
    """Two mosaics side by side, each with its name above and its symmetric colour scale below."""

    def __init__(self) -> None:
        super().__init__()
        self._banks: tuple[NDArray[np.float32], ...] = ()
        self._before: tuple[object, QImage] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        theme().changed.connect(self._on_theme_changed)

    def show_bank(self, before: NDArray[np.float32], now: NDArray[np.float32]) -> None:
        if self._banks and not np.array_equal(before, self._banks[0]):
            self._before = None
        self._banks = (before, now)
        self.update()

    def _on_theme_changed(self) -> None:
        self._before = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(260), theme().px(180))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("card"))
        margin, gap = theme().u(12), theme().u(20)
        width = (self.width() - 2 * margin - gap) / 2
        for index, (bank, name) in enumerate(zip(self._banks, (self.tr("before"), self.tr("now")), strict=False)):
            left = margin + index * (width + gap)
            self._paint_bank(painter, QRectF(left, 0, width, self.height()), bank, name)

    def _paint_bank(self, painter: QPainter, area: QRectF, bank: NDArray[np.float32], name: str) -> None:
        line = theme().metrics("caption").height()
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        top = theme().u(6) + line
        room = QRectF(area.left(), top, area.width(), area.height() - top - line - theme().u(18))
        limit = _largest(bank) or 1.0
        layout = mosaic_layout(bank, room, painter.device().devicePixelRatioF())
        image = self._image(bank, limit, layout, painter.device().devicePixelRatioF())
        words = self._caption(name, layout, bank)
        fits = theme().text_width(words, "caption") <= area.width()
        painter.drawText(QRectF(area.left(), theme().u(2), area.width(), line), words if fits else name)
        corner = QPointF(round(room.left()), round(room.top()))
        painter.drawImage(corner, image)
        size = image.deviceIndependentSize()
        below = QRectF(area.left(), corner.y() + size.height() + theme().u(7), area.width(), line)
        self._paint_scale(painter, below, corner.x() + size.width() / 2, limit)

    def _image(self, bank: NDArray[np.float32], limit: float, layout: Layout, ratio: float) -> QImage:
        """The mosaic; the one of the start is kept, since it stays."""
        if bank is not self._banks[0]:
            return mosaic_image(bank, limit, layout, ratio)
        if self._before is None or self._before[0] != (layout, ratio):
            self._before = ((layout, ratio), mosaic_image(bank, limit, layout, ratio))
        return self._before[1]

    def _caption(self, name: str, layout: Layout, bank: NDArray[np.float32]) -> str:
        """The name, and how many there are where not all have room."""
        if layout.count == len(bank):
            return name
        return self.tr("{name}, {n} of {all}").format(name=name, n=f"{layout.count:,}", all=f"{len(bank):,}")

    def _paint_scale(self, painter: QPainter, row: QRectF, centre: float, limit: float) -> None:
        """−max, the colours, +max under the mosaic; where that is too wide, only ±max."""
        largest = significant(limit)  # both mosaics with two digits: 0.30 beside 0.19
        low, high = f"−{largest}", f"+{largest}"
        text = theme().text_width(high, "caption") + theme().u(2)
        gap = theme().u(5)
        scale = min(theme().u(_SCALE), max(theme().u(_LEAST_SCALE), row.width() - 2 * (text + gap)))
        width = 2 * (text + gap) + scale
        painter.setPen(theme().colour("ink3"))
        if width > row.width():
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, high.replace("+", "±"))
            return
        left = min(max(row.left(), centre - width / 2), row.right() - width)
        right_aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, row.top(), text, row.height()), right_aligned, low)
        bar = QRectF(left + text + gap, row.center().y() - theme().u(3), scale, theme().u(6))
        painter.drawImage(bar, _image(_colours(theme().tokens)[None]))
        painter.drawText(QRectF(bar.right() + gap, row.top(), text, row.height()), Qt.AlignmentFlag.AlignVCenter, high)


@cache
def _colours(tokens: Tokens) -> NDArray[np.uint8]:
    return diverging(tokens)


def mosaic_layout(bank: NDArray[np.float32], room: QRectF, ratio: float) -> Layout:
    """How filters (N, FH, FW) fit into `room` (logical pixels) on a screen of `ratio`."""
    pixels = (max(1, int(room.height() * ratio)), max(1, int(room.width() * ratio)))
    return fit(len(bank), (bank.shape[1], bank.shape[2]), pixels, round(GAP * ratio))


def mosaic_image(bank: NDArray[np.float32], limit: float, layout: Layout, ratio: float) -> QImage:
    """The mosaic of filters (N, FH, FW), or of the first of them, on a screen of `ratio`."""
    small = lookup(_colours(theme().tokens), shrink(bank[: layout.count], layout.shrink), -limit, limit)
    gap_colour = np.rint(rgb_from_hex(theme().tokens.card) * 255).astype(np.uint8)
    image = _image(compose(small, layout, gap_colour))
    image.setDevicePixelRatio(ratio)
    return image


def _image(rgb: NDArray[np.uint8]) -> QImage:
    """An image of its own from (H, W, 3)."""
    height, width, _ = rgb.shape
    data = np.ascontiguousarray(rgb)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
