"""What a step was made of, as plain data: every tensor of one image of the batch, and what the whole batch taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fishlab.core.layers.base import Array, LayerSpec, Shape
from fishlab.core.losses import LossSpec


@dataclass(frozen=True, eq=False)
class ParameterTrace:
    """A learned tensor in its public shape, and its role (see fishlab.core.layers.base.ParameterInfo).

    `grad` is dL/d(value) over the whole batch, as the training gets it: None for what is frozen and for state. Both are
    None where there was no room to keep them.
    """

    name: str
    role: str
    shape: Shape
    value: Array | None
    grad: Array | None


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer and one image: x, out, and dL/dout, dL/dx, as (C, H, W) or (F,); each is a row of the batch's tensor.

    The gradients are of the loss of the whole batch. They are None where training does not compute them: nothing
    before the first layer that learns needs a dx. `fused` names the layers that run as one with this one, by uid: what
    lies between them was computed again layer by layer. `apart` says how far the "out", "dx", "dW" and "db" of those
    came from what the layers find as one, 0.0 where they are the same bits; all gradients here are those found as one.
    """

    uid: str
    number: str
    title: str
    spec: LayerSpec
    x: Array
    out: Array
    dout: Array | None
    dx: Array | None
    parameters: tuple[ParameterTrace, ...] = ()
    fused: tuple[str, ...] = ()
    apart: Mapping[str, float] = field(default_factory=dict)

    def parameter(self, name: str) -> ParameterTrace | None:
        """One of its parameters."""
        return next((one for one in self.parameters if one.name == name), None)


@dataclass(frozen=True, eq=False)
class LossTrace:
    """The end of the way forward and the beginning of the way back, of one image.

    `scores` (K,), `outputs` (K,), for softmax the probabilities, and `dscores` (K,), the gradient of the batch's loss.
    `own` is the image's own loss, `mean` that of the whole batch, of which `correct` images were right.
    """

    title: str
    spec: LossSpec
    scores: Array
    outputs: Array
    dscores: Array
    label: int
    own: float
    mean: float
    correct: int


@dataclass(frozen=True, eq=False)
class Trace:
    """Step number `step`, counted from 1, of a run that computes in `precision` with so many `workers`.

    The batch has `count` images, and `image`, from 0, is the one whose tensors are here: it stands at place `index`
    of the training images and is called `number` (see ImageSet). `alone`: it went through by itself, a batch of one.
    """

    step: int
    count: int
    image: int
    index: int
    number: int
    alone: bool
    precision: str
    workers: int
    layers: tuple[LayerTrace, ...]
    loss: LossTrace

    def layer(self, uid: str) -> LayerTrace | None:
        """The trace of one layer."""
        return next((layer for layer in self.layers if layer.uid == uid), None)

    @property
    def grads(self) -> dict[str, Array]:
        """All gradients that were kept, by parameter key."""
        return {
            f"{layer.uid}/{one.name}": one.grad
            for layer in self.layers
            for one in layer.parameters
            if one.grad is not None
        }
