"""Backpropagation against numerical differentiation, on request: which gradients are right, and which layer is not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from fishlab.core.checking import Comparison, Finding, GradientReport, Verdict
from fishlab.core.probes import Question
from fishlab.ui.document import Document
from fishlab.ui.numbers import significant
from fishlab.ui.plots.layer_table import Cell, Column, LayerTable, Line
from fishlab.ui.plots.on_request import OnRequest
from fishlab.ui.plots.save_menu import Table
from fishlab.ui.plots.things import things
from fishlab.ui.session import TrainSession
from fishlab.ui.widgets.inputs import ChoiceInput

NUMBERS = (20, 50, 200)
IMAGES = 5


class GradientCheck(OnRequest):
    """A line for each gradient of each layer. What is wrong stands out in words, weight and ink."""

    def __init__(self, document: Document, session: TrainSession, parent: QWidget | None = None) -> None:
        table = LayerTable(())
        table.setAccessibleName(table.tr("Gradients"))
        title, start = table.tr("Gradient check"), table.tr("Check the gradients")
        super().__init__("gradient_check", title, start, table, document, session, parent)
        self.report: GradientReport | None = None
        self._points = False
        self.button.setToolTip(self.tr("Compare backpropagation with slopes measured by moving single numbers"))
        self._build_count()
        self.redraw()

    def _build_count(self) -> None:
        self.count = ChoiceInput(self)
        self.count.setObjectName("live.gradient_check.numbers")
        self.count.setAccessibleName(self.tr("Numbers of each gradient"))
        self.count.setToolTip(self.tr("How many numbers of each gradient are moved; more of them take longer"))
        for count in NUMBERS:
            self.count.addItem(self.tr("{n} of each").format(n=count), count)
        self.add_control(self.count)

    # -- asking ------------------------------------------------------------------------------------------------------
    def wanted(self, attempt: int) -> Question:
        """The network with the weights that it has now, or would begin with."""
        numbers = self.count.currentData()
        return Question(
            "gradient_check", fresh=True, once=True, images=IMAGES, numbers=numbers, attempt=attempt
        )

    def keep(self, data: Any) -> None:
        """Keep the report; what is wrong comes into sight."""
        self.report = data
        self._points = True

    def note(self) -> str:
        """How much the weights had learned that were checked."""
        if self.report is None or not self.current:
            return ""
        step = self.report.step
        if not step:
            return self.tr("before the first batch")
        return self.tr("after 1 batch") if step == 1 else self.tr("after {n} batches").format(n=f"{step:,}")

    # -- showing -----------------------------------------------------------------------------------------------------
    def redraw(self) -> None:
        """Show the report, or what it would be good for."""
        self.sync_button()
        if self.report is None or not self.current:
            self._show_why()
            return
        findings = self._shown(self.report).findings
        if not findings:
            words = self.tr("Choose another layer above, or all of them.")
            self.show_empty(self.tr("This layer has no gradient of its own."), words)
            return
        before = ("", *(finding.uid for finding in findings))
        self.lines.show_lines(self._columns(), list(map(self._line, findings, before)))
        self.say(self.summary())
        self.show_view()
        self._point()

    def _shown(self, report: GradientReport) -> GradientReport:
        """What of it is about the layer to show; or all of it."""
        return replace(report, findings=tuple(one for one in report.findings if self.shows(one.uid)))

    def _point(self) -> None:
        """Go to the first line that is wrong, once."""
        assert self.report is not None
        findings = self._shown(self.report).findings
        wrong = [place for place, one in enumerate(findings) if one.verdict is Verdict.WRONG]
        if self._points and wrong:
            self.lines.point_at(wrong[0])
        self._points = False

    def _show_why(self) -> None:
        if self.problem:
            self.show_empty(self.tr("The gradients could not be checked."), self.problem)
        elif self.busy:
            self.show_empty(self.tr("Numbers are moved one by one, and the slopes measured."))
        elif not self.shapes.ok:
            self.show_empty(self.tr("The network cannot run yet."), self.tr("Mend it, then check its gradients here."))
        else:
            title = self.tr("Not checked yet.") if self.report is None else self.tr("The network has changed.")
            words = self.tr("Press “{button}”: each number is moved a little, and what the loss does is compared with "
                            "what backpropagation says.")  # fmt: skip
            self.show_empty(title, words.format(button=self._start))

    def _columns(self) -> list[Column]:
        corners = self.tr("Numbers without a derivative: on the corner of a ReLU, or tied in a pooling")
        return [
            Column(self.tr("layer")),
            Column(self.tr("gradient"), words=True, tip=self.tr("dx is what it passes on, the others what it learns")),
            Column(self.tr("by itself"), 2, tip=self.tr("Largest difference, of the layer alone")),
            Column(self.tr("in the network"), 3, tip=self.tr("Largest difference, of the loss of the whole network")),
            Column(self.tr("compared"), 4, tip=self.tr("Numbers that were moved")),
            Column(self.tr("corners"), 5, tip=corners),
            Column(self.tr("verdict"), words=True),
        ]

    def _line(self, finding: Finding, before: str) -> Line:
        """`before` is the layer of the line above: the name of each layer stands out once."""
        plain = ("ink3", 400) if finding.uid == before and finding.gradient else ("ink", 500)
        wrong = finding.verdict is Verdict.WRONG
        name = Cell(f"{finding.number} {finding.title}", *(("bad", 600) if wrong else plain))
        parts = [part for part in (finding.alone, finding.network) if part]
        corners = sum(part.corners for part in parts)
        cells = (
            name,
            Cell(finding.gradient or self.tr("as one")),
            _difference(finding.alone),
            _difference(finding.network),
            Cell(f"{sum(part.compared for part in parts):,}", "ink2"),
            Cell(f"{corners:,}" if corners else "", "ink2"),
            Cell(self.verdict_words(finding), *_INKS[finding.verdict]),
        )
        return Line(finding.uid, cells, tip=finding.problem or f"{name.text}: {self.verdict_words(finding)}")

    # -- words -------------------------------------------------------------------------------------------------------
    def verdict_words(self, finding: Finding) -> str:
        """What is to be thought of one gradient."""
        if finding.problem:
            return self.tr("cannot be checked")
        if finding.verdict is Verdict.SPOILED:
            return self.tr("wrong inside") if finding.network is None else self._because()
        return {
            Verdict.RIGHT: self.tr("right"),
            Verdict.WRONG: self.tr("wrong here"),
            Verdict.UNKNOWN: self.tr("only corners"),
        }[finding.verdict]

    def _because(self) -> str:
        """Whose dx it is that others learn something wrong from."""
        culprits = self.report.culprits if self.report else ()
        numbers = list(dict.fromkeys(one.number for one in culprits if one.gradient in ("dx", "")))
        if not numbers:
            return self.tr("wrong in the network")
        return self.tr("wrong because of {numbers}").format(numbers=", ".join(numbers))

    def summary(self) -> str:
        """Who is to blame, or that all is well; and what was left out."""
        if self.report is None:
            return self.tr("Not checked yet.")
        if not self.current:
            return self.tr("The network has changed. Check its gradients again.")
        shown = self._shown(self.report)
        blame = self._blame(shown) if shown == self.report else self._of_one(self.report, shown)
        said = [*blame, self._corner_words(shown)]
        return " ".join(words for words in said if words)

    def _said(self, words: str) -> str:
        """The words, with what was compared over called what it is."""
        return things(self.document.network.in_shape).called(words)

    def _blame(self, report: GradientReport) -> list[str]:
        if not report.culprits and not report.spoiled:
            words = self.tr("All {n} gradients are right: {count} numbers compared over {over} images.")
            words = self._said(words)
            return [words.format(n=_count(report), count=f"{report.compared:,}", over=report.images)]
        names = ", ".join(dict.fromkeys(f"{one.number} {one.title}" for one in report.culprits))
        if not names:
            return [self.tr("No layer is wrong by itself, and yet what the network learns from is: two of them may "
                            "write to the same memory.")]  # fmt: skip
        first, several = report.culprits[0], len({one.uid for one in report.culprits}) > 1
        said = [self.tr("Wrong: {names}.").format(names=names), first.problem or self._how(first, several)]
        count = len({one.uid for one in report.spoiled} - {one.uid for one in report.culprits})
        if count:
            more = self.tr("It spoils the gradients of {n} more layers.").format(n=count)
            said.append(more if count > 1 else self.tr("It spoils the gradients of 1 more layer."))
        return said

    def _of_one(self, report: GradientReport, shown: GradientReport) -> list[str]:
        """What is to be said of the layer that is shown, and who is to blame beside it."""
        layer = self.layers.title() if self.layers is not None else ""
        elsewhere = dict.fromkeys(f"{one.number} {one.title}" for one in report.culprits if one not in shown.culprits)
        others = self.tr("Wrong elsewhere: {names}.").format(names=", ".join(elsewhere)) if elsewhere else ""
        if shown.culprits:
            return [*self._blame(shown), others]
        words = self.tr("All {n} gradients of {layer} are right: {count} numbers compared over {over} images.")
        if _count(shown) == 1:
            words = self.tr("The gradient of {layer} is right: {count} numbers compared over {over} images.")
        if shown.spoiled:
            words = self.tr("{layer} is right by itself, and gets something wrong to learn from.")
        elif not shown.findings:
            words = self.tr("{layer} has no gradient of its own.")
        elif not shown.compared:
            words = self.tr("Nothing of {layer} could be compared.")
        count = f"{shown.compared:,}"
        words = self._said(words)
        return [words.format(n=_count(shown), layer=layer, count=count, over=shown.images), others]

    def _how(self, finding: Finding, several: bool) -> str:
        if not finding.gradient:
            return self.tr("Layer by layer it is right, and not as it runs in the network.")
        words = self.tr("Its {gradient} is off by {share} of its largest number, in {wrong} of {compared}.")
        if several:
            words = self.tr("The {gradient} of {number} is off by {share} of its largest number, in {wrong} of "
                            "{compared}.")  # fmt: skip
        return words.format(
            gradient=finding.gradient, number=finding.number, share=_share(finding.alone), wrong=finding.alone.wrong,
            compared=finding.alone.compared,
        )  # fmt: skip

    def _corner_words(self, report: GradientReport) -> str:
        if not report.corners:
            return ""
        words = self.tr("{n} of {all} stand on the corner of a ReLU or a tie of a pooling: no derivative.")
        if report.corners == 1:
            words = self.tr("1 of {all} stands on the corner of a ReLU or a tie of a pooling: no derivative.")
        return words.format(n=f"{report.corners:,}", all=f"{report.corners + report.compared:,}")

    def table(self) -> Table:
        """A row for each gradient, differences in full."""
        counts = ("compared", "corners", "wrong")
        names = ("number", "layer", "gradient", "alone", "network", *counts, "verdict", "problem")
        return names, [_csv_row(finding) for finding in (self._shown(self.report).findings if self.report else ())]


_INKS = {
    Verdict.RIGHT: ("good", 400),
    Verdict.WRONG: ("bad", 600),
    Verdict.SPOILED: ("warn", 500),
    Verdict.UNKNOWN: ("ink2", 400),
}


def _count(report: GradientReport) -> int:
    """How many gradients: what neighbours do as one is none of its own."""
    return sum(bool(finding.gradient) for finding in report.findings)


def _difference(comparison: Comparison | None) -> Cell:
    if comparison is None or not comparison.compared:
        return Cell("—" if comparison else "", "ink3")
    ink, weight = ("bad", 600) if comparison.wrong else ("ink", 400)
    return Cell(significant(comparison.largest), ink, weight)


def _share(comparison: Comparison) -> str:
    share = comparison.largest
    return significant(share) if share < 0.0001 or math.isinf(share) else f"{significant(100 * share)} %"


def _csv_row(finding: Finding) -> tuple[object, ...]:
    parts = [part for part in (finding.alone, finding.network) if part]
    sums = (sum(getattr(part, name) for part in parts) for name in ("compared", "corners", "wrong"))
    network = finding.network.largest if finding.network else ""
    return (
        finding.number, finding.title, finding.gradient, finding.alone.largest, network, *sums, finding.verdict.value,
        finding.problem,
    )  # fmt: skip
