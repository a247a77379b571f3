"""How a row of the palette is drawn: a group with its chevron, or icon, title and chapter of a layer."""

from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fishlab.core.layers import LAYERS
from fishlab.ui.panels.palette.model import Role
from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

ROW, GROUP = 26, 25
_LEFT, _RIGHT, _APART = 38, 6, 4
BY_KEY = "focus_by_key"  # the view's property: whether the keyboard, not the mouse, brought the focus
_State = QStyle.StateFlag


class PaletteDelegate(QStyledItemDelegate):
    """Paints everything itself; the view draws no branches."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return 26 u for a layer, 25 u for a group; a long name has as many lines as it needs."""
        if not index.data(Role.KIND):
            return QSize(0, theme().px(GROUP))
        room = self._room(option.widget.viewport().width())
        more = max(0, _lines(index.data(), room) - 1)
        return QSize(0, theme().px(ROW) + more * QFontMetrics(theme().font("body")).lineSpacing())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        self._paint_surface(painter, rect, option, is_layer=bool(index.data(Role.KIND)))
        if index.data(Role.KIND):
            self._paint_layer(painter, rect, option, index)
        else:
            self._paint_group(painter, rect, option, index)
        painter.restore()

    def _paint_surface(
        self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, *, is_layer: bool
    ) -> None:
        t = theme()
        selected, hovered = bool(option.state & _State.State_Selected), bool(option.state & _State.State_MouseOver)
        if is_layer and (selected or hovered):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("soft" if selected else "hover"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), t.u(5), t.u(5))
        if option.state & _State.State_HasFocus and option.widget.property(BY_KEY):
            painter.setPen(QPen(t.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), t.u(5), t.u(5))

    def _paint_group(
        self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        t = theme()
        chevron = "down" if option.state & _State.State_Open else "right"
        picture = icon_pixmap(chevron, "ink3", t.px(12), _dpr(painter))
        painter.drawPixmap(QPointF(rect.left() + t.u(2), round(rect.center().y() - t.u(6))), picture)
        painter.setFont(t.font("caption", 600))
        painter.setPen(t.colour("ink2"))
        painter.drawText(rect.adjusted(t.u(18), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())

    def _paint_layer(
        self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        t = theme()
        ink = "accent" if option.state & _State.State_Selected else "ink2"
        picture = icon_pixmap(index.data(Role.ICON), ink, t.px(18), _dpr(painter))
        painter.drawPixmap(QPointF(round(rect.left() + t.u(13)), round(rect.center().y() - t.u(9))), picture)
        room = rect.adjusted(t.u(_LEFT), 0, -t.u(_RIGHT), 0)
        if self._room(rect.width()) < room.width():
            self._paint_chapter(painter, room, index.data(Role.CHAPTER))
        painter.setFont(t.font("body"))
        painter.setPen(t.colour("ink"))
        room.setWidth(self._room(rect.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, _fitting(index.data(), room))

    def _room(self, width: float) -> float:
        """The width that names have. Chapters are a column: for all names, or for none where it would break several."""
        t = theme()
        names = tuple((entry.title, entry.chapter) for entry in LAYERS)
        return _room_of(names, width, t.u(1), t.font("body").key(), t.font("caption").key())

    def _paint_chapter(self, painter: QPainter, room: QRectF, chapter: str) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink3"))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, chapter)


def _fitting(title: str, room: QRectF) -> str:
    """The name, each of its words cut with an ellipsis where even that is wider than the room."""
    metrics, width = QFontMetrics(theme().font("body")), int(room.width())
    return " ".join(metrics.elidedText(word, Qt.TextElideMode.ElideRight, width) for word in title.split(" "))


@lru_cache(maxsize=64)  # a list asks for it at every row
def _room_of(names: tuple[tuple[str, str], ...], width: float, _unit: float, body: str, _caption: str) -> float:
    t = theme()
    bare = width - t.u(_LEFT + _RIGHT)
    beside = bare - max(t.text_width(chapter, "caption") for _, chapter in names) - t.u(_APART)
    broken = sum(_lines(title, beside) > _lines(title, bare) for title, _ in names)
    return beside if broken <= 1 and _longest_word(names, body) <= beside else bare


@lru_cache(maxsize=8)
def _longest_word(names: tuple[tuple[str, str], ...], _font: str) -> float:
    """How wide the longest word of all names is; no line can be narrower."""
    return max(theme().text_width(word) for title, _ in names for word in title.split())


def _lines(title: str, room: float) -> int:
    """How many lines a name takes; its words stay whole."""
    return _counted(title, max(1, int(room)), theme().font("body").key())


@lru_cache(maxsize=1024)
def _counted(title: str, room: int, _font: str) -> int:
    metrics = QFontMetrics(theme().font("body"))
    box = metrics.boundingRect(QRect(0, 0, room, 10_000), Qt.TextFlag.TextWordWrap, title)
    return max(1, round(box.height() / metrics.lineSpacing()))


def _dpr(painter: QPainter) -> float:
    return painter.device().devicePixelRatioF()
