"""The planner: which layers of a stack run as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from fishlab.core.layers.base import Array, Layer


class Stage(Protocol):
    """One or more neighbouring layers that run together: a layer is one by itself."""

    input_gradient: bool

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (*in_shape, N) -> (*out_shape, N)."""

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx; writes the gradients of all parameters in it."""


def plan(layers: Sequence[Layer[Any]]) -> tuple[Stage, ...]:
    """The stages of a stack, in order; every layer is in exactly one."""
    return tuple(layers)
