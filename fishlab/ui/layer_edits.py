"""What a person does to the stack, each as one undo step of the document: add, move, remove, duplicate, rename.

The palette, the quick adder, the stack's keys and its drops all end here. New and moved layers are selected afterwards.
What a block cannot hold (itself, or blocks too deep) changes nothing.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from fishlab.core.errors import FieldError
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.shapes import layer_title
from fishlab.core.spec import INPUT_UID, MOST_LAYERS, NetworkSpec, Place, fresh_copies, walk
from fishlab.ui.branches import branch_key, branch_place
from fishlab.ui.document import Document

MOST_NAME = 80


def new_layer(kind: str) -> LayerSpec:
    """Return a fresh layer of `kind` with default fields."""
    spec: LayerSpec = LAYERS[kind].item.Spec()
    return spec


def selected_layers(document: Document) -> tuple[LayerSpec, ...]:
    """Return the selected layers in stack order; Input and loss are left out."""
    return document.network.chosen(document.selection)


def place_after_selection(document: Document) -> Place:
    """Return the place just after the last selected layer, or in the selected branch; else the end."""
    branches = [branch_place(uid) for uid in document.selection]
    if branches and branches[0] is not None:
        return branches[0]
    chosen = selected_layers(document)
    if chosen:
        place = document.network.place(chosen[-1].uid)
        return replace(place, index=place.index + 1)
    return Place(0 if document.selection == (INPUT_UID,) else len(document.network.layers))


def add(document: Document, layers: Sequence[LayerSpec], where: int | Place | None = None, words: str = "") -> None:
    """Put `layers` in before a place, or after the selection, as copies where their uids are taken."""
    if not layers or sum(1 for _ in (*document.network.walk(), *walk(layers))) > MOST_LAYERS:
        return
    if where is None:
        where = place_after_selection(document)
    fresh = _with_own_uids(document, layers)
    uids = tuple(layer.uid for layer in fresh)
    text = words or QCoreApplication.translate("layer_edits", "Add {what}")
    with suppress(FieldError):
        document.edit(text.format(what=_named(fresh)), document.network.insert(where, *fresh), focus=uids)
        document.select(uids)


def move(document: Document, uids: Collection[str], where: int | Place) -> None:
    """Take the named layers out and put them in before what is now at a place."""
    moved = document.network.chosen(uids)
    if not moved:
        return
    order = tuple(layer.uid for layer in moved)
    text = QCoreApplication.translate("layer_edits", "Move {what}").format(what=_named(moved))
    with suppress(FieldError, KeyError):
        document.edit(text, document.network.move(order, where), focus=order)
        document.select(order)


def shift(document: Document, step: int) -> None:
    """Move the selected layers, gathered into one group, one place up (-1) or down (1).

    At the end of a branch they go on into the next one of the same block.
    """
    chosen = selected_layers(document)
    if not chosen:
        return
    network = document.network
    first, last = network.place(chosen[0].uid), network.place(chosen[-1].uid)
    target = replace(first, index=first.index - 1) if step < 0 else replace(last, index=last.index + 2)
    if not 0 <= target.index <= len(network.stack(target)):
        beyond = _next_branch(network, target, step)
        if beyond is None:
            return
        target = beyond
    move(document, [layer.uid for layer in chosen], target)


def _next_branch(network: NetworkSpec, place: Place, step: int) -> Place | None:
    """The end of the branch above, or the start of the one below; None where there is none."""
    block = network.find(place.block)
    number = place.branch + step
    if block is None or not 0 <= number < len(block.branches):
        return None
    return Place(len(block.branches[number]) if step < 0 else 0, place.block, number)


def remove(document: Document, uids: Collection[str], words: str = "") -> None:
    """Take the named layers out; what follows them is selected."""
    gone = document.network.chosen(uids)
    if not gone:
        return
    first = document.network.place(gone[0].uid)
    text = words or QCoreApplication.translate("layer_edits", "Delete {what}")
    document.edit(text.format(what=_named(gone)), document.network.remove(*(layer.uid for layer in gone)))
    left = document.network.stack(first)
    if left:
        around = left[min(first.index, len(left) - 1)].uid
    else:
        around = branch_key(first.block, first.branch) if first.block else INPUT_UID
    document.select((around,))


def duplicate(document: Document) -> None:
    """Put copies of the selected layers after them."""
    words = QCoreApplication.translate("layer_edits", "Duplicate {what}")
    add(document, fresh_copies(selected_layers(document)), words=words)


def rename(document: Document, uid: str, name: str) -> None:
    """Give a layer a name of its own; an empty one, or its kind's, gives the kind's back."""
    layer = document.network.find(uid)
    if layer is None:
        return
    bare = " ".join(name.split())[:MOST_NAME]
    own = "" if bare == LAYERS[layer.kind].title else bare
    text = QCoreApplication.translate("layer_edits", "Rename {what}").format(what=layer_title(layer))
    document.edit(text, document.network.change(uid, name=own), focus=(uid,))


def _with_own_uids(document: Document, layers: Sequence[LayerSpec]) -> tuple[LayerSpec, ...]:
    taken = {layer.uid for layer in document.network.walk()} | {"", INPUT_UID, "loss"}
    uids = [layer.uid for layer in walk(layers)]
    clash = len(set(uids)) != len(uids) or taken.intersection(uids)
    return fresh_copies(layers) if clash else tuple(layers)


def _named(layers: Sequence[LayerSpec]) -> str:
    if len(layers) == 1:
        return layer_title(layers[0])
    return QCoreApplication.translate("layer_edits", "{count} layers").format(count=len(layers))
