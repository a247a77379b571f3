"""The gradients of every layer's weights on one batch, which is always the same, as histograms of their magnitudes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.histogram import HistogramRow, histogram, magnitude_edges, sample
from fishlab.core.probes.weights import tensors
from fishlab.core.shapes import infer, layer_title
from fishlab.core.sight import Sight

VANISHING, EXPLODING = 1e-3, 1e3
"""Norms of a layer's gradient, with the error at the scores as 1, beyond which it learns next to nothing or breaks.

Stacks that learn, of 2 to 30 layers with He or Xavier, lie between 0.01 and 50 at the start; ten sigmoids at 0.00003,
twenty plain ReLU layers of 0.01 at 10⁻²¹, ten with a deviation of 1 at 10⁹.
"""

MOST_WORK = 3_000_000_000  # multiply-adds of one pass, which cannot be broken off: a second at most


@dataclass(frozen=True, eq=False)
class Gradients:
    """`rows` from top to bottom, in common bins of log10 of the magnitude, for a batch of `images` with this `loss`.

    `error` is what goes in at the back: the mean norm of the gradient of one image's loss by its scores.
    """

    rows: tuple[HistogramRow, ...]
    images: int
    loss: float
    error: float

    def vanishing(self) -> tuple[HistogramRow, ...]:
        """The layers where next to nothing of the error arrives."""
        return tuple(row for row in self.rows if self.error > 0 and row.norm < VANISHING * self.error)

    def exploding(self) -> tuple[HistogramRow, ...]:
        """The layers where it has grown out of all bounds, or is no number any more."""
        return tuple(row for row in self.rows if not row.norm <= EXPLODING * max(self.error, VANISHING))


@PROBES.register("gradients", title="Gradients")
def gradients(sight: Sight, *, count: int = 100) -> Gradients:
    """dL/dW of each layer for the first `count` training images; fewer where the network is very large.

    The pass is one of training: batch normalization uses the batch's statistics, and dropout drops the same units each
    time. Frozen layers have no gradient. `norm` of a row is that of all its numbers.
    """
    network = sight.network
    x, labels = sight.batch(together(network, count))
    loss, error = learn(network, x, labels)
    parts = dict(network.split(network.grads))
    found = [
        (number, layer, info, parts[key])
        for number, layer, info, key in tensors(network.spec, "weights")
        if key in parts
    ]
    samples = [sample(grad) for *_, grad in found]
    edges = magnitude_edges(samples)
    rows = tuple(
        HistogramRow(
            layer.uid, number, layer_title(layer), info.name, info.size, histogram(values, edges, log=True),
            norm=norm(grad),
        )
        for (number, layer, info, grad), values in zip(found, samples, strict=True)
    )  # fmt: skip
    return Gradients(rows, len(labels), loss, error)


def together(network: Network, count: int) -> int:
    """How many of `count` images go forward and back in one pass: fewer where they are large, or dear."""
    each = 3 * max(1, infer(network.spec).mult_adds)
    return max(1, min(count, network.at_once, MOST_WORK // each))


def learn(network: Network, x: Array, labels: Array) -> tuple[float, float]:
    """Loss and error, with the gradients in the network; what normalizations keep is as before."""
    kept = network.state.copy()
    network.begin_step(0)
    loss = network.loss.forward(network.forward(x, training=True), labels)
    by_image = network.loss.backward().astype(np.float64)
    network.backward()
    network.state[...] = kept
    return loss, float(np.linalg.norm(by_image, axis=0).sum())


def norm(values: Array) -> float:
    """The square root of the sum of squares; infinite or no number only where one of the values is."""
    flat = values.ravel(order="K")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squared = float(np.dot(flat, flat)) if flat.dtype != np.float16 else 0.0
    if math.isfinite(squared) and squared > np.finfo(np.float32).tiny:
        return math.sqrt(squared)
    wide = flat.astype(np.float64)
    largest = float(np.abs(wide).max(initial=0.0))
    return largest * float(np.linalg.norm(wide / largest)) if 0 < largest < math.inf else largest

