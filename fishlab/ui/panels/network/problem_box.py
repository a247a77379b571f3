"""The lower part of a failing card: the arithmetic that fails, why, and buttons that mend it."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import Problem
from fishlab.ui.panels.network.repair_button import RepairButton
from fishlab.ui.theme import theme
from fishlab.ui.widgets import icon_pixmap

_PAD, _TEXT_X, _GAP, _SHARED = 10, 46, 6, 3


class ProblemBox(QWidget):
    """Shows a `Problem`. `repair_requested(Repair)` is sent when one of its buttons is pressed."""

    repair_requested = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._problem: Problem | None = None
        self.buttons: list[RepairButton] = []

    def show_problem(self, problem: Problem) -> None:
        """Show `problem`; buttons whose words stay the same stay, and so does the focus on them."""
        self._problem = problem
        if [button.text() for button in self.buttons] != [repair.label for repair in problem.repairs]:
            self._make_buttons(problem)
        for button, repair in zip(self.buttons, problem.repairs, strict=True):
            button.repair = repair
        self._place_buttons()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height that words and buttons need."""
        rows = self._rows(width)
        buttons = len(rows) * theme().px(26) + max(0, len(rows) - 1) * theme().px(6)
        return round(self._reason_rect(width).bottom() + theme().u(8) + (buttons + theme().u(10) if rows else 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons into rows."""
        self._place_buttons()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the hairline, the warning and the words."""
        if self._problem is None:
            return
        t = theme()
        painter = QPainter(self)
        painter.setPen(QPen(t.colour("bad", 110), 1))
        painter.drawLine(QPointF(t.u(_PAD), 0.5), QPointF(self.width() - t.u(_PAD), 0.5))
        picture = icon_pixmap("warning", "bad", t.px(18), self.devicePixelRatioF())
        painter.drawPixmap(t.px(23), t.px(8), picture)
        painter.setPen(t.colour("ink"))
        painter.setFont(t.font("body", 500))
        painter.drawText(self._sum_rect(self.width()), Qt.TextFlag.TextWordWrap, self._problem.arithmetic)
        painter.setPen(t.colour("ink2"))
        painter.setFont(t.font("small"))
        painter.drawText(self._reason_rect(self.width()), Qt.TextFlag.TextWordWrap, self._problem.reason)

    def _make_buttons(self, problem: Problem) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = [RepairButton(repair, self) for repair in problem.repairs]
        for button in self.buttons:
            button.chosen.connect(self.repair_requested)
            button.show()

    def _sum_rect(self, width: int) -> QRectF:
        text = self._problem.arithmetic if self._problem else ""
        return _text_rect(text, "body", 500, width, theme().u(8))

    def _reason_rect(self, width: int) -> QRectF:
        above = self._sum_rect(width)
        text = self._problem.reason if self._problem else ""
        return _text_rect(text, "small", 400, width, above.bottom() + (theme().u(2) if above.height() else 0))

    def _rows(self, width: int) -> list[list[RepairButton]]:
        """The buttons in rows that fit; three that fit share the row."""
        room, gap = width - 2 * theme().px(_PAD), theme().px(_GAP)
        rows: list[list[RepairButton]] = []
        for button in self.buttons:
            row = rows[-1] if rows else []
            if row and sum(b.sizeHint().width() + gap for b in row) + button.sizeHint().width() <= room:
                row.append(button)
            else:
                rows.append([button])
        return rows

    def _place_buttons(self) -> None:
        y = round(self._reason_rect(self.width()).bottom() + theme().u(8))
        for row in self._rows(self.width()):
            for button, rect in zip(row, self._shares(row, y), strict=True):
                button.setGeometry(rect)
            y += theme().px(26) + theme().px(6)

    def _shares(self, row: list[RepairButton], y: int) -> list[QRect]:
        pad, gap, high = theme().px(_PAD), theme().px(_GAP), theme().px(26)
        widths = [button.sizeHint().width() for button in row]
        share = (self.width() - 2 * pad - gap * (len(row) - 1)) // len(row)
        if len(row) >= _SHARED and max(widths) <= share:
            widths = [share] * len(row)
        lefts = [pad + sum(widths[:i]) + gap * i for i in range(len(row))]
        most = self.width() - 2 * pad
        return [QRect(left, y, min(wide, most), high) for left, wide in zip(lefts, widths, strict=True)]

    def sizeHint(self) -> QSize:
        """Return the size at its width of now."""
        return QSize(self.width(), self.heightForWidth(self.width()))


def _text_rect(text: str, step: str, weight: int, width: int, top: float) -> QRectF:
    t = theme()
    room = QRectF(t.u(_TEXT_X), top, max(1.0, width - t.u(_TEXT_X + _PAD)), 10_000)
    if not text:
        return QRectF(room.topLeft(), QSize(round(room.width()), 0))
    font = t.font(step, weight)  # type: ignore[arg-type]
    high = QFontMetricsF(font).boundingRect(room, Qt.TextFlag.TextWordWrap, text).height()
    return QRectF(room.left(), top, room.width(), high)
