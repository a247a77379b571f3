"""Names for layers that were read: those that the file says they had, where its description fits what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fishlab.core.layers import LayerSpec
from fishlab.core.spec import NetworkSpec, numbered

NOT_WRITTEN = ("init", "std")
"""Fields of layers that no graph has: they say how weights begin, not what they are."""


def told_layers(read: Iterable[LayerSpec], told: NetworkSpec | None) -> dict[str, LayerSpec]:
    """By the uid of each layer that was read, the one that the file describes in its place; {} where one differs."""
    if told is None:
        return {}
    pairs = [(list(numbered(stack))) for stack in (read, told.layers)]
    if [(number, layer.kind) for number, layer in pairs[0]] != [(number, layer.kind) for number, layer in pairs[1]]:
        return {}
    return {mine.uid: theirs for (_, mine), (_, theirs) in zip(*pairs, strict=True)}


def named(layer: LayerSpec, told: Mapping[str, LayerSpec]) -> LayerSpec:
    """The layer with the identity and the name that it is told to have, and where its weights began."""
    theirs = told.get(layer.uid)
    if theirs is None:
        return layer
    begins: dict[str, Any] = {name: getattr(theirs, name) for name in NOT_WRITTEN if hasattr(theirs, name)}
    return layer.replace(uid=theirs.uid, name=theirs.name, frozen=theirs.frozen, **begins)


def renamed(key: str, told: Mapping[str, LayerSpec]) -> str:
    """A parameter key with the uid that its layer is told to have."""
    uid, slash, name = key.rpartition("/")
    return f"{told[uid].uid}{slash}{name}" if uid in told else key
