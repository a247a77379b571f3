"""The image, what each layer makes of it, and the answer, as columns from left to right; arrows walk over all maps.

Where there is height enough the columns go on in further lines, as words do, until all of them are in sight.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget

from fishlab.core.layers.base import shape_text
from fishlab.core.probes.maps import FeatureMaps
from fishlab.ui.numbers import answer_text, significant
from fishlab.ui.plots.class_bars import paint_class_bars
from fishlab.ui.plots.map_column import MapColumn
from fishlab.ui.plots.map_image import Floats, Span
from fishlab.ui.plots.map_layout import BETWEEN, MapLayout, View, head, lay_out
from fishlab.ui.plots.picture_walk import PictureWalk
from fishlab.ui.theme import theme
from fishlab.ui.theme.tokens import DARK
from fishlab.ui.widgets.gallery_picture import as_picture, grey_range

Place = tuple[int, int]
"""Which layer, which map."""


class MapColumns(PictureWalk):
    """As wide as all columns need; a scroll area goes around it. A place is that of a map: which layer, which map."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maps: FeatureMaps | None = None
        self._picture: QImage | None = None
        self._layout: MapLayout | None = None
        self._laid_out: View | None = None
        self._seen: tuple[int, int, int, int] | None = None
        self.setMouseTracking(True)

    @property
    def _columns(self) -> tuple[MapColumn, ...]:
        return self._layout.columns if self._layout else ()

    def show_maps(self, maps: FeatureMaps) -> None:
        """Show these in place of what was there."""
        if self._maps is None or [entry.shape for entry in maps.layers] != [e.shape for e in self._maps.layers]:
            self.set_current(None)
        self._maps = maps
        self._picture = as_picture(maps.image.pixels, grey_range(maps.image.pixels))
        self._laid_out = None
        self._lay_out()
        self.update()

    @property
    def count(self) -> int:
        """How many layers there are."""
        return len(self._columns)

    def picture_of(self, place: Place) -> Floats:
        """Return the map at a place, (1, H, W)."""
        layer, index = place
        return self._columns[layer].pictures[index : index + 1]

    def area_of(self, place: Place) -> QRect:
        """Return where it is painted, its column's name included."""
        assert self._layout is not None
        return self._layout.area(self._columns[place[0]]).toRect()

    def sync_theme(self) -> None:
        """Lay everything out anew."""
        self._laid_out = None
        self._lay_out()
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Lay the maps out for the new height."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._lay_out()

    def _lay_out(self) -> None:
        """Place every column for this size; their pictures are made when they are painted."""
        view = self._view()
        if self._maps is None or self._laid_out == view:
            return
        self._laid_out = view
        self._layout = lay_out(self._maps, view)
        self.setMinimumWidth(round(self._layout.width))

    def _view(self) -> View:
        port, ratio = self.parentWidget(), self.devicePixelRatioF()
        area = port.parentWidget() if port else None
        if not isinstance(area, QScrollArea):
            return View(self.height(), self.height(), self.width(), ratio)
        height, bar = area.height(), area.horizontalScrollBar()
        none = area.horizontalScrollBarPolicy() is Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        return View(height, height if none else height - bar.sizeHint().height(), port.width(), ratio)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the columns that can be seen."""
        painter = QPainter(self)
        seen = QRectF(event.rect())
        painter.fillRect(seen, theme().colour("card"))
        if self._maps is None or self._layout is None:
            return
        self._paint_input(painter, self._maps, self._layout.image)
        for index, column in enumerate(self._layout.columns):
            area = self._layout.area(column)
            if area.adjusted(-4, 0, 4, 0).intersects(seen):
                self._paint_column(painter, index, column, area)
        self._paint_answer(painter, self._maps, self._layout.answer)

    def _paint_head(self, painter: QPainter, area: QRectF, title: str, below: str) -> None:
        line, top = theme().metrics("small").height(), area.top() - head() + theme().u(1)
        painter.setFont(theme().font("small", 600))
        painter.setPen(theme().colour("ink"))
        cut = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, round(area.width()))
        painter.drawText(QRectF(area.left(), top, area.width() + 2, line), cut)
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        row = QRectF(area.left(), top + line, area.width() + theme().u(BETWEEN), line)
        painter.drawText(row, below)

    def _paint_foot(self, painter: QPainter, left: float, top: float, width: float, words: str) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        row = QRectF(left, top + theme().u(2), width + theme().u(BETWEEN), theme().metrics("caption").height())
        painter.drawText(row, words)

    def _paint_input(self, painter: QPainter, maps: FeatureMaps, area: QRectF) -> None:
        image, names = maps.image, maps.class_names
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

    def _paint_column(self, painter: QPainter, index: int, column: MapColumn, area: QRectF) -> None:
        layer = column.layer
        if not layer.number.isdecimal():  # inside a block: a band runs through all of it
            side = theme().u(BETWEEN) / 2
            painter.fillRect(area.adjusted(-side, 0, side, 0), theme().colour("band"))
        below_head = area.adjusted(0, head(), 0, 0)
        self._paint_head(painter, below_head, f"{layer.number} {layer.title}", self._shape_words(column))
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

    def _paint_answer(self, painter: QPainter, maps: FeatureMaps, area: QRectF) -> None:
        """A bar for each class, the answer in the accent."""
        answer, names = maps.answer, maps.class_names
        best = int(answer.argmax())
        self._paint_head(painter, area, self.tr("Answer"), f"{names[best]}, {answer_text(answer, best)}")
        paint_class_bars(painter, area, answer, names, (0.0, 1.0))

    # -- which map ---------------------------------------------------------------------------------------------------
    def hit(self, position: QPointF) -> tuple[Place, int, int] | None:
        """The map at a point, and row and column of its number."""
        for index, column in enumerate(self._columns):
            hit = column.hit(position)
            if hit:
                return (index, hit[0]), *hit[1:]
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what the number under the pointer sees of the image."""
        hit = self.hit(event.position())
        self._see(self._columns[hit[0][0]].layer.box(hit[0][1], *hit[1:]) if hit else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Show it no longer."""
        super().leaveEvent(event)
        self._see(None)

    def _see(self, box: tuple[int, int, int, int] | None) -> None:
        if box != self._seen and self._layout is not None:
            self._seen = box
            self.update(QRectF(0, 0, self._layout.image.right() + 4, self.height()).toAlignedRect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the first and the last layer, Escape leaves the map that is looked at."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._columns:
            self.set_current((0 if key == Qt.Key.Key_Home else len(self._columns) - 1, 0))
        elif key == Qt.Key.Key_Escape and self.current is not None:
            self.set_current(None)
        else:
            super().keyPressEvent(event)

    def beside(self, down: int, over: int) -> Place | None:
        """The map beside the current one; past the edge of a layer comes the next layer."""
        if self.current is None:
            return (0, 0) if self._columns else None
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

    def told(self, place: Place, row: int, column: int) -> str:
        """Which map, where in it, and the number."""
        picture = self.picture_of(place)[0]
        value = significant(float(picture[min(row, len(picture) - 1), min(column, picture.shape[1] - 1)]), 3)
        if picture.size == 1:
            return self.tr("Number {n}: {value}").format(n=place[1] + 1, value=value)
        words = self.tr("Map {n}, row {row}, column {column}: {value}")
        return words.format(n=place[1] + 1, row=row + 1, column=column + 1, value=value)

    def sizeHint(self) -> QSize:
        """Return a comfortable height."""
        return QSize(self.minimumWidth(), theme().px(170))
