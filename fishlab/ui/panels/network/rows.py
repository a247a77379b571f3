"""The stack as rows from top to bottom: a card for each layer, under a block its branches, and where these meet again.

Order of the keys, places for drops, and all that is painted follow from these plain values.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import INPUT_UID, LOSS_UID, NetworkSpec, Place
from fishlab.ui.branches import branch_key, end_key


class RowKind(Enum):
    """A layer (or Input, or loss), the heading of a branch, or the end of a block."""

    CARD = "card"
    BRANCH = "branch"
    END = "end"


@dataclass(frozen=True)
class Row:
    """One row. `layer` is what it is about: of a branch and of an end, the block.

    `block` and `branch` name the stack in which it stands, `below` the place of what is put in right under it.
    `opens` is a block whose branches are in sight, `folded` one whose branches are not; `empty` is a branch without
    layers.
    """

    uid: str
    kind: RowKind
    layer: str
    depth: int
    block: str = ""
    branch: int = 0
    below: Place | None = None
    opens: bool = False
    folded: bool = False
    empty: bool = False

    @property
    def depth_below(self) -> int:
        """How deep lies what is put in right under it."""
        return self.depth + self.opens


def stack_rows(network: NetworkSpec, folded: Collection[str] = ()) -> tuple[Row, ...]:
    """Return the rows of a network; of the blocks in `folded` only the card."""
    first = Row(INPUT_UID, RowKind.CARD, INPUT_UID, 0, below=Place(0))
    last = Row(LOSS_UID, RowKind.CARD, LOSS_UID, 0)
    return (first, *_stack(network.layers, "", 0, 0, folded), last)


def _stack(
    layers: Sequence[LayerSpec], block: str, branch: int, depth: int, folded: Collection[str]
) -> Iterator[Row]:
    for index, layer in enumerate(layers):
        after = Place(index + 1, block, branch)
        if layer.branches and layer.uid not in folded:
            inside = Place(0, layer.uid)
            yield Row(layer.uid, RowKind.CARD, layer.uid, depth, block, branch, inside, opens=True)
            yield from _branches(layer, depth + 1, folded)
            yield Row(end_key(layer.uid), RowKind.END, layer.uid, depth, block, branch, after)
        else:
            hides = bool(layer.branches)
            yield Row(layer.uid, RowKind.CARD, layer.uid, depth, block, branch, after, folded=hides)


def _branches(block: LayerSpec, depth: int, folded: Collection[str]) -> Iterator[Row]:
    for number, held in enumerate(block.branches):
        start = Place(0, block.uid, number)
        key = branch_key(block.uid, number)
        yield Row(key, RowKind.BRANCH, block.uid, depth, block.uid, number, start, empty=not held)
        yield from _stack(held, block.uid, number, depth, folded)
