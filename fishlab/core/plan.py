"""The planner: which layers of a stack run as one.

At each place in the stack the fusions are tried in order; the first that fits covers its layers with one stage. Where
none fits, the layer runs by itself. A stage may say where it would like its input written (`Receiver`), and one that
can write its output anywhere (`Sender`) then puts it there, which saves a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

from fishlab.core.kernels.scratch import Scratch
from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.block import Block
from fishlab.core.stages.convolution import fuse_convolution
from fishlab.core.stages.in_place import activation_in_place
from fishlab.core.stages.residual import fuse_residual


class Stage(Protocol):
    """One or more neighbouring layers that run together: a layer is one by itself.

    `layers` are those it covers, in order.
    """

    input_gradient: bool

    @property
    def layers(self) -> tuple[Layer[Any], ...]:
        """The layers it covers, in the order of the stack."""

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N)."""

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx; writes the gradients of all parameters in it."""


@runtime_checkable
class Receiver(Protocol):
    """A stage that has a place of its own for its input."""

    def entrance(self, batch: int) -> Array:
        """Where an input (*in_shape, batch) is best written: always the same view for the same batch size."""


@runtime_checkable
class Sender(Protocol):
    """A stage that can write its output to a place of the next one's."""

    send_to: Callable[[int], Array] | None


@runtime_checkable
class Sharer(Protocol):
    """A stage that can compute in memory that other stages of the same network use too."""

    def share(self, scratch: Scratch) -> None:
        """Use this from now on."""


Fusion = Callable[[Sequence[Layer[Any]]], Stage | None]
"""Given the rest of a stack, a stage that covers the first of its layers, or None where it does not fit."""

FUSIONS: tuple[Fusion, ...] = (fuse_convolution, fuse_residual, activation_in_place)


def plan(layers: Sequence[Layer[Any]]) -> tuple[Stage, ...]:
    """The stages of a stack, in order; every layer is in exactly one. A block's branches are planned as well.

    Each branch has a scratch memory of its own: a gradient that lies in it must outlive what other branches compute.
    """
    stages: list[Stage] = []
    rest, scratch = list(layers), Scratch()
    for layer in layers:
        if isinstance(layer, Block):
            layer.arrange(plan)
    while rest:
        stages.append(_first_stage(rest))
        del rest[: len(stages[-1].layers)]
    for before, after in pairwise(stages):
        if isinstance(before, Sender) and isinstance(after, Receiver):
            before.send_to = after.entrance
    for stage in stages:
        if isinstance(stage, Sharer):
            stage.share(scratch)
    return tuple(stages)


def one_by_one(layers: Sequence[Layer[Any]]) -> tuple[Stage, ...]:
    """The same stack with nothing fused, in blocks neither: every layer is a stage and gives its dx."""
    for layer in layers:
        layer.input_gradient = True
        if isinstance(layer, Block):
            layer.arrange(one_by_one)
    return tuple(layers)


def _first_stage(rest: Sequence[Layer[Any]]) -> Stage:
    for fusion in FUSIONS:
        stage = fusion(rest)
        if stage is not None:
            return stage
    return rest[0]
