"""Branches of blocks as things that can be selected, named and measured: their keys stand beside the uids of layers.

    key = branch_key(block.uid, 1)      in `Document.selection`, as a layer's uid would be
    place = branch_place(key)           Place(0, block.uid, 1); None for whatever is no branch
"""

from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.shapes import LayerReport, Problem
from fishlab.core.spec import NetworkSpec, Place

_ROOM = 64  # no uid is longer: none can be taken for a branch, whatever a file says
_BRANCH, _END = "branch ", "end"


def branch_key(block: str, branch: int) -> str:
    """Return what stands for a branch of the block with this uid."""
    return f"{_BRANCH}{branch}".ljust(_ROOM) + block


def end_key(block: str) -> str:
    """Return what stands for the place where the branches of a block meet again."""
    return _END.ljust(_ROOM) + block


def branch_place(key: str) -> Place | None:
    """Return the first place in the branch that a key stands for, or None for a layer's uid."""
    number = key[:_ROOM].removeprefix(_BRANCH).strip()
    if len(key) <= _ROOM or not key.startswith(_BRANCH) or not number.isdecimal():
        return None
    return Place(0, key[_ROOM:], int(number))


def has_branch(network: NetworkSpec, key: str) -> bool:
    """Whether a key stands for a branch that is there."""
    place = branch_place(key)
    block = network.find(place.block) if place else None
    return place is not None and block is not None and place.branch < len(block.branches)


def branch_titles(block: LayerSpec) -> tuple[str, ...]:
    """Return what people call the branches of a block."""
    titles: tuple[str, ...] = LAYERS[block.kind].item.branch_titles(block)
    return titles


def branch_shape(report: LayerReport, branch: int) -> Shape | None:
    """Return what comes out of a branch of a block, None where it is not known yet."""
    held = report.branches[branch]
    return held[-1].out_shape if held else report.in_shape


def inner_problem(report: LayerReport) -> Problem | None:
    """Return what does not fit inside a block, if that is why it waits."""
    return next((inner.problem for inner in report.walk() if inner is not report and inner.problem), None)
