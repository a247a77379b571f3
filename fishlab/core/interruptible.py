"""Networks that may be interrupted between two layers: even one pass of a very large one need not be waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

from fishlab.core.layers.base import Array
from fishlab.core.layers.block import Block
from fishlab.core.network import Network

Breathe = Callable[[], None]


def unhurried() -> None:
    """Nobody waits, and nobody is in the way."""


def interruptible(network: Network, breathe: Breathe) -> Network:
    """The network itself: from now on `breathe` is called before every layer, forwards and backwards.

    It may wait, or raise what ends the pass. Numbers stay as they are.
    """
    if breathe is not unhurried:
        for part in {id(part): part for part in (*network.walk(), *_stages(network))}.values():
            for way in ("forward", "backward"):
                setattr(part, way, _breathing(part, way, breathe))
    return network


def _stages(network: Network) -> Iterator[Any]:
    """All that runs: the network's stages, and those of the branches of all blocks."""
    yield from network.stages
    for layer in network.walk():
        for chain in layer.chains if isinstance(layer, Block) else ():
            yield from chain.stages


def _breathing(part: Any, way: str, breathe: Breathe) -> Callable[..., Array]:
    """One of its methods, with a breath before. It does not keep the part alive: a large network goes at once."""
    plain, me = getattr(type(part), way), ref(part)

    def passed(x: Array, **how: bool) -> Array:
        breathe()
        result: Array = plain(me(), x, **how)
        return result

    return passed
