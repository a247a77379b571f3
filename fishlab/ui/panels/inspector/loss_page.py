"""The loss card: which loss, its formula, what it asks of the network."""

from PySide6.QtWidgets import QWidget

from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.spec import LOSS_UID
from fishlab.ui.document import Document
from fishlab.ui.panels.inspector.edits import change_loss, choose_loss
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.panels.inspector.spec_form import SpecForm
from fishlab.ui.widgets.explanation import Explanation, set_explanation
from fishlab.ui.widgets.fields import ChoiceField
from fishlab.ui.widgets.formula_box import FormulaBox
from fishlab.ui.widgets.formula_rows import formula_rows
from fishlab.ui.widgets.label import Label


class LossPage(Page):
    """Shows the end of the network."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._build()
        self.choice.edited.connect(self._on_choice_edited)
        self.form.edited.connect(self._on_form_edited)

    def _build(self) -> None:
        self.heading = Heading()
        self.problem = Label("", "small", 500, "bad", wrap=True)
        self.choice = ChoiceField(self.tr("Loss"), [(entry.kind, entry.title) for entry in LOSSES])
        self.choice.setObjectName("inspector.loss")
        self.choice.setToolTip(self.tr("How wrong the network is, as one number: what training makes small."))
        self.form = SpecForm("inspector.loss")
        self.formula = FormulaBox()
        self.help = Label("", "small", 400, "ink2", wrap=True)
        for part in (self.heading, self.problem, self.choice, self.form):
            self.add(part)
        self._formula_title = self.add_section(self.tr("Formula"))
        self.add(self.formula)
        self.add_section(self.tr("What it does"))
        self.add(self.help)

    def sync(self) -> None:
        """Show the loss as the document has it now."""
        entry, report = LOSSES[self._document.network.loss.kind], self._document.report.find(LOSS_UID)
        number = report.number if report else ""
        sub = self.tr("layer {n}  ·  chapter {chapter}").format(n=number, chapter=entry.chapter)
        self.heading.set_words("target", entry.title, sub)
        self.choice.set_value(entry.kind)
        self.form.show_spec(self._document.network.loss, chapter=entry.chapter)
        rows = formula_rows(entry.item.formula)
        self.formula.set_rows(rows)
        self.formula.setVisible(bool(rows))
        self._formula_title.setVisible(bool(rows))
        self.help.setText(entry.help)
        asked = self.tr("How wrong the network is, as one number: what training makes small. {help}")
        said = Explanation(asked.format(help=entry.help), entry.item.formula, chapter=entry.chapter)
        for part in (self.choice, self.formula):
            set_explanation(part, said)
        problem = report.problem if report else None
        self.problem.setText(problem.reason if problem else "")
        self.problem.setVisible(problem is not None)

    def _on_choice_edited(self, kind: str) -> None:
        choose_loss(self._document, kind)

    def _on_form_edited(self, loss: LossSpec, name: str) -> None:
        change_loss(self._document, loss, name)
