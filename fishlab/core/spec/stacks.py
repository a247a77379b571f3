"""Stacks of layers, whose blocks hold stacks: walking, numbering, changing every layer at any depth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from string import ascii_lowercase
from typing import Any

from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import new_uid


def walk(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """The layers and all that they hold, a block before its layers."""
    for layer in layers:
        yield layer
        for branch in layer.branches:
            yield from walk(branch)


def announced(items: list[Any]) -> int:
    """How many layers a list of tables would be, those in branches counted too."""
    stacks, count = [items], 0
    while stacks:
        stack = stacks.pop()
        count += len(stack)
        for item in stack:
            held = item.get("branches") if isinstance(item, Mapping) else None
            stacks += [branch for branch in held if isinstance(branch, list)] if isinstance(held, list) else []
    return count


def numbered(layers: Iterable[LayerSpec], prefix: str = "") -> Iterator[tuple[str, LayerSpec]]:
    """Every layer with its number: 1, 2, 3; those in the branches of block 3 are 3a1, 3a2, ... and 3b1, 3b2, ..."""
    for index, layer in enumerate(layers, start=1):
        number = f"{prefix}{index}"
        yield number, layer
        for letter, branch in zip(ascii_lowercase, layer.branches, strict=False):
            yield from numbered(branch, number + letter)


def each_layer(layers: Iterable[LayerSpec], change: Callable[[LayerSpec], LayerSpec]) -> tuple[LayerSpec, ...]:
    """The layers with `change` applied to every one, those inside blocks first."""
    return tuple(
        change(layer.with_branches(tuple(each_layer(branch, change) for branch in layer.branches))) for layer in layers
    )


def fresh_copies(layers: Iterable[LayerSpec]) -> tuple[LayerSpec, ...]:
    """The same layers with uids of their own, for duplicate and paste."""
    return each_layer(layers, lambda layer: layer.replace(uid=new_uid()))


def without(layers: Iterable[LayerSpec], uids: Collection[str]) -> tuple[LayerSpec, ...]:
    """The layers without those of these uids, and what they hold."""
    kept = (layer for layer in layers if layer.uid not in uids)
    return tuple(layer.with_branches(tuple(without(branch, uids) for branch in layer.branches)) for layer in kept)


def outermost(layers: Iterable[LayerSpec], uids: Collection[str]) -> Iterator[LayerSpec]:
    """The layers of these uids, but none that is inside another one of them."""
    for layer in layers:
        if layer.uid in uids:
            yield layer
        else:
            for branch in layer.branches:
                yield from outermost(branch, uids)
