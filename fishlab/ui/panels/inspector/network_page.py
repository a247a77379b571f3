"""No card, or several: what to do, and the numbers of what is in sight."""

import math

from PySide6.QtWidgets import QWidget

from fishlab.core.shapes import BYTES
from fishlab.ui.document import Document
from fishlab.ui.numbers import bytes_text, count_text
from fishlab.ui.panels.inspector.costs import DASH, network_costs
from fishlab.ui.panels.inspector.facts import Fact, FactTable
from fishlab.ui.panels.inspector.heading import Heading
from fishlab.ui.panels.inspector.page import Page
from fishlab.ui.widgets.label import Label


class NetworkPage(Page):
    """Shows the whole network while nothing is selected, and the sum of several selected layers."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.heading = Heading()
        self.hint = Label("", "small", 400, "ink2", wrap=True)
        self.costs = FactTable()
        self.add(self.heading)
        self.add(self.hint)
        self.add_section(self.tr("What it costs"))
        self.add(self.costs)

    def sync(self) -> None:
        """Show the selection as it is now."""
        if self._document.selection:
            self._sync_several()
        else:
            self._sync_network()

    def _sync_network(self) -> None:
        network = self._document.network
        count = sum(1 for _ in network.walk())
        layers = self.tr("1 layer") if count == 1 else self.tr("{n} layers").format(n=count)
        self.heading.set_words("affine", network.name, layers)
        self.hint.setText(self.tr("Nothing is selected. Click a card in the network to see and change its numbers."))
        self.costs.set_facts(network_costs(self._document.report))

    def _sync_several(self) -> None:
        chosen = self._document.selection
        self.heading.set_words("copy", self.tr("{n} layers").format(n=len(chosen)), self.tr("selected together"))
        self.hint.setText(
            self.tr("Move them with Alt and the arrows, copy them with Ctrl+D. Click one card to change its numbers.")
        )
        self.costs.set_facts(self._sums())

    def _sums(self) -> tuple[Fact, ...]:
        """What is inside a block counts with it, once."""
        chosen = {layer.uid for layer in self._document.network.chosen(self._document.selection)}
        reports = [report for report in self._document.report.walk() if report.uid in chosen]
        weights = sum(report.weights for report in reports)
        known = all(report.out_shape is not None for report in reports)
        inner = [one for report in reports for one in report.walk() if one.mult_adds]
        work = sum(math.prod(one.mult_adds) for one in inner)
        return (
            Fact(self.tr("Weights"), f"{weights:,}" if known else DASH),
            Fact(self.tr("Memory"), bytes_text(weights * BYTES) if known else DASH, self.tr("weights")),
            Fact(self.tr("Mult-adds"), count_text(work) if known else DASH, self.tr("each")),
        )
