"""Histograms of layers under one another, painted by hand, with a cursor that reads their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.plots import axis
from fishlab.ui.plots.axis import Tick
from fishlab.ui.plots.heat_map import nearest
from fishlab.ui.plots.histogram_axis import ticks_of
from fishlab.ui.plots.histogram_drawing import (
    Pens,
    histogram_pens,
    paint_ends,
    paint_histogram,
    paint_history,
    paint_uprights,
)
from fishlab.ui.plots.histogram_row import Row, on_one_axis
from fishlab.ui.plots.histogram_words import range_text, reading
from fishlab.ui.plots.overlay import paint_chip
from fishlab.ui.plots.ridge import Ridge
from fishlab.ui.plots.style import RIGHT, TOP
from fishlab.ui.theme import theme

LABELS, ROW, RIDGE = 118, 33, 104  # u: width of the names, least height of a row, and of one with a ridge
TALLEST = 400  # u: greatest height of a row


class HistogramRows(QWidget):
    """One row a layer: its name, words about it, and its histogram; those of now each to their own peak."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[Row, ...] = ()
        self._common = False
        self._moment: float | None = None
        self._cursor: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def show_rows(self, rows: Sequence[Row], moment: float | None = None) -> None:
        """Show these; a line in those over time stands at `moment`, in epochs."""
        if len(rows) != len(self._layers) or [row.ridge for row in rows] != [row.ridge for row in self._layers]:
            self._cursor = None
            self.updateGeometry()
        self._layers, self._moment = tuple(rows), moment
        self._common = bool(rows) and rows[0].history is None and on_one_axis(self._layers)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height at which every row can still be read."""
        heights = [theme().px(RIDGE if row.ridge else ROW) for row in self._layers]
        return QSize(theme().px(260), sum(heights) + theme().px(TOP))

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the scroll area takes over below."""
        return QSize(theme().px(160), self.sizeHint().height())

    def _on_theme_changed(self) -> None:
        self._fonts = theme().font("small", 500), theme().font("caption")
        self._metrics = theme().metrics("small", 500), theme().metrics("caption")
        self.updateGeometry()
        self.update()

    # -- where things are --------------------------------------------------------------------------------------------
    def plot_columns(self) -> QRectF:
        """The columns of the histograms, over the whole height."""
        left = theme().u(LABELS if self.beside else 14)
        return QRectF(left, 0, max(1.0, self.width() - left - theme().u(RIGHT + 4)), self.height())

    @property
    def beside(self) -> bool:
        """Whether names have room beside the histograms; else they stand above them, without words."""
        return self.width() >= theme().u(2 * LABELS)

    def row_rect(self, index: int) -> QRectF:
        """The place of a row, its name included."""
        height = min((self.height() - theme().u(TOP)) / max(1, len(self._layers)), theme().u(TALLEST))
        return QRectF(0, self.height() - height * (len(self._layers) - index), self.width(), height)

    def plot_rect(self, index: int) -> QRectF:
        """The place of a row's histogram."""
        row, columns = self.row_rect(index), self.plot_columns()
        above = theme().u(5) if self.beside else self._metrics[0].height()
        return QRectF(columns.left(), row.top() + above, columns.width(), row.height() - above - theme().u(1))

    @property
    def _end(self) -> float:
        """The end of the axis of epochs."""
        last = max((float(row.history.x[-1]) for row in self._layers if row.history is not None), default=0.0)
        return float(axis.epochs_shown(last))

    def ticks(self) -> list[Tick]:
        """The numbers under the rows: places in pixels and words; none where each row has its own."""
        columns = self.plot_columns()
        over_time = bool(self._layers) and self._layers[0].history is not None and not self._layers[0].ridge
        if not (self._common or over_time):
            return []
        if self._common:
            row = self._layers[0]
            low, high = float(row.edges[0]), float(row.edges[-1])
            ticks = ticks_of(row.edges, columns.width(), log=row.log)
        else:
            low, high = 0.0, self._end
            ticks = axis.epoch_ticks(round(self._end))
        return [(columns.left() + columns.width() * (value - low) / (high - low), text) for value, text in ticks]

    # -- the cursor --------------------------------------------------------------------------------------------------
    def step_cursor(self, down: int, right: int) -> list[str]:
        """Move it by so many rows and places, and return what is read there."""
        if not self._layers:
            return []
        row, place = self._cursor if self._cursor else (-down, self._layers[0].places // 2 - right)
        row = min(max(row + down, 0), len(self._layers) - 1)
        self._set_cursor((row, min(max(place + right, 0), self._layers[row].places - 1)))
        return reading(self._layers[row], self._cursor[1]) if self._cursor else []

    def hide_cursor(self) -> None:
        """Take it away."""
        self._set_cursor(None)

    def cursor_row(self) -> QRectF:
        """The row it stands in; empty without one."""
        return self.row_rect(self._cursor[0]) if self._cursor else QRectF()

    def _set_cursor(self, cursor: tuple[int, int] | None) -> None:
        if cursor != self._cursor:
            self._cursor = cursor
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the number under the pointer."""
        y = event.position().y()
        rows = [index for index in range(len(self._layers)) if self.row_rect(index).top() <= y]
        columns, x = self.plot_columns(), event.position().x()
        inside = rows and columns.left() <= x <= columns.right()
        if not inside:
            self.hide_cursor()
            return
        if self._layers[rows[-1]].ridge:
            self._set_cursor((rows[-1], self._ridge(rows[-1]).moment_at(y)))
        else:
            self._set_cursor((rows[-1], self._place_at(rows[-1], (x - columns.left()) / columns.width())))

    def _ridge(self, index: int) -> Ridge:
        history = self._layers[index].history
        assert history is not None
        return Ridge(self.plot_rect(index), history, self._metrics[1].height())

    def _place_at(self, index: int, share: float) -> int:
        row = self._layers[index]
        if row.history is None:
            return min(int(share * row.places), row.places - 1)
        return int(nearest(row.history.x, np.array([share * self._end]))[0])

    def leaveEvent(self, event: QEvent) -> None:
        """Take the cursor away."""
        super().leaveEvent(event)
        self.hide_cursor()

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the grid, then the rows."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().colour("card"))
        if not self._layers:
            return
        area = self.plot_columns()
        area.setTop(self.row_rect(0).top())
        self._paint_grid(painter, area)
        pens = histogram_pens()
        for index, row in enumerate(self._layers):
            if self.row_rect(index).intersects(QRectF(event.rect())):
                self._paint_label(painter, self.row_rect(index), row)
                if row.ridge:
                    self._paint_ridge(painter, index)
                else:
                    self._paint_plot(painter, self.plot_rect(index), row, pens)
        self._paint_moment(painter, area)
        self._paint_cursor(painter)

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        zeros = [x for x, text in self.ticks() if text == "0"] if self._common else []
        paint_uprights(painter, area, [x for x, _ in self.ticks()], zeros[0] if zeros else None)

    def _paint_plot(self, painter: QPainter, plot: QRectF, row: Row, pens: Pens) -> None:
        if row.history is not None:
            paint_history(painter, plot, row.history, self._end)
            paint_ends(painter, plot, row)
            return
        low, high = float(row.edges[0]), float(row.edges[-1])
        if not self._common and low < 0 < high and not row.log:
            zero = plot.left() - plot.width() * low / (high - low)
            paint_uprights(painter, plot, [zero], zero)
        paint_histogram(painter, plot, row, pens)
        if not self._common:
            painter.setFont(self._fonts[1])
            painter.setPen(theme().colour("ink3"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
            painter.drawText(plot, right, range_text(row))

    def _paint_ridge(self, painter: QPainter, index: int) -> None:
        row, ridge = self._layers[index], self._ridge(index)
        ridge.paint(painter, None if self._moment is None else ridge.nearest(self._moment))
        painter.setFont(self._fonts[1])
        painter.setPen(theme().colour("ink3"))
        corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(self.plot_rect(index), corner, range_text(row))

    def _paint_label(self, painter: QPainter, rect: QRectF, row: Row) -> None:
        name, caption = self._fonts
        first, second = self._metrics
        top = rect.center().y() - (first.height() + second.height()) / 2 if self.beside else rect.top()
        right = theme().u(LABELS) if self.beside else self.width()
        box = QRectF(theme().u(10), top, right - theme().u(16), first.height())
        painter.setFont(name)
        painter.setPen(theme().colour("ink"))
        title = row.title
        if theme().text_width(title, "small", 500) > box.width():
            title = first.elidedText(title, Qt.TextElideMode.ElideRight, box.width())
        if not self.beside:  # grid lines end at the words
            written = QRectF(box.topLeft(), QSizeF(theme().text_width(title, "small", 500) + 2, box.height() - 1))
            painter.fillRect(written, theme().colour("card"))
        painter.drawText(box, title)
        if not self.beside:
            return
        painter.setFont(caption)
        painter.setPen(theme().colour("warn" if row.alarming else "ink2"))
        room = box.translated(0, first.height()).adjusted(0, 0, theme().u(6), second.height() - first.height())
        painter.drawText(room, self.fitting(row, room.width()))

    def fitting(self, row: Row, width: float) -> str:
        """The longest of a row's captions that has room; else the shortest."""
        advance = self._metrics[1].horizontalAdvance
        return next((text for text in row.captions if advance(text) <= width), row.captions[-1] if row.captions else "")

    def _paint_moment(self, painter: QPainter, area: QRectF) -> None:
        """An upright line where the time line stands."""
        if self._moment is not None and self._layers[0].history is not None and not self._layers[0].ridge:
            x = round(area.left() + area.width() * min(1.0, self._moment / self._end))
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))

    def _paint_cursor(self, painter: QPainter) -> None:
        if self._cursor is None or self._cursor[1] >= self._layers[self._cursor[0]].places:
            return
        index, place = self._cursor
        row, plot = self._layers[index], self.plot_rect(index)
        if row.ridge:
            self._ridge(index).paint_one(painter, place)
            self._paint_chip(painter, plot, round(plot.left() + 0.62 * plot.width()), reading(row, place))
            return
        share = (place + 0.5) / row.places if row.history is None else float(row.history.x[place]) / self._end
        x = round(plot.left() + plot.width() * share)
        painter.setPen(QPen(theme().colour("ink3"), 1))
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        self._paint_chip(painter, plot, x, reading(row, place))

    def _paint_chip(self, painter: QPainter, plot: QRectF, x: int, lines: list[str]) -> None:
        painter.setFont(self._fonts[1])
        height = self._metrics[1].height() * len(lines) + theme().u(12)
        top = min(max(0.0, plot.top()), max(0.0, self.height() - height))
        paint_chip(painter, QRectF(plot.left(), top, plot.width(), height), x, lines)
