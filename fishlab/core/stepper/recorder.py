"""Listens to the layers of a network while it learns from a batch, and keeps what goes through for one image.

Layers that run as one (see fishlab.core.plan) show only what goes in at one end and comes out at the other. Where such
a stage calls its layers, they are heard; where it computes all at once, `plain` layers compute the same again one by
one, from the stage's own x and dout, and what they come to is held against what the stage came to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fishlab.core.layers.base import Array, Layer
from fishlab.core.layers.block import Block
from fishlab.core.network import Network
from fishlab.core.plan import Stage
from fishlab.core.stages.convolution import ConvolutionStage

AT_ONCE = (ConvolutionStage,)
"""Stages that call none of their layers."""


@dataclass(eq=False)
class Heard:
    """What went through a layer or a stage, of one image; `apart` is how far plain layers came from what it found."""

    x: Array | None = None
    out: Array | None = None
    dout: Array | None = None
    dx: Array | None = None
    apart: dict[str, float] = field(default_factory=dict)


class Recorder:
    """Listens to `network` for image number `image` of what goes in. Its methods are replaced: it is thrown away."""

    def __init__(self, network: Network, plain: Network, image: int) -> None:
        self._image = image
        self._plain = dict(zip(network.walk(), plain.walk(), strict=True))
        self._heard: dict[Any, Heard] = {}
        self._stages = list(_all_stages(network.stages, network.walk()))
        for layer in network.walk():
            self._listen(layer, layer.forward, layer.backward)
        for stage in self._stages:
            if stage not in stage.layers:
                self._listen(stage, stage.forward, stage.backward)
            if isinstance(stage, AT_ONCE):
                self._compare(stage)

    # -- while it runs ---------------------------------------------------------------------------------------------
    def _listen(self, one: Any, forward: Callable[..., Array], backward: Callable[..., Array]) -> Heard:
        """From now on what goes through `one` is kept; it computes as `forward` and `backward` do."""
        heard = self._heard[one] = Heard()

        def heard_forward(x: Array, *, training: bool) -> Array:
            heard.x = self._of_image(x)
            out = forward(x, training=training)
            heard.out = self._of_image(out)
            return out

        def heard_backward(dout: Array) -> Array:
            heard.dout = self._of_image(dout)
            dx = backward(dout)
            heard.dx = self._of_image(dx) if one.input_gradient else None
            return dx

        one.forward, one.backward = heard_forward, heard_backward
        return heard

    def _of_image(self, tensor: Array) -> Array:
        """What belongs to the image, copied."""
        return np.array(tensor[..., self._image], order="C")

    def _compare(self, stage: Stage) -> None:
        """Let plain layers do the same as a stage, one by one, and listen to them."""
        plain, heard = [self._plain[layer] for layer in stage.layers], self._heard[stage]
        together, back_together = stage.forward, stage.backward
        for layer, other in zip(stage.layers, plain, strict=True):
            self._heard[layer] = self._listen(other, other.forward, other.backward)

        def forward(x: Array, *, training: bool) -> Array:
            out, again = together(x, training=training), x
            for layer in plain:
                again = layer.forward(again, training=training)
            heard.apart["out"] = apart(out, again)
            return out

        def backward(dout: Array) -> Array:
            again = dout
            for layer in reversed(plain):  # first: what they read may lie where the stage writes
                again = layer.backward(again)
            dx = back_together(dout)
            if stage.input_gradient:
                heard.apart["dx"] = apart(dx, again)
            for layer, other in zip(stage.layers, plain, strict=True):
                pairs = ((name, layer.params[name].grad, other.params[name].grad) for name in layer.params)
                heard.apart.update({f"d{name}": apart(one, same) for name, one, same in pairs})
            return dx

        one: Any = stage
        one.forward, one.backward = forward, backward

    # -- afterwards --------------------------------------------------------------------------------------------------
    def results(self) -> dict[Layer[Any], Heard]:
        """What went through every layer, complete once the network has learned."""
        for stage in reversed(self._stages):  # what is inside a block before the block
            self._complete(stage)
        return {layer: self._heard[layer] for stage in self._stages for layer in stage.layers}

    @property
    def again(self) -> dict[Layer[Any], tuple[tuple[str, ...], dict[str, float]]]:
        """The layers that were computed again one by one: with which others, and how far apart it all came out."""
        stages = [stage for stage in self._stages if isinstance(stage, AT_ONCE) and len(stage.layers) > 1]
        uids = {stage: tuple(layer.spec.uid for layer in stage.layers) for stage in stages}
        return {layer: (uids[stage], self._heard[stage].apart) for stage in stages for layer in stage.layers}

    def _complete(self, stage: Stage) -> None:
        """Put together what was heard of a stage's layers; at its ends the stage's own numbers stand."""
        whole, parts = self._heard[stage], [self._heard[layer] for layer in stage.layers]
        x = whole.x
        for layer, part in zip(stage.layers, parts, strict=True):
            part.x = x
            if part.out is None and isinstance(layer, Block):
                part.out = self._joined(layer, part)
            if part is parts[-1]:
                part.out = whole.out
            x = part.out
        for part, before in zip(reversed(parts), [*reversed(parts[:-1]), None], strict=True):
            part.dout = whole.dout if part is parts[-1] else part.dout
            part.dx = whole.dx if before is None else before.dout

    def _joined(self, block: Block[Any], heard: Heard) -> Array:
        """What comes out of a block's branches, put together for the one image."""
        ends = [self._heard[branch[-1]].out if branch else heard.x for branch in block.branches]
        return np.array(block.join([end[..., None] for end in ends if end is not None])[..., 0])


def _all_stages(stages: Iterable[Stage], layers: Iterable[Layer[Any]]) -> Iterator[Stage]:
    """The network's stages, and those of all chains in blocks, a block's before those in it."""
    yield from stages
    for layer in layers:
        for chain in layer.chains if isinstance(layer, Block) else ():
            yield from chain.stages


def apart(one: Array, other: Array) -> float:
    """The largest difference between two tensors; 0.0 for the same bits."""
    if np.array_equal(one, other):
        return 0.0
    return float(np.max(np.abs(np.subtract(one, other, dtype=np.float64))))
