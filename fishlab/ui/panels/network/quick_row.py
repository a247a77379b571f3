"""A row of the quick adder: icon, name, and at the right the shape the layer would get there, or why it cannot work."""

import math
from enum import IntEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

ROW = 28
_LEFT, _BETWEEN, _RIGHT = 34, 8, 8


class Role(IntEnum):
    """What a row carries beside its title."""

    KIND = Qt.ItemDataRole.UserRole
    ICON = Qt.ItemDataRole.UserRole + 1
    WORDS = Qt.ItemDataRole.UserRole + 2
    REFUSED = Qt.ItemDataRole.UserRole + 3


class QuickRow(QStyledItemDelegate):
    """Paints a row; the name gives way to the words at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a row of 28 u in which both the name and the words are whole."""
        t = theme()
        words = t.text_width(index.data(), "body") + t.text_width(index.data(Role.WORDS), "caption")
        return QSize(math.ceil(words + t.u(_LEFT + _BETWEEN + _RIGHT)), t.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        t = theme()
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("soft" if chosen else "hover"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), t.u(5), t.u(5))
        dpr = painter.device().devicePixelRatioF()
        picture = icon_pixmap(index.data(Role.ICON), "accent" if chosen else "ink2", t.px(18), dpr)
        painter.drawPixmap(QPointF(rect.left() + t.px(8), round(rect.center().y() - t.u(9))), picture)
        self._paint_words(painter, rect.adjusted(t.u(_LEFT), 0, -t.u(_RIGHT), 0), index)
        painter.restore()

    def _paint_words(self, painter: QPainter, room: QRectF, index: QModelIndex | QPersistentModelIndex) -> None:
        t = theme()
        painter.setFont(t.font("caption"))
        painter.setPen(t.colour("bad" if index.data(Role.REFUSED) else "ink2"))
        words = index.data(Role.WORDS)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        room.setRight(room.right() - QFontMetricsF(painter.font()).horizontalAdvance(words) - t.u(_BETWEEN))
        painter.setFont(t.font("body"))
        painter.setPen(t.colour("ink"))
        shown = QFontMetricsF(painter.font()).elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
