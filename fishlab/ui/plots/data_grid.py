"""Any number of images in a grid that scrolls; only those that are seen are looked up and painted."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QStaticText,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from fishlab.ui.plots.data_bank import Bank, Grid, as_image, lay_out, picture
from fishlab.ui.theme import theme

SIDE, LEAST_SIDE, MOST_SIDE = 42, 14, 224  # u, of an image
_STEP, _STEPS = 1.25, 12
_GAP, _MARGIN = 4, 6
_MOST_NAMES = 512


class ImageGrid(QAbstractScrollArea):
    """Shows a `Bank`. One image is the current one: `moved(place)` says which; arrows, pages and ends move it.

    The pointer makes what it presses current; plus and minus, or the wheel with Ctrl, make images larger or smaller.
    With `fills` they are as large as lets all of them be seen, until a person wants another size.
    """

    moved = Signal(int)
    hovered = Signal(int)

    def __init__(self, *, fills: bool = False) -> None:
        super().__init__()
        self._bank: Bank | None = None
        self._side: float = SIDE
        self._fills = fills
        self._current = 0
        self._page: tuple[object, QImage] | None = None
        self._names: dict[tuple[str, int], tuple[QStaticText, float]] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._on_theme_changed)

    # -- what is shown -----------------------------------------------------------------------------------------------
    def show_bank(self, bank: Bank | None, current: int = 0) -> None:
        """Show these images, with this one as the current."""
        self._bank = bank
        self._current = min(max(0, current), max(0, len(bank) - 1)) if bank else 0
        self._page = None
        self._sync()
        self._reveal()

    def bank(self) -> Bank | None:
        """What is shown."""
        return self._bank

    def current(self) -> int:
        """The place of the current image."""
        return self._current

    def go_to(self, place: int) -> None:
        """Make another image the current one, and scroll to it."""
        if not self._bank:
            return
        place = min(max(0, place), len(self._bank) - 1)
        if place != self._current:
            self._current = place
            self.moved.emit(place)
        self._reveal()
        self.viewport().update()

    def shown(self) -> range:
        """The places of the images that are in sight, be it in part."""
        if not self._bank:
            return range(0)
        grid, top = self.grid(), self.verticalScrollBar().value()
        ratio = self.devicePixelRatioF()
        step = grid.step_down / ratio
        first = max(0, int((top - self._margin()) / step))
        last = int((top - self._margin() + self.viewport().height()) / step) + 1
        return range(first * grid.columns, min(len(self._bank), last * grid.columns))

    def grid(self) -> Grid:
        """How the images lie, in pixels of the screen."""
        if self._fills and self._bank:
            sides = (LEAST_SIDE * _STEP**step for step in range(_STEPS, -1, -1))
            return next((grid for grid in map(self._grid, sides) if self._holds(grid)), self._grid(LEAST_SIDE))
        return self._grid(self._side)

    def _grid(self, side: float) -> Grid:
        assert self._bank is not None
        ratio = self.devicePixelRatioF()
        room = self.viewport().width() - 2 * self._margin()
        below = theme().metrics("caption").height() + theme().u(1)
        return lay_out(
            self._bank.size, max(1, round(theme().u(side) * ratio)), max(1, int(room * ratio)),
            round(theme().u(_GAP) * ratio), round(below * ratio),
        )  # fmt: skip

    def _holds(self, grid: Grid) -> bool:
        """Whether all images are seen at once."""
        assert self._bank is not None
        ratio, room = self.devicePixelRatioF(), self.viewport().size()
        height = grid.rows(len(self._bank)) * grid.step_down / ratio + self._margin()
        return height <= room.height() and grid.width / ratio + 2 * self._margin() <= room.width()

    def zoom(self, steps: int) -> None:
        """Make images larger, or with fewer than no steps smaller."""
        side = min(MOST_SIDE, max(LEAST_SIDE, self._side * _STEP**steps))
        if side != self._side:
            self._side, self._fills = side, False
            self._on_theme_changed()
            self._reveal()

    def _margin(self) -> int:
        return theme().px(_MARGIN)

    def _sync(self) -> None:
        height = 0.0
        if self._bank:
            grid = self.grid()
            height = grid.rows(len(self._bank)) * grid.step_down / self.devicePixelRatioF() + 2 * self._margin()
            self.verticalScrollBar().setSingleStep(max(1, round(grid.step_down / self.devicePixelRatioF())))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, round(height) - self.viewport().height()))
        self.viewport().update()

    def _on_theme_changed(self) -> None:
        self._page = None
        self._names.clear()
        self._sync()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again; the current image stays in sight."""
        super().resizeEvent(event)
        self._sync()
        self._reveal()

    def sizeHint(self) -> QSize:
        """A few rows."""
        return QSize(theme().px(320), theme().px(150))

    # -- where things are --------------------------------------------------------------------------------------------
    def cell(self, place: int) -> QRectF:
        """Where an image is in the viewport."""
        grid, ratio = self.grid(), self.devicePixelRatioF()
        row, column = divmod(place, grid.columns)
        x = self._margin() + column * grid.step_across / ratio
        y = self._margin() + row * grid.step_down / ratio - self.verticalScrollBar().value()
        return QRectF(x, y, grid.width / ratio, grid.height / ratio)

    def place_at(self, point: QPoint | QPointF) -> int:
        """The place of the image there, or −1."""
        if not self._bank:
            return -1
        grid, ratio = self.grid(), self.devicePixelRatioF()
        column = int((point.x() - self._margin()) * ratio // grid.step_across)
        row = int((point.y() - self._margin() + self.verticalScrollBar().value()) * ratio // grid.step_down)
        place = row * grid.columns + column
        inside = 0 <= column < grid.columns and row >= 0 and place < len(self._bank)
        return place if inside else -1

    def _reveal(self) -> None:
        if not self._bank:
            return
        cell, bar = self.cell(self._current), self.verticalScrollBar()
        below = self.grid().step_down / self.devicePixelRatioF() - cell.height()
        if cell.top() < self._margin():
            bar.setValue(bar.value() + int(cell.top()) - self._margin())
        elif cell.bottom() + below > self.viewport().height():
            bar.setValue(bar.value() + int(cell.bottom() + below) - self.viewport().height() + 1)

    # -- paint -------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().colour("card"))
        shown = self.shown()
        if not self._bank or not len(shown):
            return
        painter.drawImage(self.cell(shown.start).topLeft(), self._picture(shown))
        self._paint_names(painter, shown)
        if self._current in shown:
            self._paint_current(painter)

    def _picture(self, shown: range) -> QImage:
        """All that is in sight as one image, made again only where that has changed."""
        assert self._bank is not None
        ratio = self.devicePixelRatioF()
        key = (shown, self.grid(), ratio, theme().tokens)
        if self._page is None or self._page[0] != key:
            ground = theme().colour("card").rgb()
            image = as_image(picture(self._bank, self.grid(), shown.start, shown.stop, ground))
            image.setDevicePixelRatio(ratio)
            self._page = (key, image)
        return self._page[1]

    def _paint_names(self, painter: QPainter, shown: range) -> None:
        assert self._bank is not None
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        grid, ratio, first = self.grid(), self.devicePixelRatioF(), self.cell(shown.start)
        across, down = grid.step_across / ratio, grid.step_down / ratio
        room = across - theme().u(2)
        for place in shown:
            row, column = divmod(place - shown.start, grid.columns)
            text, width = self._name(self._bank.name(place), room)
            middle = first.center().x() + column * across
            painter.drawStaticText(QPointF(middle - width / 2, first.bottom() + row * down), text)

    def _name(self, name: str, room: float) -> tuple[QStaticText, float]:
        """A name laid out once, and how wide it is."""
        key = (name, round(room))
        if key not in self._names:
            if len(self._names) > _MOST_NAMES:
                self._names.clear()
            made = QStaticText(theme().metrics("caption").elidedText(name, Qt.TextElideMode.ElideRight, room))
            made.setTextFormat(Qt.TextFormat.PlainText)
            made.prepare(font=theme().font("caption"))
            self._names[key] = made, made.size().width()
        return self._names[key]

    def _paint_current(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("accent"), 2 if self.hasFocus() else 1.5))
        painter.drawRect(self.cell(self._current).adjusted(-1.5, -1.5, 1.5, 1.5))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame of the current image says that keys come here."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No longer."""
        super().focusOutEvent(event)
        self.viewport().update()

    # -- keys and pointer --------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the current image, or make all larger or smaller."""
        if not self._bank:
            super().keyPressEvent(event)
            return
        columns = self.grid().columns
        step_down = self.grid().step_down / self.devicePixelRatioF()
        page = max(1, int(self.viewport().height() / step_down)) * columns
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page, Qt.Key.Key_Home: -len(self._bank),
            Qt.Key.Key_End: len(self._bank),
        }  # fmt: skip
        sizes = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}
        if event.key() in moves:
            self.go_to(self._current + moves[Qt.Key(event.key())])
        elif event.key() in sizes:
            self.zoom(sizes[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, or with Ctrl make images larger or smaller."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the image there the current one."""
        place = self.place_at(event.position())
        if place >= 0:
            self.go_to(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The press was for this view."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which image is under the pointer."""
        self.hovered.emit(self.place_at(event.position()))
