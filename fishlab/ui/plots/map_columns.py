"""The image, what each layer makes of it, and the answer, as columns from left to right; arrows walk over all maps.

Where there is height enough the columns go on in further lines, as words do, until all of them are in sight.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from fishlab.core.layers.base import shape_text
from fishlab.core.probes.maps import FeatureMaps
from fishlab.ui.numbers import percent_text, significant
from fishlab.ui.plots.class_bars import paint_class_bars
from fishlab.ui.plots.map_column import NARROWEST, MapColumn, map_column
from fishlab.ui.plots.map_image import Floats, Span
from fishlab.ui.theme import theme
from fishlab.ui.theme.tokens import DARK
from fishlab.ui.widgets.arrows import ARROWS
from fishlab.ui.widgets.gallery_picture import as_picture, grey_range

_EDGE, _BETWEEN, _ANSWER = 12, 18, 150  # u
_LEAST_LINE = 170  # u: height of one of several lines
Place = tuple[int, int]
"""Which layer, which map."""


class MapColumns(QWidget):
    """As wide as all columns need; a scroll area goes around it. `current` is the map that is looked at."""

    current_changed = Signal(object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maps: FeatureMaps | None = None
        self._columns: list[MapColumn] = []
        self._picture: QImage | None = None
        self._laid_out: object = None
        self._line = 0.0
        self._answer_at = QPointF()
        self._seen: tuple[int, int, int, int] | None = None
        self.current: Place | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # see Tile
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme().changed.connect(self._on_theme_changed)

    def show_maps(self, maps: FeatureMaps) -> None:
        """Show these in place of what was there."""
        if self._maps is None or [entry.shape for entry in maps.layers] != [e.shape for e in self._maps.layers]:
            self.set_current(None)
        self._maps = maps
        self._picture = as_picture(maps.image.pixels, grey_range(maps.image.pixels))
        self._laid_out = None
        self._lay_out()
        self.update()

    def set_current(self, place: Place | None) -> None:
        """Look at this map."""
        if place != self.current:
            self.current = place
            self.current_changed.emit(place)
            self.update()

    def picture_of(self, place: Place) -> Floats:
        """Return the map at a place, (1, H, W)."""
        layer, index = place
        return self._columns[layer].pictures[index : index + 1]

    def area_of(self, place: Place) -> QRect:
        """Return where it is painted, its column's name included."""
        column = self._columns[place[0]]
        return QRectF(column.left, column.top - self._top(), column.width, self._line).toRect()

    def _on_theme_changed(self) -> None:
        self._laid_out = None
        self._lay_out()
        self.update()

    # -- where everything lies ---------------------------------------------------------------------------------------
    def _top(self) -> float:
        return theme().metrics("small").height() + theme().metrics("caption").height() + theme().u(8)

    def _room(self) -> float:
        """The height of the pictures."""
        return max(theme().u(24), self._line - self._top() - theme().metrics("caption").height() - theme().u(10))

    def resizeEvent(self, event: QEvent) -> None:
        """Lay the maps out for the new height."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._lay_out()

    def _lay_out(self) -> None:
        """Place every column for this size; their pictures are made when they are painted."""
        view = self.parentWidget().width() if self.parentWidget() else self.width()
        key = self.height(), view, self.devicePixelRatioF()
        if self._maps is None or self._laid_out == key:
            return
        self._laid_out = key
        most = max(1, int(self.height() / theme().u(_LEAST_LINE)))
        widest = next((end for end in (self._lay_out_in(lines, view) for lines in range(1, most)) if end <= view), None)
        self.setMinimumWidth(round(self._lay_out_in(most, view) if widest is None else widest))

    def _lay_out_in(self, lines: int, view: float) -> float:
        """Deal the columns to so many lines, no wider than `view` if that can be; returns where the widest ends."""
        assert self._maps is not None
        self._line = self.height() / lines
        edge, between, ratio = theme().u(_EDGE), theme().u(_BETWEEN), self.devicePixelRatioF()
        columns = [map_column(layer, (0, 0), self._room(), ratio) for layer in self._maps.layers]
        widths = [self._image_width(), *(column.width for column in columns), theme().u(_ANSWER)]
        wide = max(view, edge + sum(width + between for width in widths) / lines)
        corners, left, line = [], edge, 0
        for width in widths:
            if left > edge and left + width + edge > wide and line < lines - 1:
                left, line = edge, line + 1
            corners.append(QPointF(left, line * self._line + self._top()))
            left += width + between
        self._columns = [
            replace(column, left=corner.x(), top=corner.y())
            for column, corner in zip(columns, corners[1:-1], strict=True)
        ]
        self._answer_at = corners[-1]
        return max(corner.x() + width for corner, width in zip(corners, widths, strict=True)) + edge

    def _image_width(self) -> float:
        if self._picture is None:
            return theme().u(NARROWEST)
        return max(theme().u(NARROWEST) / 2, self._room() * self._picture.width() / self._picture.height())

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the columns that can be seen."""
        painter = QPainter(self)
        seen = QRectF(event.rect())
        painter.fillRect(seen, theme().colour("card"))
        if self._maps is None:
            return
        self._paint_input(painter)
        for index, column in enumerate(self._columns):
            if QRectF(self.area_of((index, 0))).adjusted(-4, 0, 4, 0).intersects(seen):
                self._paint_column(painter, index, column)
        self._paint_answer(painter)

    def _paint_head(self, painter: QPainter, area: QRectF, title: str, below: str) -> None:
        line, top = theme().metrics("small").height(), area.top() - self._top() + theme().u(1)
        painter.setFont(theme().font("small", 600))
        painter.setPen(theme().colour("ink"))
        cut = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, round(area.width()))
        painter.drawText(QRectF(area.left(), top, area.width() + 2, line), cut)
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        row = QRectF(area.left(), top + line, area.width() + theme().u(_BETWEEN), line)
        painter.drawText(row, below)

    def _paint_foot(self, painter: QPainter, left: float, top: float, width: float, words: str) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        row = QRectF(left, top + theme().u(2), width + theme().u(_BETWEEN), theme().metrics("caption").height())
        painter.drawText(row, words)

    def _paint_input(self, painter: QPainter) -> None:
        assert self._maps is not None
        image, names = self._maps.image, self._maps.class_names
        area = QRectF(theme().u(_EDGE), self._top(), self._image_width(), self._room())
        self._paint_head(painter, area, self.tr("Input"), shape_text(image.pixels.shape))
        if self._picture is not None:
            painter.drawImage(area, self._picture)
            self._paint_seen(painter, area)
        if image.label is not None and 0 <= image.label < len(names):
            words = self.tr("label {name}").format(name=names[image.label])
            self._paint_foot(painter, area.left(), area.bottom(), area.width(), words)

    def _paint_seen(self, painter: QPainter, area: QRectF) -> None:
        """Round what the number under the pointer sees of the image a line, bright in both themes: images are dark."""
        if self._seen is None or self._picture is None:
            return
        top, left, bottom, right = self._seen
        across, down = area.width() / self._picture.width(), area.height() / self._picture.height()
        painter.setPen(QPen(QColor(DARK.diverging[2]), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(area.left() + left * across, area.top() + top * down, (right - left) * across,
                                (bottom - top) * down))  # fmt: skip

    def _paint_column(self, painter: QPainter, index: int, column: MapColumn) -> None:
        layer = column.layer
        area = QRectF(column.left, column.top, column.width, self._room())
        if not layer.number.isdecimal():  # inside a block: a band runs through all of it
            side = theme().u(_BETWEEN) / 2
            band = QRectF(column.left - side, column.top - self._top(), column.width + 2 * side, self._line)
            painter.fillRect(band, theme().colour("band"))
        self._paint_head(painter, area, f"{layer.number} {layer.title}", self._shape_words(column))
        painter.drawImage(column.corner, column.image)
        painter.setPen(QPen(theme().colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        size = column.image.deviceIndependentSize()
        painter.drawRect(QRectF(column.corner, size).adjusted(-1.5, -1.5, 1.5, 1.5))
        bottom = column.corner.y() + size.height() + 2
        self._paint_foot(painter, column.left, bottom, column.width, Span(layer.low, layer.high).words)
        if self.current is not None and self.current[0] == index and self.current[1] < column.layout.count:
            painter.setPen(QPen(theme().colour("accent"), 2 if self.hasFocus() else 1.5))
            painter.drawRect(column.cell(self.current[1]).adjusted(-1.5, -1.5, 1.5, 1.5))

    def _shape_words(self, column: MapColumn) -> str:
        """Its shape, and how many of its maps have room where not all have."""
        whole, shown = shape_text(column.layer.shape), column.layout.count
        if shown == column.layer.shape[0]:
            return whole
        return self.tr("{shown} of {shape}").format(shown=f"{shown:,}", shape=whole)

    def _paint_answer(self, painter: QPainter) -> None:
        """A bar for each class, the answer in the accent."""
        assert self._maps is not None
        answer, names = self._maps.answer, self._maps.class_names
        area = QRectF(self._answer_at, QSizeF(theme().u(_ANSWER), self._room()))
        best = int(answer.argmax())
        self._paint_head(painter, area, self.tr("Answer"), f"{names[best]}, {percent_text(answer[best], 1)}")
        paint_class_bars(painter, area, answer, names, (0.0, 1.0))

    # -- which map ---------------------------------------------------------------------------------------------------
    def _hit(self, position: QPointF) -> tuple[Place, int, int] | None:
        """The map under the pointer, and row and column of its number."""
        for index, column in enumerate(self._columns):
            hit = column.hit(position)
            if hit:
                return (index, hit[0]), *hit[1:]
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at what was clicked."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        hit = self._hit(event.position())
        self.set_current(hit[0] if hit else None)
        if hit:
            self.opened.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what the number under the pointer sees of the image."""
        hit = self._hit(event.position())
        self._see(self._columns[hit[0][0]].layer.box(hit[0][1], *hit[1:]) if hit else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Show it no longer."""
        super().leaveEvent(event)
        self._see(None)

    def _see(self, box: tuple[int, int, int, int] | None) -> None:
        if box != self._seen:
            self._seen = box
            self.update(QRectF(0, 0, theme().u(_EDGE) + self._image_width() + 4, self.height()).toAlignedRect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the maps of all layers; Enter opens one, Escape leaves it."""
        key = Qt.Key(event.key())
        if key in ARROWS and self._columns:
            self.set_current(self._next(*ARROWS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._columns:
            self.set_current((0 if key == Qt.Key.Key_Home else len(self._columns) - 1, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit()
        elif key == Qt.Key.Key_Escape and self.current is not None:
            self.set_current(None)
        else:
            super().keyPressEvent(event)

    def _next(self, down: int, over: int) -> Place:
        """The map beside the current one; past the edge of a layer comes the next layer."""
        if self.current is None:
            return 0, 0
        layer, index = self.current
        layout = self._columns[layer].layout
        row, column = divmod(index, layout.columns)
        if not 0 <= column + over < layout.columns or (over and index + over >= layout.count):
            beside = layer + over
            if not 0 <= beside < len(self._columns):
                return self.current
            other = self._columns[beside].layout
            row = min(row, other.rows - 1)
            return beside, min(row * other.columns + (0 if over > 0 else other.columns - 1), other.count - 1)
        found = index + down * layout.columns + over
        return (layer, found) if 0 <= found < layout.count else self.current

    def event(self, event: QEvent) -> bool:
        """Tell the number under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            hit = self._hit(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._told(*hit) if hit else "", self)
            return True
        return super().event(event)

    def _told(self, place: Place, row: int, column: int) -> str:
        picture = self.picture_of(place)[0]
        value = significant(float(picture[min(row, len(picture) - 1), min(column, picture.shape[1] - 1)]), 3)
        if picture.size == 1:
            return self.tr("Number {n}: {value}").format(n=place[1] + 1, value=value)
        words = self.tr("Map {n}, row {row}, column {column}: {value}")
        return words.format(n=place[1] + 1, row=row + 1, column=column + 1, value=value)

    def sizeHint(self) -> QSize:
        """Return a comfortable height."""
        return QSize(self.minimumWidth(), theme().px(170))
