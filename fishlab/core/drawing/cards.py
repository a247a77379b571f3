"""What a picture of a network says of each layer: the words of its card, and whether it works."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fishlab.core.drawing.sheet import CARD, INK3, SHADE, Box
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.block import Block
from fishlab.core.losses import LOSSES
from fishlab.core.shapes import LayerReport, NetworkReport
from fishlab.core.spec import NetworkSpec

_MOST_SHEETS = 6


@dataclass(frozen=True)
class Card:
    """One layer, the input or the loss. `shape` is its output's, None where it waits for an earlier layer.

    `problem` says in a sentence why it does not work, `arithmetic` the sum that fails. `branches` are a block's.
    """

    number: str
    title: str
    sub: str
    shape: Shape | None
    weights: int = 0
    problem: str = ""
    arithmetic: str = ""
    frozen: bool = False
    branches: tuple[tuple[str, tuple[Card, ...]], ...] = ()
    adds: bool = False  # the branches' outputs, rather than laying one behind the other

    @property
    def waits(self) -> bool:
        """Whether nothing is known of it until an earlier layer works."""
        return self.shape is None and not self.problem

    @property
    def shape_words(self) -> str:
        """'30 × 24 × 24', or a dash."""
        return shape_words(self.shape)

    @property
    def weights_words(self) -> str:
        """'780 parameters', or nothing where it learns nothing."""
        words = parameters_words(self.weights) if self.weights else ""
        return f"{words}, frozen" if words and self.frozen else words


def shape_words(shape: Shape | None) -> str:
    """Sizes with crosses between; a dash for none."""
    return "—" if shape is None else " × ".join(map(str, shape))


def parameters_words(count: int) -> str:
    """'1 parameter', '433,890 parameters'."""
    return "1 parameter" if count == 1 else f"{count:,} parameters"


def cards(network: NetworkSpec, report: NetworkReport) -> tuple[Card, ...]:
    """The cards from the input to the loss; `report` is the network's own."""
    first = Card("", "Input", "image" if len(network.in_shape) == 3 else "row of features", network.in_shape)
    layers = tuple(map(_card, network.layers, report.layers[:-1]))
    return (first, *layers, _loss_card(network, report.layers[-1]))


def _card(layer: LayerSpec, report: LayerReport) -> Card:
    kind, problem = LAYERS[layer.kind].item, report.problem
    block = kind if issubclass(kind, Block) else None
    titles = block.branch_titles(layer) if block else ()
    held = tuple(
        tuple(map(_card, branch, reports)) for branch, reports in zip(layer.branches, report.branches, strict=True)
    )
    return Card(
        report.number,
        report.title,
        _summary(layer),
        report.out_shape,
        report.weights,
        problem.reason if problem else "",
        problem.arithmetic if problem else "",
        layer.frozen,
        tuple(zip(titles, held, strict=True)),
        block is not None and block.adds,
    )


def _summary(layer: LayerSpec) -> str:
    try:
        return str(LAYERS[layer.kind].item.summary(layer))
    except Exception:  # somebody's own code: a picture, and the file that it goes into, are not to fail for it
        return "has an error in its file"


def _loss_card(network: NetworkSpec, report: LayerReport) -> Card:
    problem = report.problem
    return Card(
        report.number,
        LOSSES[network.loss.kind].title,
        f"{network.classes:,} classes",
        report.out_shape,
        problem=problem.reason if problem else "",
        arithmetic=problem.arithmetic if problem else "",
    )


def glyph(shape: Shape, rows: int, x: float, y: float, side: float) -> tuple[Box, ...]:
    """The output drawn to scale in a square with its corner at (x, y): a pile of sheets for an image, a bar for a row.

    `rows` is the height of the network's input, to which images are scaled.
    """
    if len(shape) == 3:
        return _sheets(shape, rows, x, y, side)
    high = side * min(1.0, 0.20 + 0.215 * math.log10(max(1, shape[0])))
    return (Box(x + 0.4 * side, y + (side - high) / 2, side / 5, high, side / 20, SHADE, INK3, side / 30),)


def _sheets(shape: Shape, rows: int, x: float, y: float, side: float) -> tuple[Box, ...]:
    high, wide = (side * min(0.66, 0.16 + 0.50 * size / max(1, rows)) for size in shape[1:])
    count = 1 if shape[0] == 1 else min(_MOST_SHEETS, round(2 + 1.6 * math.log10(shape[0])))
    step = min(side / 15, (side - max(high, wide)) / max(1, count - 1))
    spread = step * (count - 1)
    fill = CARD if shape[0] == 1 else SHADE
    left, top = x + (side - wide - spread) / 2, y + (side - high - spread) / 2
    return tuple(
        Box(left + spread - i * step, top + i * step, wide, high, side / 20, fill, INK3, side / 30)
        for i in range(count)
    )
