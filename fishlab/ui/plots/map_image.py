"""Numbers as coloured pixels: weights and maps with both signs diverge from zero, others rise from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from fishlab.ui.numbers import significant
from fishlab.ui.plots.mosaic import Layout, compose, shrink
from fishlab.ui.theme import Tokens, theme
from fishlab.ui.theme.colormaps import diverging, lookup, rgb_from_hex, sequential
from fishlab.ui.theme.tokens import DARK, LIGHT
from fishlab.ui.widgets.gallery_picture import packed

Floats = NDArray[np.float32]
_SCALE, _LEAST_SCALE = 34, 14  # u, widths of the colour scale


@dataclass(frozen=True)
class Span:
    """From where to where numbers go. Where they are signed, zero is the middle of the colours."""

    low: float
    high: float
    signed: bool = False

    @classmethod
    def of(cls, values: NDArray[np.floating], *, signed: bool = False) -> Span:
        """That of all finite ones; `signed` where there might have been some below zero."""
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
        if not np.isfinite([low, high]).all():
            finite = values[np.isfinite(values)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        return cls(low, high, signed or low < 0)

    @property
    def ends(self) -> tuple[float, float]:
        """What the first and the last colour stand for."""
        most = max(self.high, -self.low) or 1.0
        return (-most, most) if self.signed else (0.0, self.high or 1.0)

    @property
    def words(self) -> str:
        """'−0.52 … 0.55'."""
        return f"{significant(self.low)} … {significant(self.high)}"


@cache
def _table(tokens: Tokens, signed: bool) -> NDArray[np.uint8]:
    return diverging(tokens) if signed else sequential(tokens)


def coloured(values: Floats, span: Span) -> NDArray[np.uint8]:
    """The numbers as pixels of the running theme, (..., 3)."""
    return lookup(_table(theme().tokens, span.signed), values, *span.ends)


def map_image(values: Floats, span: Span) -> QImage:
    """One map (H, W), a pixel for each number."""
    return packed(np.ascontiguousarray(coloured(values, span)))


def mosaic_of(pictures: Floats, span: Span, layout: Layout, ratio: float) -> QImage:
    """The pictures (N, H, W), or the first of them, on a screen of `ratio`."""
    small = coloured(shrink(pictures[: layout.count], layout.shrink), span)
    gap_colour = np.rint(rgb_from_hex(theme().tokens.card) * 255).astype(np.uint8)
    image = packed(np.ascontiguousarray(compose(small, layout, gap_colour)))
    image.setDevicePixelRatio(ratio)
    return image


def ink_on(pixel: NDArray[np.uint8]) -> QColor:
    """The ink that can be read on a colour."""
    bright = float(pixel @ np.array([0.2126, 0.7152, 0.0722])) > 128
    return QColor(LIGHT.ink if bright else DARK.ink)


def paint_scale(painter: QPainter, row: QRectF, centre: float, span: Span) -> None:
    """The ends of the colours and what they stand for; where that is too wide, only the largest; 0 where all is 0."""
    high = span.ends[1]
    words = (f"−{significant(high)}", f"+{significant(high)}") if span.signed else ("0", significant(high))
    text = max(theme().text_width(word, "caption") for word in words) + theme().u(2)
    gap = theme().u(5)
    bar = min(theme().u(_SCALE), max(theme().u(_LEAST_SCALE), row.width() - 2 * (text + gap)))
    width = 2 * (text + gap) + bar
    painter.setFont(theme().font("caption"))
    painter.setPen(theme().colour("ink3"))
    if span.low == span.high == 0:
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, "0")
        return
    if width > row.width():
        shortest = f"±{significant(high)}" if span.signed else f"0 … {significant(high)}"
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, shortest)
        return
    left = min(max(row.left(), centre - width / 2), row.right() - width)
    right_aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(left, row.top(), text, row.height()), right_aligned, words[0])
    track = QRectF(left + text + gap, row.center().y() - theme().u(3), bar, theme().u(6))
    painter.drawImage(track, packed(_table(theme().tokens, span.signed)[None]))
    after = QRectF(track.right() + gap, row.top(), text, row.height())
    painter.drawText(after, Qt.AlignmentFlag.AlignVCenter, words[1])
