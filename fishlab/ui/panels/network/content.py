"""What the cards of the stack say, as plain values read from the document. Nothing here draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import shape_text
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import LayerReport, Problem, layer_title
from fishlab.core.spec import INPUT_UID, LOSS_UID, SCALES, DataSpec, walk
from fishlab.ui.branches import inner_problem
from fishlab.ui.document import Document
from fishlab.ui.layer_words import in_branch, layer_explanation, summary_text, weights_text
from fishlab.ui.panels.network.branch_content import (
    BranchContent,
    EndContent,
    block_words,
    branch_content,
    end_content,
)
from fishlab.ui.panels.network.rows import Row, RowKind, stack_rows
from fishlab.ui.panels.network.state import DASH, State, state_of
from fishlab.ui.plots.things import input_words
from fishlab.ui.widgets.explanation import Explanation

NOT_SAID = Explanation("")


@dataclass(frozen=True)
class CardContent:
    """One card. `number` is empty on the Input; `out_shape` is what the glyph draws, `shape` what is written.

    `where` says in which branch it stands, `folded` of a block whether its branches are put away. `alarm` is a `sub`
    about something that does not fit.
    """

    uid: str
    number: str
    icon: str
    title: str
    sub: str
    shape: str
    count: str = ""
    out_shape: Shape | None = None
    state: State = State.FINE
    problem: Problem | None = None
    movable: bool = True
    explanation: Explanation = NOT_SAID
    depth: int = 0
    where: str = ""
    folded: bool | None = None
    alarm: bool = False
    frozen: bool = False

    @property
    def spoken(self) -> str:
        """The card for a screen reader: '1 Convolution, 30 filters 5 × 5, output 30 × 24 × 24, 780 weights'."""
        words = [f"{self.number} {self.title}" if self.number else self.title, self.where, self.sub]
        if self.folded:
            words.append(_tr("folded"))
        if self.state is State.WAITING:
            words.append("" if self.alarm else _tr("waits for an earlier layer"))
        elif self.problem:
            words += [self.problem.arithmetic, self.problem.reason]
        else:
            words += [_tr("output {shape}").format(shape=self.shape), self.count]
        return ", ".join(word for word in words if word)

    @property
    def help(self) -> str:
        """The explanation without the shapes, which the card shows: for its tooltip."""
        return replace(self.explanation, shape="").plain()


Content = CardContent | BranchContent | EndContent


def stack_contents(document: Document, data_name: str = "", rows: Sequence[Row] | None = None) -> tuple[Content, ...]:
    """Return what each row says, from top to bottom; without `rows`, of the whole network."""
    if rows is None:
        rows = stack_rows(document.network)
    layers = {layer.uid: layer for layer in document.network.walk()}
    reports = {report.uid: report for report in document.report.walk()}
    return tuple(_content(document, data_name, row, layers, reports) for row in rows)


def _content(
    document: Document, data_name: str, row: Row, layers: dict[str, LayerSpec], reports: dict[str, LayerReport]
) -> Content:
    if row.uid == INPUT_UID:
        return _input(document, data_name)
    report = reports[row.layer]
    if row.uid == LOSS_UID:
        return _loss(document, report)
    if row.kind is RowKind.BRANCH:
        return branch_content(row, layers[row.layer], report)
    if row.kind is RowKind.END:
        return end_content(row, layers[row.layer], report)
    frozen = row.uid in document.network.frozen_uids()
    return _layer(layers[row.uid], report, row, _where(row, layers, reports), frozen=frozen)


def _input(document: Document, data_name: str) -> CardContent:
    network = document.network
    return CardContent(
        INPUT_UID, "", "image", _tr("Input"), _input_sub(document.spec.data, network.in_shape, data_name),
        shape_text(network.in_shape), out_shape=network.in_shape, movable=False,
        explanation=Explanation(input_words(network.in_shape), shape=shape_text(network.in_shape)),
    )


def _where(row: Row, layers: dict[str, LayerSpec], reports: dict[str, LayerReport]) -> str:
    return in_branch(layers[row.block], reports[row.block].number, row.branch) if row.block else ""


def _layer(layer: LayerSpec, report: LayerReport, row: Row, where: str, *, frozen: bool) -> CardContent:
    entry = LAYERS[layer.kind]
    inside = inner_problem(report)
    named = _tr("{number} inside does not fit").format(number=inside.number) if inside else _summary(layer, row)
    sub = f"{entry.title}, {named}" if layer.name and not inside else named
    frozen = frozen and report.weights > 0
    count = _tr("{n} frozen").format(n=f"{report.weights:,}") if frozen else weights_text(report.weights)
    return CardContent(
        layer.uid, report.number, entry.icon, layer_title(layer), sub, _shape(report), count, report.out_shape,
        state_of(report), report.problem,
        explanation=layer_explanation(entry.kind, _way_through(report)), depth=row.depth,
        where=where, folded=row.folded if layer.branches else None, alarm=inside is not None, frozen=frozen,
    )


def _summary(layer: LayerSpec, row: Row) -> str:
    if not layer.branches:
        return summary_text(layer)
    if row.opens:
        return block_words(layer)
    count = sum(1 for _ in walk([layer])) - 1
    return _tr("1 layer inside") if count == 1 else _tr("{count} layers inside").format(count=count)


def _loss(document: Document, report: LayerReport) -> CardContent:
    entry = LOSSES[document.network.loss.kind]
    words = entry.kind.replace("_", " ")
    sub = _tr("{loss}, {count} classes").format(loss=words, count=document.network.classes)
    said = Explanation(entry.help, entry.item.formula, _way_through(report), chapter=entry.chapter)
    return CardContent(
        LOSS_UID, report.number, "target", entry.title, sub, _shape(report), "", report.out_shape, state_of(report),
        report.problem, movable=False, explanation=said,
    )


def _way_through(report: LayerReport) -> str:
    """'1 × 28 × 28 → 30 × 24 × 24', as far as it is known."""
    return " → ".join(shape_text(shape) for shape in (report.in_shape, report.out_shape) if shape)


def _shape(report: LayerReport) -> str:
    if report.out_shape is not None:
        return shape_text(report.out_shape)
    return (report.problem.shape_text if report.problem else "") or DASH


def _input_sub(data: DataSpec, in_shape: Shape, data_name: str) -> str:
    if len(in_shape) == 1:
        numbers = _tr("{n} numbers").format(n=f"{in_shape[0]:,}")
        return ", ".join((data_name, numbers) if data_name else (numbers,))
    parts = [data_name or shape_text(in_shape[-2:])]
    if len(in_shape) == 3 and in_shape[0] in (1, 3):
        parts.append(_tr("grey") if in_shape[0] == 1 else _tr("colour"))
    return ", ".join((*parts, SCALES[data.scaling]))


def _tr(text: str) -> str:
    return QCoreApplication.translate("network", text)
