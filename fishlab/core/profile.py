"""What a network costs: time and memory, stage by stage, forward and backward.

    with timed(network) as costs:
        network.gradient_step(x, labels)
    for cost in costs.found(): ...

A block is one line, and has those of the layers in it as well. While nobody looks nothing is measured: the stages are
wrapped for as long as the `with` lasts. Layers that run as one (see fishlab.core.plan) are one line, for nobody can say
which part of it is whose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from fishlab.core.evaluation import computing
from fishlab.core.held_memory import held_bytes
from fishlab.core.layers.base import Array, Layer, Shape
from fishlab.core.layers.block import Block, Chain
from fishlab.core.losses import LOSSES, Loss
from fishlab.core.network import Network
from fishlab.core.plan import Stage
from fishlab.core.shapes import layer_title

WARM_UP = 3


@dataclass(frozen=True)
class LayerCost:
    """What one stage costs: the layers `first` to `last` of the stack, counted from 1; the loss is the last of all.

    Times are seconds a step (medians), `flops` the additions and multiplications of one step that its products need.
    `parameter_bytes` counts values alone, `held_bytes` all memory that it keeps to work in, its output among it.
    `inside` are the stages in the branches of a block, whose time and memory are in those of the block; what they hold
    is not told apart.
    """

    title: str
    first: int
    last: int
    uids: tuple[str, ...]
    out_shape: Shape
    forward: float
    backward: float
    flops: int
    parameter_bytes: int
    held_bytes: int
    inside: tuple[LayerCost, ...] = ()

    @property
    def seconds(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward

    @property
    def gigaflops(self) -> float:
        """Billions of additions and multiplications a second; 0 where there are none worth counting."""
        return self.flops / self.seconds / 1e9 if self.seconds else 0.0


def total(costs: tuple[LayerCost, ...]) -> LayerCost:
    """All stages and the loss as one."""
    sums = {
        name: sum(getattr(cost, name) for cost in costs)
        for name in ("forward", "backward", "flops", "parameter_bytes", "held_bytes")
    }
    uids = tuple(uid for cost in costs for uid in cost.uids)
    return LayerCost("total", costs[0].first, costs[-1].last, uids, costs[-1].out_shape, **sums)


def _nothing() -> None:
    """Nobody looks."""


def profile(
    network: Network, x: Array, labels: Array, *, steps: int = 20, look: Callable[[], None] = _nothing
) -> tuple[LayerCost, ...]:
    """The cost of so many training steps over one batch: x (*in_shape, N) scaled, labels (N,).

    Nothing is learned: the gradients and the state of the network are as before. `look` is called before each step.
    """
    with _as_it_was(network), computing():
        _run(network, x, labels, WARM_UP, look)
        with timed(network) as costs:
            _run(network, x, labels, steps, look)
        return costs.found()


def step_seconds(
    network: Network, x: Array, labels: Array, *, steps: int = 5, look: Callable[[], None] = _nothing
) -> float:
    """What a whole pass forward and backward takes, in seconds: the median, with no clock in between."""
    with _as_it_was(network), computing():
        return median(_run(network, x, labels, steps, look))


@contextmanager
def _as_it_was(network: Network) -> Iterator[None]:
    kept = network.grads.copy(), network.state.copy()
    try:
        yield
    finally:
        network.grads[...], network.state[...] = kept


def _run(network: Network, x: Array, labels: Array, steps: int, look: Callable[[], None]) -> list[float]:
    """So many steps, and what each of them took."""
    times = []
    for step in range(steps):
        look()
        began = perf_counter()
        network.begin_step(step)
        network.gradient_step(x, labels)
        times.append(perf_counter() - began)
    return times


@contextmanager
def timed(network: Network) -> Iterator[Costs]:
    """Every pass of the network is timed until the end of the `with`."""
    stages, loss = network.stages, network.loss
    costs = Costs(network)
    network.stages, network.loss = costs.stages, costs.loss
    chains = [pair for stage in costs.stages for pair in stage.chains()]
    plain = [chain.stages for chain, _ in chains]
    for chain, inner in chains:
        chain.stages = inner
    try:
        yield costs
    finally:
        network.stages, network.loss = stages, loss
        for (chain, _), inner_stages in zip(chains, plain, strict=True):
            chain.stages = inner_stages


class Costs:
    """What was measured so far, to be asked at any time."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._plain: tuple[Any, ...] = (*network.stages, network.loss)
        self.stages: tuple[_TimedStage, ...] = tuple(map(_TimedStage, network.stages))
        self.loss = _TimedLoss(network.loss)

    def found(self) -> tuple[LayerCost, ...]:
        """One line for each stage, and one for the loss."""
        x = self.stages[0].x
        images = 0 if x is None else x.shape[-1]
        held = held_bytes(self._plain, (*self._network.memory, x))
        costs, first = [], 1
        for stage, bytes_held in zip(self.stages, held, strict=False):
            costs.append(_stage_cost(stage, first, images, bytes_held))
            first += len(stage.layers)
        spec = self._network.spec.loss
        uids, shape = (spec.kind,), costs[-1].out_shape
        times = _typical(self.loss.forwards), _typical(self.loss.backwards)
        return (*costs, LayerCost(LOSSES[spec.kind].title, first, first, uids, shape, *times, 0, 0, held[-1]))


class _TimedStage:
    """A stage with a clock."""

    def __init__(self, stage: Stage) -> None:
        self.layers, self.input_gradient = stage.layers, stage.input_gradient
        self._stage = stage
        self.x: Array | None = None
        self.forwards: list[float] = []
        self.backwards: list[float] = []
        blocks = (layer for layer in stage.layers if isinstance(layer, Block))
        self.branches = tuple(
            (chain, tuple(map(_TimedStage, chain.stages))) for block in blocks for chain in block.chains
        )

    def chains(self) -> Iterator[tuple[Chain, tuple[_TimedStage, ...]]]:
        """Every chain in its blocks, however deep, and the timed stages that stand in for its own."""
        for chain, stages in self.branches:
            yield chain, stages
            for stage in stages:
                yield from stage.chains()

    def forward(self, x: Array, *, training: bool) -> Array:
        began = perf_counter()
        out = self._stage.forward(x, training=training)
        self.forwards.append(perf_counter() - began)
        self.x = x
        return out

    def backward(self, dout: Array) -> Array:
        began = perf_counter()
        dx = self._stage.backward(dout)
        self.backwards.append(perf_counter() - began)
        return dx


class _TimedLoss(Loss):
    """A loss with a clock."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.spec)
        self._loss = loss
        self.forwards: list[float] = []
        self.backwards: list[float] = []

    def outputs(self, scores: Array) -> Array:
        return self._loss.outputs(scores)

    def correct(self, scores: Array, labels: Array) -> int:
        return self._loss.correct(scores, labels)

    def forward(self, scores: Array, labels: Array, total: int = 0) -> float:
        began = perf_counter()
        loss = self._loss.forward(scores, labels, total)
        self.forwards.append(perf_counter() - began)
        return loss

    def backward(self) -> Array:
        began = perf_counter()
        dscores = self._loss.backward()
        self.backwards.append(perf_counter() - began)
        return dscores


def _typical(times: list[float]) -> float:
    return median(times) if times else 0.0


def _stage_cost(stage: _TimedStage, first: int, images: int, held_bytes: int) -> LayerCost:
    layers = stage.layers
    return LayerCost(
        title=" + ".join(layer_title(layer.spec) for layer in layers),
        first=first,
        last=first + len(layers) - 1,
        uids=tuple(layer.spec.uid for layer in layers),
        out_shape=layers[-1].out_shape,
        forward=_typical(stage.forwards),
        backward=_typical(stage.backwards),
        flops=images * sum(_flops(layer, backward=bool(stage.backwards)) for layer in layers),
        parameter_bytes=sum(parameter.value.nbytes for layer in layers for parameter in layer.params.values()),
        held_bytes=held_bytes,
        inside=tuple(_costs_inside(stage, images)),
    )


def _costs_inside(stage: _TimedStage, images: int) -> Iterator[LayerCost]:
    for _, stages in stage.branches:
        first = 1
        for inner in stages:
            yield _stage_cost(inner, first, images, 0)
            first += len(inner.layers)


def _flops(layer: Layer[Any], *, backward: bool) -> int:
    """For one image: two for each multiply-add, in the product forward, that for dW, and that for dx if needed."""
    factors = type(layer).mult_adds(layer.spec, layer.in_shape)
    products = 1 + backward * (1 + layer.input_gradient)
    own = 2 * products * math.prod(factors) if factors else 0
    return own + sum(_flops(inner, backward=backward) for branch in layer.branches for inner in branch)
