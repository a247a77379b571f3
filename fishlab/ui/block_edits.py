"""What a person does to blocks, each as one undo step: layers into and out of them, branches added and removed."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LayerSpec
from fishlab.core.layers.block import BlockSpec
from fishlab.core.shapes import layer_title
from fishlab.core.spec import Place
from fishlab.ui.branches import branch_key, branch_place, branch_titles
from fishlab.ui.document import Document
from fishlab.ui.layer_edits import move, selected_layers


def place_in_block(document: Document) -> Place | None:
    """Return where the selected layers go into the block just above them, or else just below them."""
    chosen = selected_layers(document)
    if not chosen:
        return None
    network, uids = document.network, {layer.uid for layer in chosen}
    first, last = network.place(chosen[0].uid), network.place(chosen[-1].uid)
    above = next((layer for layer in reversed(network.stack(first)[: first.index]) if layer.uid not in uids), None)
    if above is not None and above.branches:
        return Place(len(above.branches[0]), above.uid)
    below = next((layer for layer in network.stack(last)[last.index + 1 :] if layer.uid not in uids), None)
    return Place(0, below.uid) if below is not None and below.branches else None


def place_out_of_block(document: Document) -> Place | None:
    """Return the place after the block in which the first selected layer stands; None outside of blocks."""
    chosen = selected_layers(document)
    block = document.network.place(chosen[0].uid).block if chosen else ""
    if not block:
        return None
    around = document.network.place(block)
    return replace(around, index=around.index + 1)


def move_selected(document: Document, where: Place | None) -> None:
    """Move the selected layers to a place, if there is one."""
    if where is not None:
        move(document, [layer.uid for layer in selected_layers(document)], where)


def selected_branch(document: Document) -> Place | None:
    """Return the branch whose heading is selected, as its first place."""
    return branch_place(document.selection[0]) if len(document.selection) == 1 else None


def selected_block(document: Document) -> BlockSpec | None:
    """Return the one block that is selected by its card or by the heading of a branch."""
    if len(document.selection) != 1:
        return None
    branch = selected_branch(document)
    layer = document.network.find(branch.block if branch else document.selection[0])
    return layer if isinstance(layer, BlockSpec) else None


def can_add_branch(block: LayerSpec | None) -> bool:
    """Whether the block takes one branch more."""
    return isinstance(block, BlockSpec) and len(block.branches) < block.most


def can_remove_branch(block: LayerSpec | None) -> bool:
    """Whether the block can do with one branch less."""
    return isinstance(block, BlockSpec) and len(block.branches) > block.least


def add_branch(document: Document, block: BlockSpec) -> None:
    """Give a block one more branch, empty, and select it."""
    if can_add_branch(block):
        words = _tr("Add a branch to {block}").format(block=layer_title(block))
        document.edit(words, document.network.change(block.uid, branches=(*block.branches, ())), focus=(block.uid,))
        document.select((branch_key(block.uid, len(block.branches)),))


def remove_branch(document: Document, block: BlockSpec, number: int) -> None:
    """Take a branch out with all that is in it; the one that follows is selected."""
    if can_remove_branch(block):
        words = _tr("Remove {branch} of {block}").format(branch=branch_titles(block)[number], block=layer_title(block))
        left = block.branches[:number] + block.branches[number + 1 :]
        document.edit(words, document.network.change(block.uid, branches=left), focus=(block.uid,))
        document.select((branch_key(block.uid, min(number, len(left) - 1)),))


def _tr(text: str) -> str:
    return QCoreApplication.translate("layer_edits", text)
