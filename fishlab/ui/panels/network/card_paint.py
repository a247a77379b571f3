"""How a card is drawn: number, icon, name over its numbers, shape over its weights, glyph."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from fishlab.ui.panels.network.content import CardContent, State
from fishlab.ui.panels.network.glyph import paint_glyph
from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

# Columns of a card, in u from its left edge.
NUMBER = (4, 20)
ICON_X, ICON = 23, 20
SPINE_X = ICON_X + ICON / 2
TEXT_X = 53
_GLYPH, _RIGHT, _BETWEEN, _BARE_RIGHT = 30, 9, 8, 12
_NAME_HIGH, _SUB_HIGH = 18, 16

_FILL = {State.FINE: "card", State.FAILING: "bad_pale", State.WAITING: "panel"}
_BORDER = {State.FINE: "line", State.FAILING: "bad", State.WAITING: "line"}


@dataclass(frozen=True)
class CardLook:
    """What changes a card's look without changing what it says. `flash` runs from 1 to 0, `head` is in u."""

    selected: bool
    hovered: bool
    flash: float
    head: int
    dpr: float


def paint_card(painter: QPainter, rect: QRectF, content: CardContent, rows: int, look: CardLook) -> None:
    """Draw `content` in `rect`; the glyph is scaled to an input of `rows`."""
    _paint_surface(painter, rect, content, look)
    head = QRectF(rect.left(), rect.top(), rect.width(), theme().u(look.head))
    _paint_left(painter, head, content, look)
    _paint_words(painter, head, content)
    if content.out_shape is not None:
        ink = theme().colour("accent" if look.selected else "ink3")
        paint_glyph(painter, _glyph_square(head), content.out_shape, rows, ink)


def _paint_surface(painter: QPainter, rect: QRectF, content: CardContent, look: CardLook) -> None:
    t = theme()
    failing = content.state is State.FAILING
    strong = look.selected or failing
    half = (1.0 if t.high_contrast else 0.75) if strong else 0.5
    fill, border = _FILL[content.state], _BORDER[content.state]
    if look.selected and not failing:
        fill, border = "soft", "accent"
    elif look.hovered and not failing:
        fill = "hover"
    painter.setPen(QPen(t.colour(border), 2 * half))
    painter.setBrush(_mixed(t.colour(fill), t.colour("soft"), look.flash))
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), t.u(6), t.u(6))
    if failing and look.selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.colour("accent"))
        painter.drawRoundedRect(QRectF(rect.left(), rect.top() + t.u(8), t.u(3), t.u(look.head - 16)), 1, 1)


def _paint_left(painter: QPainter, head: QRectF, content: CardContent, look: CardLook) -> None:
    t = theme()
    if look.hovered and content.movable:
        _paint_grip(painter, head)
    if content.number:
        painter.setFont(t.font("caption"))
        painter.setPen(t.colour("ink3"))
        column = QRectF(head.left() + t.u(NUMBER[0]), head.top(), t.u(NUMBER[1] - NUMBER[0]), head.height())
        painter.drawText(column, Qt.AlignmentFlag.AlignCenter, str(content.number))
    picture = icon_pixmap(content.icon, _icon_ink(content, look), t.px(ICON), look.dpr)
    painter.drawPixmap(QPointF(round(head.left() + t.u(ICON_X)), round(head.center().y() - t.u(ICON) / 2)), picture)


def _icon_ink(content: CardContent, look: CardLook) -> str:
    if content.state is State.FAILING:
        return "bad"
    if look.selected:
        return "accent"
    return "ink3" if content.state is State.WAITING else "ink2"


def _paint_grip(painter: QPainter, head: QRectF) -> None:
    t = theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.colour("edge"))
    for row in (-2, 0, 2):
        for column in (3, 6):
            centre = QPointF(head.left() + t.u(column), head.center().y() + t.u(1.75 * row))
            painter.drawEllipse(centre, t.u(0.8), t.u(0.8))


def _paint_words(painter: QPainter, head: QRectF, content: CardContent) -> None:
    """Two lines; on each the right block has its room first and the left one gives way."""
    t = theme()
    waiting, failing = content.state is State.WAITING, content.state is State.FAILING
    top = head.center().y() - t.u(_NAME_HIGH + _SUB_HIGH) / 2
    first = QRectF(head.left() + t.u(TEXT_X), top, 0, t.u(_NAME_HIGH))
    first.setRight(_glyph_square(head).left() - t.u(_BETWEEN) if content.out_shape else head.right() - t.u(_BARE_RIGHT))
    second = QRectF(first.left(), first.bottom(), first.width(), t.u(_SUB_HIGH))
    shape_ink = "bad" if failing else "ink3" if waiting else "ink"
    used = _paint_right(painter, first, content.shape, t.font("small", 500), t.colour(shape_ink))
    _paint_elided(painter, first, used, content.title, t.font("body", 600), t.colour("ink3" if waiting else "ink"))
    used = _paint_right(painter, second, content.count, t.font("caption"), t.colour("ink3"))
    _paint_elided(painter, second, used, content.sub, t.font("caption"), t.colour("ink3" if waiting else "ink2"))


def _paint_right(painter: QPainter, line: QRectF, text: str, font: QFont, ink: QColor) -> float:
    """Draw `text` at the right end; return the room it used, with the gap before it."""
    if not text:
        return 0.0
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    return QFontMetricsF(font).horizontalAdvance(text) + theme().u(_BETWEEN)


def _paint_elided(painter: QPainter, line: QRectF, used: float, text: str, font: QFont, ink: QColor) -> None:
    room = line.adjusted(0, 0, -used, 0)
    painter.setFont(font)
    painter.setPen(ink)
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _glyph_square(head: QRectF) -> QRectF:
    side = theme().u(_GLYPH)
    return QRectF(head.right() - theme().u(_RIGHT) - side, head.center().y() - side / 2, side, side)


def _mixed(base: QColor, over: QColor, share: float) -> QColor:
    parts = [a + (b - a) * share for a, b in zip(base.getRgbF()[:3], over.getRgbF()[:3], strict=True)]
    return QColor.fromRgbF(*parts)
