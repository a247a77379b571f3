"""What comes out of every layer, one after the other; those inside blocks too."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple

from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.block import Block


class Passed(NamedTuple):
    """A layer with what went in and what came out, (*shape, N). Both are the layers' memory: copy what is to stay."""

    layer: Layer[Any]
    x: Array
    out: Array


def outputs(layers: Iterable[Layer[Any]], x: Array, *, training: bool = False) -> Generator[Passed, None, Array]:
    """Send x (*in_shape, N) through each layer by itself and yield it; a block comes after the layers in it.

    Returns what came out at the end. The numbers are those of `Network.forward`, where several layers run as one.
    """
    for layer in layers:
        if isinstance(layer, Block):
            parts = []
            for branch in layer.branches:
                parts.append((yield from outputs(branch, x, training=training)))
            out = layer.join(parts)
        else:
            out = layer.forward(x, training=training)
        yield Passed(layer, x, out)
        x = out
    return x
