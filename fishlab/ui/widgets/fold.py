"""A group of widgets under a title that folds away, for what is rarely needed.

fold = Fold(self.tr("Stopping early"))
fold.add(form)
fold.set_note("off")            said beside the title while the group is closed
"""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from fishlab.ui.theme import theme
from fishlab.ui.widgets.icon import icon_pixmap

_HEIGHT, _CHEVRON, _TEXT = 28, 12, 18


class Fold(QWidget):
    """Closed at first; `opened(bool)` is sent when the person opens or closes it."""

    opened = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None, *, spacing: int = 8) -> None:
        super().__init__(parent)
        self._spacing = spacing
        self.header = _Header(title)
        self._body = QWidget()
        self._inner = QVBoxLayout(self._body)
        column = QVBoxLayout(self)
        column.addWidget(self.header)
        column.addWidget(self._body)
        self._body.hide()
        self.header.toggled.connect(self._body.setVisible)
        self.header.clicked.connect(self.opened)
        self._sync()
        theme().changed.connect(self._sync)

    def add(self, widget: QWidget) -> None:
        """Append a widget to what folds."""
        self._inner.addWidget(widget)

    def is_open(self) -> bool:
        """Whether the group is in sight."""
        return self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Open or close the group without sending `opened`."""
        self.header.setChecked(is_open)

    def set_note(self, text: str) -> None:
        """Say in a few words what is inside, while it is closed."""
        self.header.set_note(text)

    def _sync(self) -> None:
        for layout in (self.layout(), self._inner):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(theme().px(self._spacing))


class _Header(QAbstractButton):
    """A chevron, the title in 600, the note behind it as far as there is room."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._note = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focus_ring", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def set_note(self, text: str) -> None:
        self._note = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(120), theme().px(_HEIGHT))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect())
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("hover"))
            painter.drawRoundedRect(room, t.u(5), t.u(5))
        picture = icon_pixmap("down" if self.isChecked() else "right", "ink2", t.u(_CHEVRON), self.devicePixelRatioF())
        painter.drawPixmap(QPointF(t.u(1), round(room.center().y() - t.u(_CHEVRON) / 2)), picture)
        room.setLeft(t.u(_TEXT))
        painter.setFont(t.font("small", 600))
        painter.setPen(t.colour("ink"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        if not self.isChecked():
            room.setLeft(room.left() + QFontMetricsF(painter.font()).horizontalAdvance(self.text()) + t.u(10))
            self._paint_note(painter, room)

    def _paint_note(self, painter: QPainter, room: QRectF) -> None:
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().colour("ink2"))
        metrics = QFontMetricsF(painter.font())
        words = metrics.elidedText(self._note, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
