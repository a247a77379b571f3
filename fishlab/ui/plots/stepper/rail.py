"""The rail: a cell for every step, the way there above, the way back below, and the loss at the end of both.

rail.set_steps(steps, numbers)      numbers are the words in the cells, by uid
rail.set_current(3)
rail.chosen                         a step was clicked, or the arrow keys have moved
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fishlab.ui.plots.stepper.steps import BACKWARD, FORWARD, LOSS, Step
from fishlab.ui.theme import theme

_LOW, _HIGH, _GAP, _WIDEST = 20, 22, 3, 64  # u; low where one lane has to do
_HIT = 24  # u, as high as a button


class StepRail(QWidget):
    """Left and Right go through the steps, Up and Down change the way, Home and End go to the ends."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[Step] = ()
        self._titles: Mapping[str, str] = {}
        self._numbers: Mapping[str, str] = {}
        self._columns: dict[str, int] = {}
        self.current = 0
        self.compact = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme_changed)

    def set_steps(self, steps: Sequence[Step], numbers: Mapping[str, str], titles: Mapping[str, str]) -> None:
        """Show these; `numbers` stand in the cells, and `titles` are said of them."""
        forward = [step.uid for step in steps if step.way == FORWARD]
        self._steps, self._numbers, self._titles = steps, numbers, titles
        self._columns = {uid: index for index, uid in enumerate(forward)}
        self.set_current(self.current)

    def set_current(self, index: int) -> None:
        """Mark a step."""
        self.current = min(max(0, index), max(0, len(self._steps) - 1))
        self.setAccessibleName(self.tr("Steps"))
        self.setAccessibleDescription(self.words(self.current))
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Show all steps in one lane, or the way back under the way there."""
        if compact is not self.compact:
            self.compact = compact
            self.updateGeometry()
            self.update()

    def words(self, index: int) -> str:
        """'Step 3 of 15: forward, 3 Max pool'."""
        if not self._steps:
            return ""
        ways = {FORWARD: self.tr("forward"), LOSS: self.tr("the loss"), BACKWARD: self.tr("backward")}
        step = self._steps[index]
        what = ", ".join(filter(None, (ways[step.way], self._titles.get(step.uid, ""))))
        return self.tr("Step {n} of {all}: {what}").format(n=index + 1, all=len(self._steps), what=what)

    def sizeHint(self) -> QSize:
        """Return room for the lanes."""
        return QSize(theme().px(300), theme().px((_LOW if self.compact else 2 * _HIGH + _GAP) + 4) + 1)

    def minimumSizeHint(self) -> QSize:
        """Return the same height for any width: cells get narrow."""
        return QSize(theme().px(80), self.sizeHint().height())

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    # -- where -------------------------------------------------------------------------------------------------------
    def cell(self, index: int) -> QRectF:
        """Return where a step is."""
        step, count = self._steps[index], len(self._steps) if self.compact else len(self._columns) + 1
        width = min(theme().u(_WIDEST), (self.width() - 4) / count)
        gap, lane = theme().u(_GAP), theme().u(_LOW if self.compact else _HIGH)
        column = index if self.compact else self._columns.get(step.uid, count - 1)
        top = 2 + (lane + gap if step.way == BACKWARD and not self.compact else 0)
        height = 2 * lane + gap if step.way == LOSS and not self.compact else lane
        return QRectF(2 + column * width, top, width - min(gap, width / 4), height)

    def step_at(self, position: QPointF) -> int | None:
        """Return the step under a point, or nearly so: cells are a little lower than a pointer needs."""
        return next((index for index in range(len(self._steps)) if self._hit(index).contains(position)), None)

    def _hit(self, index: int) -> QRectF:
        cell = self.cell(index)
        more = max(0.0, theme().u(_HIT) - cell.height()) / 2
        return cell.adjusted(0, -more, 0, more)

    # -- painting ----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every cell: before the current one filled softly, after it empty."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font("caption"))
        for index in range(len(self._steps)):
            self._paint_cell(painter, index)

    def _paint_cell(self, painter: QPainter, index: int) -> None:
        cell, here, step = self.cell(index), index == self.current, self._steps[index]
        fill = "accent" if here else "soft" if index < self.current else "card"
        painter.setPen(QPen(theme().colour("accent" if here else "edge"), 2 if here and self.hasFocus() else 1))
        painter.setBrush(theme().colour(fill))
        painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), theme().u(3), theme().u(3))
        text = self._numbers.get(step.uid, "L")
        arrows = {FORWARD: f"{text} →", BACKWARD: f"← {text}", LOSS: self.tr("loss")}
        words = (arrows[step.way], text)
        shown = next((one for one in words if theme().text_width(one, "caption") <= cell.width() - theme().u(4)), "")
        painter.setPen(theme().colour("on_accent" if here else "ink"))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, shown)

    # -- choosing ----------------------------------------------------------------------------------------------------
    def _choose(self, index: int | None) -> None:
        if index is not None and 0 <= index < len(self._steps) and index != self.current:
            self.set_current(index)
            self.chosen.emit(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step that was clicked."""
        self._choose(self.step_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, back, across, or to an end."""
        targets = {
            Qt.Key.Key_Left: self.current - 1, Qt.Key.Key_Right: self.current + 1, Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._steps) - 1, Qt.Key.Key_Up: self._across(FORWARD),
            Qt.Key.Key_Down: self._across(BACKWARD),
        }  # fmt: skip
        if Qt.Key(event.key()) in targets:
            self._choose(targets[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _across(self, way: str) -> int | None:
        """The step of the same layer on this way."""
        if not self._steps:
            return None
        wanted = Step(way, self._steps[self.current].uid)
        return self._steps.index(wanted) if wanted in self._steps else None

    def event(self, event: QEvent) -> bool:
        """Say which step is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.step_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if index is None else self.words(index), self)
            return True
        return super().event(event)
