"""What a network costs, as rows of a table: counted from its description alone, and joined with what was measured.

Rows of the layers in a block follow the row of the block, one deeper; what they count is in the row of the block.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fishlab.core.profile import LayerCost
from fishlab.core.shapes import LayerReport, NetworkReport

Shape = tuple[int, ...]


@dataclass(frozen=True)
class CostRow:
    """One layer, or neighbours that run as one.

    `mult_adds` are those of one image, forward; `output_bytes` what comes out of it for the whole batch, and in a block
    out of all that it holds. `forward` and `backward` are seconds a step, and `held_bytes` the memory that it works in:
    None where nothing was measured.
    """

    uids: tuple[str, ...]
    number: str
    title: str
    depth: int
    out_shape: Shape
    weights: int
    mult_adds: int
    output_bytes: int
    forward: float | None = None
    backward: float | None = None
    held_bytes: int | None = None

    @property
    def seconds(self) -> float:
        """Forward and backward; 0 where nothing was measured."""
        return (self.forward or 0.0) + (self.backward or 0.0)


def counted(report: NetworkReport, image_bytes: int) -> tuple[CostRow, ...]:
    """A row for every layer and the loss; `image_bytes` is what one number takes, times the images of a batch."""
    return tuple(row for layer in report.layers for row in _counted(layer, image_bytes, 0))


def _counted(layer: LayerReport, image_bytes: int, depth: int) -> Iterator[CostRow]:
    whole = tuple(layer.walk())
    yield CostRow(
        (layer.uid,),
        layer.number,
        layer.title,
        depth,
        layer.out_shape or (),
        layer.weights,
        sum(math.prod(one.mult_adds) for one in whole if one.mult_adds),
        image_bytes * sum(math.prod(one.out_shape) for one in whole if one.out_shape),
    )
    for branch in layer.branches:
        for inner in branch:
            yield from _counted(inner, image_bytes, depth + 1)


def measured(rows: Sequence[CostRow], costs: Iterable[LayerCost]) -> tuple[CostRow, ...]:
    """The same with what a profile found: a row for each stage, and one for the loss, which is the last of both."""
    *stages, loss = costs
    known = {uid: row for row in rows for uid in row.uids}
    found = [row for cost in stages for row in _measured(known, cost, 0)]
    return (*found, _with_times(rows[-1], loss, loss.held_bytes))


def _measured(known: dict[str, CostRow], cost: LayerCost, depth: int) -> Iterator[CostRow]:
    parts = [known[uid] for uid in cost.uids]
    yield _with_times(_joined(parts), cost, cost.held_bytes if depth == 0 else None)
    for inner in cost.inside:
        yield from _measured(known, inner, depth + 1)


def _joined(parts: Sequence[CostRow]) -> CostRow:
    """Neighbours as one: 1–3 Convolution + ReLU + Max pool."""
    first, last = parts[0], parts[-1]
    return CostRow(
        tuple(uid for part in parts for uid in part.uids),
        first.number if first is last else f"{first.number}–{last.number}",
        " + ".join(part.title for part in parts),
        first.depth,
        last.out_shape,
        *(sum(getattr(part, name) for part in parts) for name in ("weights", "mult_adds", "output_bytes")),
    )


def _with_times(row: CostRow, cost: LayerCost, held: int | None) -> CostRow:
    return CostRow(
        row.uids, row.number, row.title, row.depth, row.out_shape, row.weights, row.mult_adds, row.output_bytes,
        cost.forward, cost.backward, held,
    )  # fmt: skip


def in_all(rows: Sequence[CostRow]) -> CostRow:
    """The sums; what is inside blocks is counted with the blocks."""
    outer = [row for row in rows if not row.depth]
    known = outer[0].forward is not None
    numbers = [sum(getattr(row, name) for row in outer) for name in ("weights", "mult_adds", "output_bytes")]
    times = [sum(getattr(row, name) for row in outer) for name in ("forward", "backward", "held_bytes") if known]
    return CostRow((), "", "", 0, outer[-1].out_shape, *numbers, *times)


def dearest_first(rows: Sequence[CostRow]) -> tuple[CostRow, ...]:
    """By time, or by multiply-adds where none was measured; what is inside a block stays behind it, sorted as well."""
    return tuple(row for group in _groups(rows) for row in group)


def _groups(rows: Sequence[CostRow]) -> list[list[CostRow]]:
    groups: list[list[CostRow]] = []
    for row in rows:
        if row.depth == rows[0].depth:
            groups.append([row])
        else:
            groups[-1].append(row)
    groups.sort(key=lambda group: (group[0].seconds, group[0].mult_adds), reverse=True)
    return [[group[0], *(dearest_first(group[1:]) if len(group) > 1 else ())] for group in groups]
