"""The small card under the pointer while layers are dragged: what they are and what they would become there."""

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap

WIDTH, WIDEST, HEIGHT = 206, 290, 46
_TEXT_X, _PAD, _MOST_LINES = 38, 10, 4


class CompactCard(QWidget):
    """A card of 206 x 46 u over everything else in its window, wider where its words need it.

    A refusal makes it red and as high as its reason.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._icon = self._title = self._words = ""
        self._refused = False
        self.setObjectName("drag.card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        """The second line as it is shown."""
        return self._words

    @property
    def refused(self) -> bool:
        """Whether it shows a refusal."""
        return self._refused

    def tell(self, icon: str, title: str, words: str, *, refused: bool = False) -> None:
        """Show `title` with `words` under it; a refusal gets the warning icon in place of the layer's."""
        self._icon, self._title, self._words, self._refused = icon, title, words, refused
        self.resize(self.sizeHint())
        self.update()

    def show_at(self, point: QPoint) -> None:
        """Come up right below `point` of the window, above it where there is no room, never past the right edge."""
        room = self.parentWidget().rect()
        corner = point + QPoint(theme().px(8), theme().px(6))
        corner.setX(max(0, min(corner.x(), room.width() - self.width())))
        if corner.y() + self.height() > room.height():
            corner.setY(point.y() - theme().px(6) - self.height())
        self.move(corner)
        self.raise_()
        self.show()

    def sizeHint(self) -> QSize:
        """Return 206 x 46 u, wider for long words, higher where a reason needs more than one line."""
        more = max(0.0, self._words_rect().height() - theme().u(16)) if self._refused else 0.0
        return QSize(math.ceil(self._wide()), theme().px(HEIGHT) + round(more))

    def _wide(self) -> float:
        t = theme()
        words = 0.0 if self._refused else t.text_width(self._words, "caption") + t.u(_TEXT_X + _PAD)
        return min(t.u(WIDEST), max(t.u(WIDTH), words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        t = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.colour("bad" if self._refused else "accent"), 1.5))
        painter.setBrush(t.colour("bad_pale" if self._refused else "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), t.u(6), t.u(6))
        ink = "bad" if self._refused else "accent"
        picture = icon_pixmap("warning" if self._refused else self._icon, ink, t.px(18), self.devicePixelRatioF())
        painter.drawPixmap(t.px(12), (t.px(HEIGHT) - t.px(18)) // 2, picture)
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        t = theme()
        title = QRectF(t.u(_TEXT_X), t.u(6), self._wide() - t.u(_TEXT_X + _PAD), t.u(18))
        painter.setFont(t.font("body", 600))
        painter.setPen(t.colour("ink"))
        shown = QFontMetricsF(painter.font()).elidedText(self._title, Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(t.font("caption"))
        painter.setPen(t.colour("bad" if self._refused else "ink2"))
        wrap = Qt.TextFlag.TextWordWrap if self._refused else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._words_rect(), wrap, self._words)

    def _words_rect(self) -> QRectF:
        t = theme()
        room = QRectF(t.u(_TEXT_X), t.u(24), self._wide() - t.u(_TEXT_X + _PAD), t.u(16) * _MOST_LINES)
        if self._refused:
            text = QFontMetricsF(t.font("caption")).boundingRect(room, Qt.TextFlag.TextWordWrap, self._words)
            room.setHeight(min(room.height(), max(t.u(16), text.height())))
        else:
            room.setHeight(t.u(16))
        return room
