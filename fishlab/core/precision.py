"""Computing with fewer or more digits: float64, float32, and half precision (chapter 8.3.4).

Training runs in float32 or float64. Half precision is for answers only, and means what graphics processors mean by it:
every learned number and everything that one layer hands to the next is rounded to float16, eleven bits of which the
largest is 65,504, while a sum of products is added up in float32 before it is rounded. Statistics that a batch
normalization keeps stay in float32, as they do there.

It shows what half precision does to the answers; it saves neither time nor memory here. NumPy multiplies matrices of
float16 number by number, about a thousand times slower than float32, so the rounded numbers are computed with as
float32, and the rounding makes the whole take three to nine times as long. Layers that run as one (a convolution with
its ReLU and pooling) round once, at their end, which gives the same numbers. Of the 10,000 test images of MNIST one or
none is answered otherwise by TwoLayerNet, SimpleConvNet and DeepConvNet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fishlab.core.errors import FieldError, TrainingError
from fishlab.core.layers.base import Array
from fishlab.core.layers.block import Block
from fishlab.core.network import Memory, Network
from fishlab.core.plan import Stage
from fishlab.core.spec import PRECISIONS, NetworkSpec

HALF = "float16"
ANSWERING = (HALF, *PRECISIONS)


def to_half(values: Array) -> None:
    """Round to the nearest float16 in place; what is too large becomes infinite."""
    with np.errstate(over="ignore"):
        values[...] = values.astype(np.float16)


class HalfNetwork(Network):
    """A network that answers in half precision. `start` maps parameter keys to values, which are rounded.

    It predicts and evaluates like any other; it cannot be trained.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        *,
        seed: int = 0,
        dtype: Any = np.float32,
        start: Mapping[str, Array] | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(spec, seed=seed, dtype=dtype, start=start, memory=memory)
        if memory is None:
            to_half(self.values)

        self.stages = _rounding(self.stages)
        for layer in self.walk():
            for chain in layer.chains if isinstance(layer, Block) else ():
                chain.stages = _rounding(chain.stages)

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N), batch last -> scores (K, N), each a number that float16 has."""
        x = x.copy(order="K")  # it is the caller's
        to_half(x)
        return super().forward(x, training=training)


class Rounding:
    """A stage whose output is rounded to float16."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.layers, self.input_gradient = stage.layers, stage.input_gradient

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N), each a number that float16 has."""
        out = self.stage.forward(x, training=training)
        to_half(out)
        return out

    def backward(self, dout: Array) -> Array:
        """Not there: what is rounded has no gradient."""
        raise TrainingError("A network that answers in half precision cannot be trained: its numbers are rounded.")


def _rounding(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(map(Rounding, stages))


def network_in(precision: str, spec: NetworkSpec, weights: Mapping[str, Array]) -> Network:
    """A network with these weights that computes in float16, float32 or float64; raises FieldError for another word."""
    if precision not in ANSWERING:
        raise FieldError("precision", f"Precision is {precision[:40]!r}: it takes one of {', '.join(ANSWERING)}.")
    if precision == HALF:
        return HalfNetwork(spec, start=weights)
    return Network(spec, dtype=precision, start=weights)
