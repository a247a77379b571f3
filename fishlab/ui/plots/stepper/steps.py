"""The steps of a trace in order: every layer forwards, the loss, every layer backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fishlab.core.spec.stacks import walk
from fishlab.core.stepper import LayerTrace, Trace

FORWARD, LOSS, BACKWARD = "forward", "loss", "backward"


@dataclass(frozen=True)
class Step:
    """One of them: which way it goes, and through which layer (its uid; none for the loss)."""

    way: str
    uid: str = ""


def steps_of(trace: Trace) -> tuple[Step, ...]:
    """All steps. A block comes after the layers in it, and on the way back before them; what learns nothing is not
    gone back through, nor is what stands before the first layer that learns."""
    order = list(in_order(trace.layers))
    back = (Step(BACKWARD, layer.uid) for layer in reversed(order) if layer.dout is not None)
    return (*(Step(FORWARD, layer.uid) for layer in order), Step(LOSS), *back)


def in_order(layers: Sequence[LayerTrace]) -> Iterator[LayerTrace]:
    """As they are done: what is in a block before the block, which comes first in a trace."""
    rest = list(layers)
    while rest:
        block, *rest = rest
        inside = sum(1 for branch in block.spec.branches for _ in walk(branch))
        yield from in_order(rest[:inside])
        yield block
        rest = rest[inside:]
