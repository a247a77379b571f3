"""Names for layers that were read: those that the file says they had, where its description fits what was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fishlab.core.layers import LayerSpec
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, each_layer, numbered

NOT_WRITTEN = ("init", "std")
"""Fields of layers that no graph has: they say how weights begin, not what they are."""


SHAPING = frozenset(("flatten", "reshape"))
"""Layers between which a graph does not tell, where they give a row."""


def told_layers(read: NetworkSpec, told: NetworkSpec | None) -> dict[str, LayerSpec]:
    """By the uid of each layer that was read, the one that the file describes in its place; {} where one differs."""
    if told is None or len(list(read.walk())) != len(list(told.walk())):
        return {}
    pairs = list(zip(numbered(read.layers), numbered(told.layers), strict=True))
    if not all(number == other and _alike(mine, theirs) for (number, mine), (other, theirs) in pairs):
        return {}
    found = {mine.uid: theirs for (_, mine), (_, theirs) in pairs}
    return {} if infer(with_names(read, found)).problem else found


def _alike(mine: LayerSpec, theirs: LayerSpec) -> bool:
    return mine.kind == theirs.kind or {mine.kind, theirs.kind} == SHAPING


def with_names(network: NetworkSpec, told: Mapping[str, LayerSpec]) -> NetworkSpec:
    """The network with what its layers are told to be called."""
    return network.with_layers(each_layer(network.layers, lambda layer: named(layer, told)))


def named(layer: LayerSpec, told: Mapping[str, LayerSpec]) -> LayerSpec:
    """The layer with the identity and the name that it is told to have, and where its weights began."""
    theirs = told.get(layer.uid)
    if theirs is None:
        return layer
    if theirs.kind != layer.kind:
        return theirs
    begins: dict[str, Any] = {name: getattr(theirs, name) for name in NOT_WRITTEN if hasattr(theirs, name)}
    return layer.replace(uid=theirs.uid, name=theirs.name, frozen=theirs.frozen, **begins)


def renamed(key: str, told: Mapping[str, LayerSpec]) -> str:
    """A parameter key with the uid that its layer is told to have."""
    uid, slash, name = key.rpartition("/")
    return f"{told[uid].uid}{slash}{name}" if uid in told else key
