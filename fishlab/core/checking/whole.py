"""The whole network as it runs when it learns: its loss against the gradients that its weights get."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fishlab.core.checking.alone import size
from fishlab.core.checking.slopes import Movable
from fishlab.core.layers.base import Array, Layer
from fishlab.core.network import Network, parameter_key

ROUNDED = 8 * float(np.finfo(np.float64).eps)  # of the scores: how far off a loss may be after many layers


class Whole:
    """One batch, x (*in_shape, N) and labels (N,). What came into each stage is kept: a weight moves only what follows.

    Dropout has the same mask in every pass, since each begins the same step.
    """

    def __init__(self, network: Network, x: Array, labels: Array) -> None:
        self._network, self._labels = network, labels
        self._inputs: list[Array] = []
        network.begin_step(0)
        for stage in network.stages:
            self._inputs.append(x.copy())
            x = stage.forward(x, training=True)
        self._scores = x.copy()
        self._loss = network.loss.forward(x, labels)
        largest = max(abs(self._loss), float(np.abs(x).max(initial=0.0)))
        self._noise = ROUNDED * largest if math.isfinite(largest) else 0.0
        self._stage_of = {
            layer.spec.uid: index
            for index, stage in enumerate(network.stages)
            for top in stage.layers
            for layer in inside(top)
        }

    def movable(self, uid: str, name: str) -> Movable:
        """A parameter, and the loss over it."""
        key = parameter_key(uid, name)

        def gradient() -> Array:
            self._network.begin_step(0)
            self._network.gradient_step(self._inputs[0], self._labels)
            return self._network.parameters[key].grad

        values, stage = self._network.parameters[key].value, self._stage_of[uid]
        return Movable(values, lambda: self._loss_from(stage), gradient, self._unit(uid), noise=self._noise)

    def _unit(self, uid: str) -> float:
        """The size of the layer's numbers: a step of 1 would be none for large ones, and too far for small ones."""
        values = (self._network.parameters[key].value for key in self._network.parameters if key.startswith(f"{uid}/"))
        return max((size(array) for array in values if array.any()), default=1.0)

    def _loss_from(self, index: int) -> float:
        """How far the loss lies above what it was, from one stage on."""
        self._network.begin_step(0)
        x = self._inputs[index]
        for stage in self._network.stages[index:]:
            x = stage.forward(x, training=True)
        return self._network.loss.forward(x, self._labels) - self._loss

    def over_scores(self) -> Movable:
        """The loss by itself: what the scores get."""
        scores, loss = self._scores, self._network.loss

        def gradient() -> Array:
            loss.forward(scores, self._labels)
            return loss.backward()

        return Movable(scores, lambda: loss.forward(scores, self._labels) - self._loss, gradient, noise=self._noise)


def inside(layer: Layer[Any]) -> list[Layer[Any]]:
    """A layer and all that it holds."""
    return [layer, *(inner for branch in layer.branches for held in branch for inner in inside(held))]
