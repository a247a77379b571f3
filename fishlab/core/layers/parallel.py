"""Parallel: a block whose branches stand side by side, as in GoogLeNet's Inception (chapter 8.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array, Branches, Layer, Misfit, Shape, register_layer, shape_text
from fishlab.core.layers.block import Block, BlockSpec


@dataclass(frozen=True, kw_only=True)
class ParallelSpec(BlockSpec):
    """`branches` are as many as wanted."""

    branches: Branches = ((), ())


@register_layer(
    "parallel",
    title="Parallel",
    group="Block",
    chapter="8.2",
    aliases=("inception", "concatenate", "branches"),
    help="Sends its input through several stacks side by side and lays what comes out one behind the other. "
    "GoogLeNet's Inception looks with windows of several sizes at once in this way.",
)
class Parallel(Block[ParallelSpec]):
    """y = the branches' outputs, concatenated along channels or features (Szegedy et al. 2014).

    (C1, H, W), (C2, H, W), ... -> (C1 + C2 + ..., H, W); (F1,), (F2,), ... -> (F1 + F2 + ...,).
    Backward: each branch gets its own part of dy, and dx is the sum of what they give.
    """

    Spec = ParallelSpec
    formula = "[branch₁(x), branch₂(x), …]"
    backward_formulas = ("dx = Σ branchᵢ′(its part of dout)",)

    @classmethod
    def joined(cls, spec: ParallelSpec, in_shape: Shape, shapes: Sequence[Shape]) -> Shape:
        first = shapes[0]
        if all(shape[1:] == first[1:] and len(shape) == len(first) for shape in shapes):
            return (sum(shape[0] for shape in shapes), *first[1:])
        listed = ", ".join(map(shape_text, shapes))
        raise Misfit(
            f"Branches are laid one behind the other by channels: rows and columns must agree, and they give {listed}. "
            "Give windows a padding that keeps the size, and every branch the same strides.",
            summary="has branches of different sizes",
            arithmetic=" ≠ ".join(shape_text(shape[1:]) or shape_text(shape) for shape in shapes),
            short="branches differ",
            shape_text=listed,
        )

    def arrange(self, plan: Callable[[Sequence[Layer[Any]]], Sequence[Any]]) -> None:
        """The last stage of a branch writes straight to its place in the output, where it can."""
        super().arrange(plan)
        for index, chain in enumerate(self.chains):
            if chain.stages and hasattr(chain.stages[-1], "send_to"):
                chain.stages[-1].send_to = partial(self._place, index)

    def _place(self, index: int, batch: int) -> Array:
        return self._places(batch)[index]

    def _places(self, batch: int) -> Sequence[Array]:
        """The branches' places in the output; always the same views for a batch size."""
        return self.kept(("places", batch), lambda: self.split(self.output(batch)))

    def join(self, parts: Sequence[Array]) -> Array:
        batch = parts[0].shape[-1]
        for place, part in zip(self._places(batch), parts, strict=True):
            if part is not place:
                np.copyto(place, part)
        return self.output(batch)

    def split(self, dout: Array) -> Sequence[Array]:
        parts, first = [], 0
        for layers in self._branches:
            channels = (layers[-1].out_shape if layers else self.in_shape)[0]
            parts.append(dout[first : first + channels])
            first += channels
        return parts
