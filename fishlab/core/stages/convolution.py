"""Convolution together with the ReLU and the 2 x 2 max pooling that follow it, tile by tile in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fishlab.core.kernels.scratch import Scratch
from fishlab.core.layers.activation import ReLU
from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.convolution import Convolution
from fishlab.core.layers.pooling import MaxPooling


class ConvolutionStage:
    """Convolution alone, with ReLU, with max pooling, or all three, in either order of the last two.

    Alone it is a stage too: it computes in the memory of the others, and takes its input where it is written.
    ReLU of the largest is the largest of the ReLUs, so the pooling comes first here, whatever the stack says.
    """

    def __init__(self, convolution: Convolution, followers: Sequence[Layer[Any]]) -> None:
        self.layers: tuple[Layer[Any], ...] = (convolution, *followers)
        self.input_gradient = convolution.input_gradient
        self._convolution = convolution
        self._convolver = convolution.convolver(
            relu=any(isinstance(layer, ReLU) for layer in followers),
            pool=any(isinstance(layer, MaxPooling) for layer in followers),
        )

    @property
    def send_to(self) -> Callable[[int], Array] | None:
        """Where the output goes (see fishlab.core.plan.Sender)."""
        return self._convolver.send_to

    @send_to.setter
    def send_to(self, place: Callable[[int], Array] | None) -> None:
        self._convolver.send_to = place

    def share(self, scratch: Scratch) -> None:
        """Compute in memory that others use too (see fishlab.core.plan.Sharer)."""
        self._convolver.scratch = scratch

    def entrance(self, batch: int) -> Array:
        """Where an input is best written (see fishlab.core.plan.Receiver)."""
        return self._convolver.entrance(batch)

    def forward(self, x: Array, *, training: bool) -> Array:
        """x (C, H, W, N) -> (F, OH, OW, N), pooled where there is a pooling."""
        return self._convolution.run_forward(self._convolver, x, training)

    def backward(self, dout: Array) -> Array:
        """dL/dout -> dL/dx; without need of it dout is given back."""
        dx = self._convolution.run_backward(self._convolver, dout)
        return dout if dx is None else dx


def fuse_convolution(rest: Sequence[Layer[Any]]) -> ConvolutionStage | None:
    """A stage for a convolution and those of ReLU and 2 x 2 max pooling that come right after it, each once at most."""
    first, *others = rest[:3]
    if not isinstance(first, Convolution):
        return None
    followers: list[Layer[Any]] = []
    for layer in others:
        if not _can_follow(layer) or any(type(layer) is type(other) for other in followers):
            break
        followers.append(layer)
    return ConvolutionStage(first, followers)


def _can_follow(layer: Layer[Any]) -> bool:
    if isinstance(layer, MaxPooling):
        return layer.spec.pool_size == layer.spec.stride == (2, 2) and layer.spec.padding == (0, 0)
    return isinstance(layer, ReLU)
