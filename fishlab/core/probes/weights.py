"""The weights of a network: histograms of every layer, now and at the start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.layers.base import Array
from fishlab.core.network import parameter_key
from fishlab.core.probes.base import PROBES
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import NetworkSpec, numbered

BINS = 80
SAMPLE = 10_000


@dataclass(frozen=True)
class LayerHistogram:
    """The weights of one layer. `edges` (BINS + 1,); `now` and `before` are shares of the weights in each bin."""

    uid: str
    number: str
    title: str
    edges: NDArray[np.float64]
    now: NDArray[np.float64]
    before: NDArray[np.float64]
    std_now: float
    std_before: float


@PROBES.register("weights", title="Weights")
def weights(sight: Sight) -> tuple[LayerHistogram, ...]:
    """A histogram for each layer that has weights W."""
    moment = sight.moment
    return weight_histograms(moment.network, moment.weights, moment.start)


def weight_histograms(
    spec: NetworkSpec, now: Mapping[str, Array], before: Mapping[str, Array]
) -> tuple[LayerHistogram, ...]:
    """A histogram for each layer that has weights W, all on one symmetric axis per call."""
    found = []
    for number, layer in numbered(spec.layers):
        key = parameter_key(layer.uid, "W")
        if key in now and key in before:
            found.append((layer.uid, number, layer_title(layer), _sample(now[key]), _sample(before[key])))
    limit = _limit([values for row in found for values in row[3:]])
    edges = np.linspace(-limit, limit, BINS + 1)
    return tuple(
        LayerHistogram(
            uid, number, title, edges, _shares(late, limit), _shares(early, limit),
            float(np.std(late, dtype=np.float64)), float(np.std(early, dtype=np.float64)),
        )
        for uid, number, title, late, early in found
    )  # fmt: skip


def _sample(values: Array) -> Array:
    """All of a small tensor, an even sample of a large one: what is shown stays cheap."""
    flat = values.reshape(-1)
    return flat[:: max(1, flat.size // SAMPLE)]


def _limit(samples: list[Array]) -> float:
    """Half the width of the common axis: the largest 99.8 % quantile, rounded up to two figures."""
    if not samples:
        return 1.0
    largest = max(float(np.quantile(np.abs(values), 0.998)) for values in samples)
    if not largest > 0 or not math.isfinite(largest):
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(largest)) - 1)
    return math.ceil(largest / unit) * unit


def _shares(values: Array, limit: float) -> NDArray[np.float64]:
    bins = ((values + limit) * (BINS / (2 * limit))).astype(np.intp).clip(0, BINS - 1)
    return np.bincount(bins, minlength=BINS) / max(1, values.size)
