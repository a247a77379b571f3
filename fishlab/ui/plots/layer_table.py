"""A table with a line for each layer: words, numbers and bars. Enter or a click selects the layer in the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from fishlab.ui.theme import theme
from fishlab.ui.widgets.explanation import EXPLANATION_ROLE, Explanation

Index = QModelIndex | QPersistentModelIndex
_ROW, _PAD, _INDENT, _BAR = 20, 7, 12, 8  # u
_HEAD_PAD = 9  # u, a little more than the style sheet gives a title
_LEAST_NAME, _LEAST_BARS, _MOST = 130, 56, 190  # u
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Column:
    """`gives_way`: in a narrow table the columns with the largest go first, those with 0 never.

    Numbers stand at the right. The first column names the layer; `bars` take what room is left.
    """

    title: str
    gives_way: int = 0
    words: bool = False
    bars: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Cell:
    """A text in an ink of the theme, or bars laid end to end: (share of the column, colour)."""

    text: str = ""
    ink: str = "ink"
    weight: int = 400
    bars: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Line:
    """The cells of one layer; `uid` is empty where there is none to select. `depth` is how far inside blocks it is.

    `with_it` are the layers that run with it as one.
    """

    uid: str
    cells: tuple[Cell, ...]
    depth: int = 0
    tip: str = ""
    with_it: tuple[str, ...] = ()

    def is_about(self, uid: str) -> bool:
        """Whether it says something of this layer."""
        return bool(uid) and (uid == self.uid or uid in self.with_it)


class LayerTable(QTreeView):
    """`chosen(uid)` is sent on Enter and on a click."""

    chosen = Signal(str)

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _Lines(columns, self)
        self._build()
        self.activated.connect(self._on_index_chosen)
        self.clicked.connect(self._on_index_chosen)
        theme().changed.connect(self._sync)
        self._sync()

    def _build(self) -> None:
        self.setModel(self._lines)
        self.setItemDelegate(_Delegate(self))
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.viewport().setAutoFillBackground(False)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(0)

    def show_lines(self, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        """Show these; the reader stays at the same layer, or at the same line."""
        if (list(columns), list(lines)) == (list(self._lines.columns), list(self._lines.lines)):
            return
        place, current = self.verticalScrollBar().value(), self.currentIndex().row()
        uid = self._lines.lines[current].uid if current >= 0 else ""
        self._lines.show(columns, lines)
        self._fit()
        self.verticalScrollBar().setValue(place)
        if 0 <= current < len(lines):
            self.setCurrentIndex(self._lines.index(current, 0))
        self.mark(uid)

    def mark(self, uid: str) -> None:
        """Bring a line about this layer into sight; nothing changes where the reader is at one, or there is none."""
        current = self.currentIndex().row()
        if 0 <= current < len(self.lines()) and self.lines()[current].is_about(uid):
            return
        place = next((place for place, line in enumerate(self.lines()) if line.is_about(uid)), None)
        if place is not None:
            self.setCurrentIndex(self._lines.index(place, 0))
            self.scrollTo(self.currentIndex())

    def point_at(self, place: int) -> None:
        """Bring a line into sight, and the keys to it."""
        self.setCurrentIndex(self._lines.index(place, 0))
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)

    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines.lines

    def columns(self) -> list[Column]:
        """The columns that have room."""
        return [column for place, column in enumerate(self._lines.columns) if not self.isColumnHidden(place)]

    def _on_index_chosen(self, index: QModelIndex) -> None:
        uid = self._lines.lines[index.row()].uid
        if uid:
            self.chosen.emit(uid)

    # -- columns ---------------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the columns what room there is."""
        super().resizeEvent(event)
        self._fit()

    def _sync(self) -> None:
        self._lines.measure()
        self.scheduleDelayedItemsLayout()
        self._fit()

    def _fit(self) -> None:
        """Those that give way first go, until the others fit; names are shortened last."""
        columns = self._lines.columns
        shown = dict(enumerate(columns))
        while len(shown) > 1 and sum(self._least(place) for place in shown) > self.viewport().width():
            most = max(column.gives_way for column in shown.values())
            if not most:
                break
            shown = {place: column for place, column in shown.items() if column.gives_way < most}
        rest = self.viewport().width() - sum(self._least(place) for place in shown)
        for place, column in enumerate(columns):
            self.setColumnHidden(place, place not in shown)
            if place in shown:
                self.setColumnWidth(place, self._least(place) + self._extra(place, column, shown, max(0, rest)))

    def _extra(self, place: int, column: Column, shown: dict[int, Column], rest: int) -> int:
        """What is left goes to names that need it, then to the bars, or else to the last column."""
        wanted = min(rest, max(0, self._lines.widths[0] - self._least(0)))
        if place == 0:
            return wanted
        takes = next((other for other, one in shown.items() if one.bars), max(shown))
        return rest - wanted if place == takes else 0

    def _least(self, place: int) -> int:
        widest = self._lines.widths[place]
        if place == 0:
            return min(widest, theme().px(_LEAST_NAME))
        return theme().px(_LEAST_BARS) if self._lines.columns[place].bars else widest


class _Lines(QAbstractTableModel):
    """The lines as Qt asks for them."""

    def __init__(self, columns: Sequence[Column], parent: QObject) -> None:
        super().__init__(parent)
        self.columns: Sequence[Column] = columns
        self.lines: Sequence[Line] = ()
        self.widths: list[int] = []

    def show(self, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self.columns, self.lines = columns, lines
        self.measure()
        self.endResetModel()

    def measure(self) -> None:
        """Find what each column needs for its title and its texts."""
        self.widths = [self._width(place) for place in range(len(self.columns))]

    def _width(self, place: int) -> int:
        texts = [theme().text_width(self.columns[place].title, "caption") + theme().u(2 * (_HEAD_PAD - _PAD))]
        for line in self.lines:
            cell = line.cells[place]
            indent = theme().u(_INDENT) * line.depth if place == 0 else 0.0
            texts.append(indent + theme().text_width(cell.text, "small", cell.weight))
        return round(min(max(texts), theme().u(_MOST if place else 2 * _MOST)) + theme().u(2 * _PAD)) + 1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.cells[index.column()].text
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.tip or None
        column = self.columns[index.column()]
        return Explanation(column.tip, title=column.title) if role == EXPLANATION_ROLE and column.tip else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.FontRole:
            return theme().font("caption")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if section == 0 or column.words or column.bars else _RIGHT
        return None


class _Delegate(QStyledItemDelegate):
    """Paints a cell: its text, or its bars."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme().px(40), max(theme().px(_ROW), round(theme().metrics("small").height()) + 2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Lines)
        line, column = model.lines[index.row()], model.columns[index.column()]
        cell, rect = line.cells[index.column()], QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().colour("soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme().colour("hover"))
        self._paint_focus(painter, option, index, rect)
        room = rect.adjusted(theme().u(_PAD), 0, -theme().u(_PAD), 0)
        if cell.bars:
            _paint_bars(painter, room, cell)
            return
        if index.column() == 0:
            room.adjust(theme().u(_INDENT) * line.depth, 0, 0, 0)
        _paint_text(painter, room, cell, _LEFT if index.column() == 0 or column.words else _RIGHT)

    def _paint_focus(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, rect: QRectF) -> None:
        """A line under and over the row where the keys are: it can be told from a row that is only selected."""
        view = self.parent()
        if isinstance(view, LayerTable) and view.hasFocus() and index.row() == view.currentIndex().row():
            painter.fillRect(QRectF(rect.left(), rect.top(), rect.width(), 2), theme().colour("accent"))
            painter.fillRect(QRectF(rect.left(), rect.bottom() - 2, rect.width(), 2), theme().colour("accent"))


def _paint_text(painter: QPainter, room: QRectF, cell: Cell, align: Qt.AlignmentFlag) -> None:
    painter.setFont(theme().font("small", cell.weight))
    painter.setPen(theme().colour(cell.ink))
    metrics = theme().metrics("small", cell.weight)
    painter.drawText(room, align, metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, room.width() + 1))


def _paint_bars(painter: QPainter, room: QRectF, cell: Cell) -> None:
    track = QRectF(room.left(), 0, room.width(), theme().u(_BAR))
    track.moveTop(round(room.center().y() - track.height() / 2))
    painter.fillRect(track, theme().colour("band"))
    left = track.left()
    for share, colour in cell.bars:
        width = track.width() * share
        painter.fillRect(QRectF(left, track.top(), width, track.height()), _colour(colour))
        left += width


def _colour(name: str) -> Any:
    return theme().curve(int(name[5:])) if name.startswith("curve") else theme().colour(name)
