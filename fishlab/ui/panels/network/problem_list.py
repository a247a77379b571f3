"""The row above the foot that names the first problem and leads to its card."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from fishlab.core.shapes import Problem
from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

_HIGH, _PAD, _TEXT_X = 30, 14, 37


class ProblemList(QAbstractButton):
    """'1 problem   1 Convolution does not fit evenly'; pressed, it leads to the card of `uid`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.uid = ""
        self._sentence = ""
        self.setObjectName("network.problem")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def show_problem(self, problem: Problem | None) -> None:
        """Name `problem`; without one there is no row."""
        self.setVisible(problem is not None)
        if problem is not None:
            self.uid, self._sentence = problem.uid, problem.sentence
            self.setText(self.tr("1 problem"))
            self.setAccessibleName(f"{self.text()}: {self._sentence}")
            self.setToolTip(f"{problem.sentence}.\n{problem.reason}")
            self.update()

    @property
    def sentence(self) -> str:
        """The problem in words."""
        return self._sentence

    def sizeHint(self) -> QSize:
        """Return a row of 30 u."""
        return QSize(theme().px(120), theme().px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the warning, the count and the sentence, which gives way where it is narrow."""
        t = theme()
        painter = QPainter(self)
        if self.underMouse():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(t.u(8), 0, -t.u(8), 0), t.u(5), t.u(5))
        picture = icon_pixmap("warning", "bad", t.px(16), self.devicePixelRatioF())
        painter.drawPixmap(t.px(_PAD), (self.height() - t.px(16)) // 2, picture)
        line = QRectF(t.u(_TEXT_X), 0, self.width() - t.u(_TEXT_X + _PAD), self.height())
        painter.setFont(t.font("small", 600))
        painter.setPen(t.colour("bad"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, self.text())
        line.setLeft(line.left() + QFontMetricsF(painter.font()).horizontalAdvance(self.text()) + t.u(8))
        painter.setFont(t.font("small"))
        painter.setPen(t.colour("ink2"))
        shown = QFontMetricsF(painter.font()).elidedText(self._sentence, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
