"""What the cards of the stack say, as plain values read from the document. Nothing here draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import shape_text
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import LayerReport, Problem, layer_title, layer_type
from fishlab.core.spec import INPUT_UID, LOSS_UID, SCALES, DataSpec
from fishlab.ui.document import Document
from fishlab.ui.layer_words import help_text, weights_text

DASH = "—"


class State(Enum):
    """Whether a card's layer works, is the first that cannot, or waits for that one."""

    FINE = "fine"
    FAILING = "failing"
    WAITING = "waiting"


@dataclass(frozen=True)
class CardContent:
    """One card. `number` is empty on the Input; `out_shape` is what the glyph draws, `shape` what is written."""

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
    help: str = ""

    @property
    def spoken(self) -> str:
        """The card for a screen reader: '1 Convolution, 30 filters 5 × 5, output 30 × 24 × 24, 780 weights'."""
        words = [f"{self.number} {self.title}" if self.number else self.title, self.sub]
        if self.state is State.WAITING:
            words.append(_tr("waits for an earlier layer"))
        elif self.problem:
            words += [self.problem.arithmetic, self.problem.reason]
        else:
            words += [_tr("output {shape}").format(shape=self.shape), self.count]
        return ", ".join(word for word in words if word)


def stack_contents(document: Document, data_name: str = "") -> tuple[CardContent, ...]:
    """Return the Input, every layer and the loss, from top to bottom."""
    return tuple(_contents(document, data_name))


def _contents(document: Document, data_name: str) -> Iterator[CardContent]:
    network, reports = document.network, document.report.layers
    yield CardContent(
        INPUT_UID, "", "image", _tr("Input"), _input_sub(document.spec.data, network.in_shape, data_name),
        shape_text(network.in_shape), out_shape=network.in_shape, movable=False,
        help=_tr("The image as the network gets it: channels × rows × columns."),
    )
    for layer, report in zip(network.layers, reports, strict=False):
        yield _layer(layer, report)
    yield _loss(document, reports[-1])


def _layer(layer: LayerSpec, report: LayerReport) -> CardContent:
    entry = LAYERS[layer.kind]
    named = f"{layer_type(layer).summary(layer)}"
    sub = f"{entry.title}, {named}" if layer.name else named
    return CardContent(
        layer.uid, report.number, entry.icon, layer_title(layer), sub, _shape(report), weights_text(report.weights),
        report.out_shape, _state(report), report.problem, help=help_text(entry.kind),
    )


def _loss(document: Document, report: LayerReport) -> CardContent:
    entry = LOSSES[document.network.loss.kind]
    words = entry.kind.replace("_", " ")
    sub = _tr("{loss}, {count} classes").format(loss=words, count=document.network.classes)
    help = "\n".join((entry.help, _tr("Chapter {chapter}").format(chapter=entry.chapter)))
    return CardContent(
        LOSS_UID, report.number, "target", entry.title, sub, _shape(report), "", report.out_shape, _state(report),
        report.problem, movable=False, help=help,
    )


def _state(report: LayerReport) -> State:
    if report.problem:
        return State.FAILING
    return State.WAITING if report.out_shape is None else State.FINE


def _shape(report: LayerReport) -> str:
    if report.out_shape is not None:
        return shape_text(report.out_shape)
    return (report.problem.shape_text if report.problem else "") or DASH


def _input_sub(data: DataSpec, in_shape: Shape, data_name: str) -> str:
    parts = [data_name or shape_text(in_shape[-2:])]
    if len(in_shape) == 3 and in_shape[0] in (1, 3):
        parts.append(_tr("grey") if in_shape[0] == 1 else _tr("colour"))
    return ", ".join((*parts, SCALES[data.scaling]))


def _tr(text: str) -> str:
    return QCoreApplication.translate("network", text)
