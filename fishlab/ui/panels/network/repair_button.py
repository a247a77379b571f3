"""A button that names the result of a repair: 'Stride 1 → 24'."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from fishlab.core.shapes import Repair
from fishlab.ui.theme import theme


class RepairButton(QPushButton):
    """Sends `chosen(Repair)` with the repair it holds when pressed; `repair` may be exchanged for a fresher one."""

    chosen = Signal(object)

    def __init__(self, repair: Repair, parent: QWidget) -> None:
        super().__init__(repair.label, parent)
        self.repair = repair
        self.setObjectName("network.repair")
        self.setToolTip(repair.label)  # where it is narrow, the button shows only the beginning
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_clicked)

    def sizeHint(self) -> QSize:
        """Return the room its words need, 26 u high."""
        wide = QFontMetricsF(theme().font("caption", 500)).horizontalAdvance(self.text())
        return QSize(round(wide + theme().u(12)), theme().px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a card-filled button with a border in bad."""
        t = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.colour("bad"), 1))
        painter.setBrush(t.colour("hover" if self.underMouse() or self.isDown() else "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), t.u(5), t.u(5))
        painter.setPen(t.colour("ink"))
        painter.setFont(t.font("caption", 500))
        room = self.width() - t.u(6)
        shown = QFontMetricsF(painter.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)

    def _on_clicked(self) -> None:
        self.chosen.emit(self.repair)
