"""Neighbours that run as one, because that is faster, against the same layers one after the other.

All of their numbers are compared: it takes one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from fishlab.core.checking.alone import beside, learned, read_only
from fishlab.core.checking.slopes import SMALL, TOLERANCE, Comparison
from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.block import Block


def fused(stages: Sequence[Any]) -> Iterator[Any]:
    """All stages that are something else than their layers, those inside blocks too."""
    for stage in stages:
        for layer in stage.layers:
            if isinstance(layer, Block):
                for chain in layer.chains:
                    yield from fused(chain.stages)
        if not isinstance(stage, Layer):
            yield stage


def check_together(
    stage: Any, layers: Sequence[Layer[Any]], x: Array, begin: Callable[[], None], rng: np.random.Generator
) -> Comparison:
    """A stage against the same `layers` in another network. `begin` starts a step in both."""
    x = read_only(beside(x, rng))  # ties may be broken in another way
    begin()
    out = x
    for layer in layers:
        out = layer.forward(out, training=True)
    begin()
    dout = read_only(rng.standard_normal(out.shape))
    pairs = [(stage.forward(x, training=True).copy(), out.copy())]
    wanted = dout
    for layer in reversed(layers):
        wanted = layer.backward(wanted)
    dx = stage.backward(dout)
    if stage.input_gradient:
        pairs.append((dx, wanted))
    for ours, theirs in zip(stage.layers, layers, strict=True):
        pairs += _gradients(ours, theirs)
    return _compared(pairs)


def _gradients(ours: Layer[Any], theirs: Layer[Any]) -> Iterator[tuple[Array, Array]]:
    for name, parameter in learned(ours).items():
        yield parameter.grad, theirs.params[name].grad
    for here, there in zip(ours.branches, theirs.branches, strict=True):
        for one, other in zip(here, there, strict=True):
            yield from _gradients(one, other)


def _compared(pairs: Sequence[tuple[Array, Array]]) -> Comparison:
    largest, wrong, compared = 0.0, 0, 0
    for found, wanted in pairs:
        difference = np.abs(found - wanted) / max(SMALL, float(np.abs(wanted).max(initial=0.0)))
        difference[~np.isfinite(difference)] = np.inf
        largest = max(largest, float(difference.max(initial=0.0)))
        wrong += int(np.count_nonzero(difference > TOLERANCE))
        compared += difference.size
    return Comparison(largest, compared, 0, wrong)
