"""What a person does to the stack, each as one undo step of the document: add, move, remove, duplicate, rename.

The palette, the quick adder, the stack's keys and its drops all end here. New and moved layers are selected afterwards.
"""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.shapes import layer_title
from fishlab.core.spec import INPUT_UID, MOST_LAYERS, fresh_copies
from fishlab.ui.document import Document

MOST_NAME = 80


def new_layer(kind: str) -> LayerSpec:
    """Return a fresh layer of `kind` with default fields."""
    spec: LayerSpec = LAYERS[kind].item.Spec()
    return spec


def selected_layers(document: Document) -> tuple[LayerSpec, ...]:
    """Return the selected layers in stack order; Input and loss are left out."""
    return tuple(layer for layer in document.network.layers if layer.uid in document.selection)


def place_after_selection(document: Document) -> int:
    """Return the index just after the last selected layer; the end of the stack if none is selected."""
    uids = [layer.uid for layer in document.network.layers]
    chosen = [uids.index(uid) + 1 for uid in document.selection if uid in uids]
    if chosen:
        return max(chosen)
    return 0 if document.selection == (INPUT_UID,) else len(uids)


def add(document: Document, layers: Sequence[LayerSpec], index: int | None = None, words: str = "") -> None:
    """Put `layers` in before `index`, or after the selection, as copies where their uids are taken."""
    if not layers or len(document.network.layers) + len(layers) > MOST_LAYERS:
        return
    where = place_after_selection(document) if index is None else index
    fresh = _with_own_uids(document, layers)
    uids = tuple(layer.uid for layer in fresh)
    text = words or QCoreApplication.translate("layer_edits", "Add {what}")
    document.edit(text.format(what=_named(fresh)), document.network.insert(where, *fresh), focus=uids)
    document.select(uids)


def move(document: Document, uids: Collection[str], index: int) -> None:
    """Take the named layers out and put them in before what is now at `index`."""
    moved = tuple(layer for layer in document.network.layers if layer.uid in uids)
    if not moved:
        return
    order = tuple(layer.uid for layer in moved)
    text = QCoreApplication.translate("layer_edits", "Move {what}").format(what=_named(moved))
    document.edit(text, document.network.move(order, index), focus=order)
    document.select(order)


def shift(document: Document, step: int) -> None:
    """Move the selected layers, gathered into one block, one place up (-1) or down (1)."""
    layers = document.network.layers
    chosen = [index for index, layer in enumerate(layers) if layer.uid in document.selection]
    if not chosen:
        return
    target = chosen[0] - 1 if step < 0 else chosen[-1] + 2
    if 0 <= target <= len(layers):
        move(document, [layers[index].uid for index in chosen], target)


def remove(document: Document, uids: Collection[str], words: str = "") -> None:
    """Take the named layers out; what follows them is selected."""
    gone = tuple(layer for layer in document.network.layers if layer.uid in uids)
    if not gone:
        return
    first = document.network.index(gone[0].uid)
    text = words or QCoreApplication.translate("layer_edits", "Delete {what}")
    document.edit(text.format(what=_named(gone)), document.network.remove(*(layer.uid for layer in gone)))
    left = document.network.layers
    document.select((left[min(first, len(left) - 1)].uid,) if left else (INPUT_UID,))


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
    taken = {layer.uid for layer in document.network.layers} | {"", INPUT_UID, "loss"}
    uids = [layer.uid for layer in layers]
    clash = len(set(uids)) != len(uids) or taken.intersection(uids)
    return fresh_copies(layers) if clash else tuple(layers)


def _named(layers: Sequence[LayerSpec]) -> str:
    if len(layers) == 1:
        return layer_title(layers[0])
    return QCoreApplication.translate("layer_edits", "{count} layers").format(count=len(layers))
