"""A trace to walk through: the rail, the tensors of a step, the sum behind the number pointed at, formula and lines."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from fishlab.core.layers.base import Shape
from fishlab.core.stepper import LayerTrace, Trace
from fishlab.core.stepper.lines import Lines, lines_of, loss_lines
from fishlab.core.stepper.links import Link
from fishlab.core.stepper.unfolded import Unfolded, can_unfold, unfold
from fishlab.ui.plots.stepper import words
from fishlab.ui.plots.stepper.code_view import CodeView
from fishlab.ui.plots.stepper.pointing import Pointing
from fishlab.ui.plots.stepper.rail import StepRail
from fishlab.ui.plots.stepper.sides import sides_of, unfolded_sides
from fishlab.ui.plots.stepper.steps import BACKWARD, FORWARD, Step, steps_of
from fishlab.ui.plots.stepper.tensor_row import TensorRow
from fishlab.ui.theme import theme
from fishlab.ui.widgets.formula_box import FormulaBox
from fishlab.ui.widgets.formula_rows import formula_rows
from fishlab.ui.widgets.label import Label

_LOW, _HIGH = 250, 420  # u: below, only what is needed; from there on formula and lines too
_DETAILS = 170  # u, at most


class StepPage(QWidget):
    """`set_trace` shows one; the step and the place pointed at stay, as far as they are there. `step_changed` tells."""

    step_changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        self.steps: tuple[Step, ...] = ()
        self.step = Step(FORWARD)
        self._matrices: tuple[LayerTrace, Unfolded] | None = None
        self._unfolds = False
        self._build(name)
        self._connect()
        self._sync()

    def _build(self, name: str) -> None:
        self.rail = StepRail(self)
        self.rail.setObjectName(f"{name}.rail")
        self.title, self.sum = Label("", "small", 600, elide=True), Label("", "small", wrap=True)
        self.fused = Label("", "caption", 400, "ink3", wrap=True)
        self.sum.setObjectName(f"{name}.sum")
        self.sum.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.sum.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.short_sum = Label("", "small", elide=True)
        self.tensors, self.unfolded = TensorRow(f"{name}.tensors", self), TensorRow(f"{name}.im2col", self)
        self._pointing = Pointing(self.tensors, self.unfolded)
        self.formula, self.code = FormulaBox(self), CodeView(self)
        self.formula.setObjectName(f"{name}.formula")
        self.code.setObjectName(f"{name}.code")
        self.code.setAccessibleName(self.tr("The lines of NumPy"))
        self._lay_out()
        for widget in (self._details, self.unfolded, self.fused):
            widget.hide()

    def _lay_out(self) -> None:
        self._details = QWidget(self)
        self._details.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._row = QHBoxLayout(self._details)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.formula, 1, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.code, 2, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it shows less where there is less room
        sums = self.sum, self.short_sum
        for part in (self.rail, self.title, self.tensors, self.unfolded, *sums, self._details, self.fused):
            self._column.addWidget(part, 1 if isinstance(part, TensorRow) else 0)

    def _connect(self) -> None:
        self.rail.chosen.connect(self._on_rail_chosen)
        self.tensors.pointed_at.connect(self._on_pointed_at)
        self.unfolded.pointed_at.connect(self._on_pointed_at)
        theme().changed.connect(self._sync)

    def _sync(self) -> None:
        u = theme().px
        self._column.setContentsMargins(u(10), u(2), u(10), u(6))
        self._column.setSpacing(u(4))
        self._row.setSpacing(u(12))
        self._details.setMaximumHeight(u(_DETAILS))

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme().px(560), theme().px(180))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(theme().px(240), theme().px(110))

    # -- what is shown -----------------------------------------------------------------------------------------------
    def set_trace(self, trace: Trace) -> None:
        """Show this one."""
        self.trace, self.steps, self._matrices = trace, steps_of(trace), None
        if self.step not in self.steps:
            self.step, self._pointing.at = self.steps[0], None
        titles = {layer.uid: words.title_of(layer) for layer in trace.layers}
        self.rail.set_steps(self.steps, {layer.uid: layer.number for layer in trace.layers}, titles)
        self._show_step()

    def set_unfolds(self, unfolds: bool) -> None:
        """Show convolutions as im2col too."""
        self._unfolds = unfolds
        self._show_step()

    def go_to(self, index: int) -> None:
        """Turn to a step by its number, from 0."""
        if self.steps:
            step = self.steps[min(max(0, index), len(self.steps) - 1)]
            if step != self.step:
                self.step, self._pointing.at = step, None
                self._show_step()
                self.step_changed.emit()

    def go_to_layer(self, uid: str) -> None:
        """Turn to a layer, on the way that is looked at."""
        for way in (self.step.way, FORWARD):
            if Step(way, uid) in self.steps:
                self.go_to(self.steps.index(Step(way, uid)))
                return

    @property
    def index(self) -> int:
        """The number of the step."""
        return self.steps.index(self.step) if self.step in self.steps else 0

    @property
    def layer(self) -> LayerTrace | None:
        """The layer of the step; none for the loss."""
        return self.trace.layer(self.step.uid) if self.trace else None

    @property
    def row(self) -> tuple[int, int]:
        """Which row of the batch's tensors is shown, and of how many."""
        assert self.trace is not None
        return (0, 1) if self.trace.alone else (self.trace.image, self.trace.count)

    @property
    def can_unfold(self) -> bool:
        """Whether the step is one of a convolution that is not too large."""
        return self.layer is not None and can_unfold(self.layer)

    def _show_step(self) -> None:
        if self.trace is None:
            return
        low, high = self.height() < theme().u(_LOW), self.height() >= theme().u(_HIGH)
        unfolds, layer = self._unfolds and self.can_unfold, self.layer
        self.rail.set_current(self.index)
        self.rail.set_compact(low)
        self.title.setText(words.step_words(self.trace, self.step))
        self.title.setHidden(low)
        self.tensors.setVisible(not (low and unfolds))
        self.unfolded.setVisible(unfolds)
        self.tensors.show_sides(sides_of(self.trace, self.step), self.row, compact=low or unfolds)
        if unfolds and layer is not None:
            sides = unfolded_sides(layer, self.step, self._unfold(layer))
            self.unfolded.show_sides(sides, self.row, compact=low or not high)
        self._details.setVisible(high)
        self.sum.setVisible(high)
        self.short_sum.setVisible(not high)
        self.sum.setFixedHeight(round(2 * self.sum.fontMetrics().lineSpacing()) + 1)  # it stays as the pointer moves
        self.fused.setText(words.fused_words(self.trace, layer) if layer is not None and high else "")
        self.fused.setVisible(bool(self.fused.text()))
        self._show_details(layer)
        self._show_pointed()

    def _unfold(self, layer: LayerTrace) -> Unfolded:
        if self._matrices is None or self._matrices[0] is not layer:
            self._matrices = layer, unfold(layer)
        return self._matrices[1]

    def _show_details(self, layer: LayerTrace | None) -> None:
        assert self.trace is not None
        self.code.show_lines(self.lines() or self.tr("# What this layer computes stands in a file of its own."))
        if layer is None:
            self.formula.set_rows(formula_rows("dscores = (y − t) / N"))
        else:
            self.formula.set_rows(formula_rows(words.formulas(layer, self.step)))

    def lines(self) -> str:
        """The code of the step, without what training leaves out."""
        layer = self.layer
        if layer is None or self.trace is None:
            said = loss_lines(self.trace.loss.spec) if self.trace is not None else Lines()
            return "\n".join((said.forward, said.backward))
        said = lines_of(layer.spec, layer.x.shape)
        if self.step.way != BACKWARD:
            return said.forward
        return "\n".join(line for line in said.backward.splitlines() if layer.dx is not None or line[:5] != "dx = ")

    # -- pointing ----------------------------------------------------------------------------------------------------
    def _on_rail_chosen(self, index: int) -> None:
        self.go_to(index)

    def _on_pointed_at(self, name: str, place: Shape) -> None:
        if self._pointing.take(name, place):
            self._show_pointed()

    def point_at(self, name: str, place: Shape) -> None:
        """Point at a number of one of the step's tensors."""
        self._pointing.at = name, place
        self._show_pointed()

    @property
    def link(self) -> Link | None:
        """What the number pointed at is made of."""
        return self._pointing.link

    def _show_pointed(self) -> None:
        assert self.trace is not None
        found = self._pointing.show(self.trace, self.step, self.row)
        for label in (self.sum, self.short_sum):
            label.setText(found)
        self.sum.setToolTip(found)  # two lines are all there is room for

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more, or less."""
        super().resizeEvent(event)
        self._show_step()
