"""What the heading of a branch says, and the line where the branches of a block meet again."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import shape_text
from fishlab.core.layers.block import Block
from fishlab.core.shapes import LayerReport, layer_title, layer_type
from fishlab.ui.branches import branch_shape, branch_titles
from fishlab.ui.layer_words import layer_explanation
from fishlab.ui.panels.network.rows import Row
from fishlab.ui.panels.network.state import DASH, State, state_of
from fishlab.ui.widgets.explanation import Explanation


class Sign(Enum):
    """How branches meet: their outputs are added, or laid one behind the other."""

    SUM = "sum"
    CONCATENATE = "concatenate"


@dataclass(frozen=True)
class BranchContent:
    """A heading. An `empty` one is a slot with `words` in it; `state` is that of what comes in."""

    uid: str
    title: str
    words: str
    shape: str
    spoken: str
    depth: int
    empty: bool
    state: State
    explanation: Explanation


@dataclass(frozen=True)
class EndContent:
    """The end of a block: a sign and what it does."""

    uid: str
    sign: Sign
    words: str
    spoken: str
    depth: int
    state: State


def branch_content(row: Row, block: LayerSpec, report: LayerReport) -> BranchContent:
    """Return what the heading of a branch says."""
    title = branch_titles(block)[row.branch]
    shape = branch_shape(report, row.branch)
    is_shortcut = _adds(block) and row.branch > 0
    words = _tr("identity: passes its input on") if is_shortcut else _tr("drop layers here")
    parts = [
        _tr("{branch} of {number} {block}").format(branch=title, number=report.number, block=layer_title(block)),
        _held_words(len(block.branches[row.branch])),
        _tr("output {shape}").format(shape=shape_text(shape)) if shape else _tr("waits for a layer"),
        _tr("depth {depth}").format(depth=row.depth),
    ]
    state = State.WAITING if report.in_shape is None else State.FINE
    return BranchContent(
        row.uid, title, words if row.empty else "", shape_text(shape) if shape else DASH, ", ".join(parts),
        row.depth, row.empty, state, layer_explanation(block.kind),
    )


def end_content(row: Row, block: LayerSpec, report: LayerReport) -> EndContent:
    """Return what stands where the branches meet."""
    added = _adds(block)
    words = block_words(block) if added else _channels(report)
    spoken = _tr("End of {number} {block}").format(number=report.number, block=layer_title(block))
    sign = Sign.SUM if added else Sign.CONCATENATE
    return EndContent(row.uid, sign, words, f"{spoken}, {words}", row.depth, state_of(report))


def block_words(block: LayerSpec) -> str:
    """Return 'body + shortcut' or '4 branches'."""
    if _adds(block):
        return " + ".join(branch_titles(block)).lower()
    count = len(block.branches)
    return _tr("1 branch") if count == 1 else _tr("{count} branches").format(count=count)


def _adds(block: LayerSpec) -> bool:
    kind = layer_type(block)
    return issubclass(kind, Block) and kind.adds


def _channels(report: LayerReport) -> str:
    """'16 + 32 + 8 = 56 channels', as far as it is known."""
    shapes = [branch_shape(report, branch) for branch in range(len(report.branches))]
    if report.out_shape is None or None in shapes:
        return _tr("one behind the other")
    total = f"{' + '.join(str(shape[0]) for shape in shapes if shape)} = {report.out_shape[0]:,}"
    words = _tr("{total} channels") if len(report.out_shape) == 3 else _tr("{total} features")
    return words.format(total=total)


def _held_words(count: int) -> str:
    if not count:
        return _tr("empty, passes its input on")
    return _tr("1 layer") if count == 1 else _tr("{count} layers").format(count=count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("network", text)
