"""One layer: its form, its branches if it is a block, how its output size comes about, what it costs and does."""

from PySide6.QtWidgets import QWidget

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.layers.block import BlockSpec
from fishlab.core.shapes import LayerReport, layer_title, layer_type
from fishlab.ui.branches import branch_place, inner_problem
from fishlab.ui.document import Document
from fishlab.ui.layer_words import in_branch
from fishlab.ui.panels.inspector.branch_box import BranchBox
from fishlab.ui.panels.inspector.costs import layer_costs
from fishlab.ui.panels.inspector.edits import change_layer
from fishlab.ui.panels.inspector.facts import FactTable
from fishlab.ui.panels.inspector.frozen_box import FrozenBox
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.widgets.formula_box import FormulaBox, FormulaRow
from fishlab.ui.widgets.label import Label


class LayerPage(Page):
    """Shows the one selected layer; `sync()` after every change of document or selection."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._build()
        self.form.edited.connect(self._on_form_edited)

    def _build(self) -> None:
        self.heading = Heading()
        self.problem = Label("", "small", 500, "bad", wrap=True)
        self.form = SpecForm("inspector")
        self.formula = FormulaBox()
        self.costs = FactTable()
        self.help = Label("", "small", 400, "ink2", wrap=True)
        self.rule = Label("", "small", 400, "ink", wrap=True)
        self.frozen = FrozenBox(self._document)
        for part in (self.heading, self.problem, self.form, self.frozen):
            self.add(part)
        self._branches_title = self.add_section(self.tr("Branches"))
        self.branches = BranchBox(self._document)
        self.add(self.branches)
        self._formula_title = self.add_section(self.tr("Output size"))
        self.add(self.formula)
        self.add_section(self.tr("What it costs"))
        self.add(self.costs)
        self.add_section(self.tr("What it does"))
        self.add(self.help)
        self.add(self.rule)
        self.formula.setObjectName("inspector.size_formula")
        self.costs.setObjectName("inspector.costs")
        self.formula.setWhatsThis(self.tr("How the size of the output follows from the fields above. Chapter 7.2.4"))
        self.costs.setWhatsThis(
            self.tr("Weights it learns, multiply-adds of one answer, and the bytes of one output batch.")
        )

    def sync(self) -> None:
        """Show the selected layer as the document has it now."""
        (uid,) = self._document.selection
        branch = branch_place(uid)
        uid = branch.block if branch else uid
        layer, report = self._document.network.find(uid), self._document.report.find(uid)
        if layer is None or report is None:
            return
        self._sync_words(layer, report)
        self.form.show_spec(layer, layer.uid, LAYERS[layer.kind].chapter)
        self.frozen.show_layer(layer, report)
        self._sync_branches(layer, report)
        self._sync_formula(layer, report)
        self._sync_problem(report)
        self.costs.set_facts(layer_costs(report, self._document.spec.training.batch_size))

    def _sync_words(self, layer: LayerSpec, report: LayerReport) -> None:
        entry = LAYERS[layer.kind]
        parts = [entry.title] if layer.name else []
        parts.append(self._place_words(layer, report))
        if entry.chapter:
            parts.append(self.tr("chapter {chapter}").format(chapter=entry.chapter))
        self.heading.set_words(entry.icon, layer_title(layer), "  ·  ".join(parts))
        self.help.setText(entry.help)
        self.rule.setText(entry.item.formula)
        self.rule.setVisible(bool(entry.item.formula))

    def _place_words(self, layer: LayerSpec, report: LayerReport) -> str:
        """'layer 3a1, in Residual 3, Body'."""
        words = self.tr("layer {n}").format(n=report.number)
        place = self._document.network.place(layer.uid)
        block, around = self._document.network.find(place.block), self._document.report.find(place.block)
        return f"{words}, {in_branch(block, around.number, place.branch)}" if block and around else words

    def _sync_branches(self, layer: LayerSpec, report: LayerReport) -> None:
        for part in (self._branches_title, self.branches):
            part.setVisible(isinstance(layer, BlockSpec))
        if isinstance(layer, BlockSpec):
            self.branches.show_block(layer, report)

    def _sync_formula(self, layer: LayerSpec, report: LayerReport) -> None:
        size = layer_type(layer).size_formula(layer, report.in_shape) if report.in_shape else None
        if size:
            general = FormulaRow(size.symbol, size.numerator, size.denominator, size.tail, general=True)
            own = FormulaRow(size.result, size.numerator_values, size.denominator_value, size.tail)
            self.formula.set_rows([general, own], bad=report.problem is not None)
        self.formula.setVisible(size is not None)
        self._formula_title.setVisible(size is not None)

    def _sync_problem(self, report: LayerReport) -> None:
        """Under the fields at fault; where no field is, in words under the heading. A block says what fails inside."""
        problem = report.problem
        self.form.set_problem(problem.fields if problem else (), problem.short if problem else "")
        inside = None if problem else inner_problem(report)
        said = problem.reason if problem and not self.form.problem_fields() else inside.sentence if inside else ""
        self.problem.setText(said)
        self.problem.setVisible(bool(said))

    def _on_form_edited(self, layer: LayerSpec, name: str) -> None:
        change_layer(self._document, layer, name)
