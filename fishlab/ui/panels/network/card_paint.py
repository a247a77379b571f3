"""How a card is drawn: number, icon, name over its numbers, shape over its weights, glyph."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from fishlab.ui.panels.network.content import CardContent
from fishlab.ui.panels.network.glyph import paint_glyph
from fishlab.ui.panels.network.state import State
from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

# Columns of a card, in u from its left edge.
_NUMBER, _ICON_X, _ICON, _TEXT_X = (4, 20), 23, 20, 53
# Inside a block a number is longer and room scarcer: it stands under the icon.
_INNER_NUMBER, _INNER_ICON_X, _INNER_ICON, _INNER_TEXT_X = (3, 43), 14, 18, 48
_NUMBER_HIGH = 14
_CHEVRON = 14  # before the name of a block
_GLYPH, _RIGHT, _BETWEEN, _BARE_RIGHT = 30, 9, 8, 12
_NAME_HIGH, _SUB_HIGH = 18, 16
_DEEP_GLYPH = 280  # cards deep inside blocks need this width for one
_NAME_ROOM, _LEFT_ROOM = 56, 24  # with less, there is no place for a glyph, and other words are no help
_NAME_BESIDE = 92  # of a longer name this much at least stands beside a shape, or it has the line for itself

_FILL = {State.FINE: "card", State.FAILING: "bad_pale", State.WAITING: "panel"}
_SHAPE_INK = {State.FINE: "ink", State.FAILING: "bad", State.WAITING: "ink3"}
_BORDER = {State.FINE: "line", State.FAILING: "bad", State.WAITING: "line"}


@dataclass(frozen=True)
class CardLook:
    """What changes a card's look without changing what it says. `flash` runs from 1 to 0, `head` is in u."""

    selected: bool
    hovered: bool
    flash: float
    head: int
    dpr: float


def spine_x(depth: int) -> float:
    """Return the axis of the icons of cards of this depth, in u from their left edge."""
    return _INNER_ICON_X + _INNER_ICON / 2 if depth else _ICON_X + _ICON / 2


def text_x(depth: int) -> float:
    """Return where the words of such cards begin, in u."""
    return _INNER_TEXT_X if depth else _TEXT_X


def chevron_rect(head: QRectF, depth: int) -> QRectF:
    """Return where a press folds or opens a block: its name's chevron, and what lies round it."""
    t = theme()
    return QRectF(head.left() + t.u(text_x(depth) - 8), head.top(), t.u(_CHEVRON + 8), head.height())


def paint_card(painter: QPainter, rect: QRectF, content: CardContent, rows: int, look: CardLook) -> None:
    """Draw `content` in `rect`; the glyph is scaled to an input of `rows`."""
    _paint_surface(painter, rect, content, look)
    head = QRectF(rect.left(), rect.top(), rect.width(), theme().u(look.head))
    _paint_left(painter, head, content, look)
    glyph = content.out_shape is not None and _has_glyph(head, content)
    _paint_words(painter, head, content, _words_width(head, content, glyph=glyph))
    if content.out_shape is not None and glyph:
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
    picture = icon_pixmap(content.icon, _icon_ink(content, look), t.px(_icon(content)), look.dpr)
    column, corner = _inner_places(head) if content.depth else _places(head)
    painter.drawPixmap(corner, picture)
    if content.frozen:
        _paint_lock(painter, corner + QPointF(1, 1) * (t.u(_icon(content)) - t.u(8)), look.dpr)
    painter.setFont(t.font("caption"))
    painter.setPen(t.colour("ink3"))
    number = QFontMetricsF(painter.font()).elidedText(content.number, Qt.TextElideMode.ElideLeft, column.width())
    painter.drawText(column, Qt.AlignmentFlag.AlignCenter, number)


def _paint_lock(painter: QPainter, corner: QPointF, dpr: float) -> None:
    """Over the icon's lower right corner: what is frozen keeps its weights."""
    t = theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(t.colour("card"))
    painter.drawEllipse(corner + QPointF(t.u(6), t.u(6)), t.u(7), t.u(7))
    painter.drawPixmap(corner, icon_pixmap("lock", "ink", t.px(12), dpr))


def _icon(content: CardContent) -> int:
    return _INNER_ICON if content.depth else _ICON


def _places(head: QRectF) -> tuple[QRectF, QPointF]:
    """The number at the left of the icon: its column, and the icon's corner."""
    t = theme()
    column = QRectF(head.left() + t.u(_NUMBER[0]), head.top(), t.u(_NUMBER[1] - _NUMBER[0]), head.height())
    return column, QPointF(round(head.left() + t.u(_ICON_X)), round(head.center().y() - t.u(_ICON) / 2))


def _inner_places(head: QRectF) -> tuple[QRectF, QPointF]:
    """The number under the icon."""
    t = theme()
    top = round(head.center().y() - t.u(_INNER_ICON + _NUMBER_HIGH) / 2)
    wide = t.u(_INNER_NUMBER[1] - _INNER_NUMBER[0])
    column = QRectF(head.left() + t.u(_INNER_NUMBER[0]), top + t.u(_INNER_ICON), wide, t.u(_NUMBER_HIGH))
    return column, QPointF(round(head.left() + t.u(_INNER_ICON_X)), top)


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


def _words_width(head: QRectF, content: CardContent, *, glyph: bool) -> float:
    t = theme()
    right = _glyph_square(head).left() - t.u(_BETWEEN) if glyph else head.right() - t.u(_BARE_RIGHT)
    return right - _words_left(head, content)


def _words_left(head: QRectF, content: CardContent) -> float:
    return head.left() + theme().u(text_x(content.depth) + (_CHEVRON if content.folded is not None else 0))


def _has_glyph(head: QRectF, content: CardContent) -> bool:
    """Deep inside blocks all cards of a stack do without, so that their shapes stand under one another."""
    deep = content.depth > 1 and head.width() < theme().u(_DEEP_GLYPH)
    return not deep and _words_width(head, content, glyph=True) >= _least_width(content)


def _least_width(content: CardContent) -> float:
    """What the words need at least; with less room the glyph gives way to them."""
    return max(theme().u(_NAME_ROOM), QFontMetricsF(theme().font("small", 500)).horizontalAdvance(content.shape))


def _paint_words(painter: QPainter, head: QRectF, content: CardContent, width: float) -> None:
    t = theme()
    top = head.center().y() - t.u(_NAME_HIGH + _SUB_HIGH) / 2
    first = QRectF(_words_left(head, content), top, width, t.u(_NAME_HIGH))
    if content.folded is not None:
        _paint_chevron(painter, QPointF(first.left() - t.u(_CHEVRON / 2 + 1), first.center().y()), content.folded)
    second = QRectF(first.left(), first.bottom(), width, t.u(_SUB_HIGH))
    for line, words in zip((first, second), card_words(content, width), strict=True):
        _paint_line(painter, line, *words)


def _paint_chevron(painter: QPainter, centre: QPointF, folded: bool) -> None:
    """Point down at what is open, to the right where something is folded."""
    t = theme()
    long, short = t.u(3.5), t.u(1.75)
    corners = [QPointF(-short, -long), QPointF(short, 0), QPointF(-short, long)]
    if not folded:
        corners = [QPointF(point.y(), point.x()) for point in corners]
    painter.setPen(QPen(t.colour("ink2"), t.u(1.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolyline([centre + corner for corner in corners])


@dataclass(frozen=True)
class Words:
    """A text of a card in its font and ink."""

    text: str
    font: QFont
    ink: str

    @property
    def width(self) -> float:
        """The room it needs."""
        return QFontMetricsF(self.font).horizontalAdvance(self.text)

    @property
    def room(self) -> float:
        """The room it takes at the right end of a line, with the gap before it."""
        return self.width + theme().u(_BETWEEN) if self.text else 0.0


def card_words(content: CardContent, width: float) -> tuple[tuple[Words, Words], tuple[Words, Words]]:
    """Return left and right words of both lines of a card; the right ones have their room first.

    Where the shape would leave too little of `width` for the name, it goes down in place of the weights.
    """
    t, waiting = theme(), content.state is State.WAITING
    name = Words(content.title, t.font("body", 600), "ink3" if waiting else "ink")
    shape = Words(content.shape, t.font("small", 500), _SHAPE_INK[content.state])
    sub = Words(content.sub, t.font("caption"), "bad" if content.alarm else "ink3" if waiting else "ink2")
    count = Words(content.count, t.font("caption"), "ink3")
    if width - shape.room < min(name.width, t.u(_NAME_BESIDE)):
        return (name, Words("", shape.font, shape.ink)), (sub, shape)
    return (name, shape), (sub, count)


def _paint_line(painter: QPainter, line: QRectF, left: Words, right: Words) -> None:
    """Draw `right` at the right end and of `left` as much as there is room for. A number is never cut in silence."""
    _paint_text(painter, line, right, Qt.AlignmentFlag.AlignRight)
    room = line.adjusted(0, 0, -right.room, 0)
    if room.width() >= min(left.width, theme().u(_LEFT_ROOM)):
        _paint_text(painter, room, left, Qt.AlignmentFlag.AlignLeft)


def _paint_text(painter: QPainter, room: QRectF, words: Words, side: Qt.AlignmentFlag) -> None:
    if not words.text:
        return
    painter.setFont(words.font)
    painter.setPen(theme().colour(words.ink))
    shown = QFontMetricsF(words.font).elidedText(words.text, Qt.TextElideMode.ElideRight, room.width() + 0.5)
    painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, shown)


def _glyph_square(head: QRectF) -> QRectF:
    side = theme().u(_GLYPH)
    return QRectF(head.right() - theme().u(_RIGHT) - side, head.center().y() - side / 2, side, side)


def _mixed(base: QColor, over: QColor, share: float) -> QColor:
    parts = [a + (b - a) * share for a, b in zip(base.getRgbF()[:3], over.getRgbF()[:3], strict=True)]
    return QColor.fromRgbF(*parts)
