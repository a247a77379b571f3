"""How a network ends: with a layer that a loss here holds already, or in scores."""

from __future__ import annotations

from fishlab.core.layers import LayerSpec
from fishlab.core.losses import LOSSES, LossSpec

HELD = {"softmax": "softmax_cross_entropy", "sigmoid": "binary_cross_entropy"}
"""Kind of a last layer to the loss that does the same in its answers."""

_LAYERS = {loss: layer for layer, loss in HELD.items()}
_USUAL = "softmax_cross_entropy"

Stack = tuple[LayerSpec, ...]


def ended(layers: Stack, told: LossSpec | None) -> tuple[Stack, LossSpec, str]:
    """The layers without what the loss does, the loss, and a sentence where the answers are others than the file's.

    `told` is what the file says its loss was; it counts where the layers end as that loss has it.
    """
    last = layers[-1].kind if layers else ""
    if told is not None and _LAYERS.get(told.kind) in (None, last):
        return (layers[:-1] if told.kind in _LAYERS else layers), told, ""
    if last in HELD:
        return layers[:-1], _loss(HELD[last]), ""
    words = "It ends in scores: a softmax was added, which makes probabilities of them and changes no decision."
    return layers, _loss(_USUAL), words


def _loss(kind: str) -> LossSpec:
    spec: LossSpec = LOSSES[kind].item.Spec()
    return spec
