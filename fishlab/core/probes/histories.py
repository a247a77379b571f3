"""Weights and biases over time: how those of a layer lay at each moment of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.histogram import Floats, sample, symmetric_edges
from fishlab.core.probes.weights import tensors
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight

EACH = 2_000  # numbers of a tensor and moment
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class HistogramHistory:
    """One tensor at T moments, the start first: `x` (T,) in epochs, `steps` (T,), `shares` (T, BINS) between `edges`.

    `quantiles` (T, 3) are where 5, 50 and 95 % of the numbers lie, `std` (T,) their standard deviations, `unfit` (T,)
    the shares of those that are not finite.
    """

    uid: str
    number: str
    title: str
    name: str
    size: int
    x: Floats
    steps: Array
    edges: Floats
    shares: Floats
    quantiles: Floats
    std: Floats
    unfit: Floats


@PROBES.register("histories", title="Histories")
def histories(sight: Sight, *, what: str = "weights", layer: str = "") -> tuple[HistogramHistory, ...]:
    """The history of each tensor of "weights" or "biases", or of those of one layer, over the time line.

    Each is in bins of its own, which hold nearly all of its numbers at every moment.
    """
    found = [
        (number, spec, info, key)
        for number, spec, info, key in tensors(sight.moment.network, what)
        if layer in ("", spec.uid)
    ]
    line, made = column(sight), []
    for done, (number, spec, info, key) in enumerate(found):
        sight.look(done, len(found))
        places = [place for place in line if key in place[2]]
        if places:
            x, steps, weights = zip(*places, strict=True)
            samples = [sample(table[key], EACH) for table in weights]
            words = (spec.uid, number, layer_title(spec), info.name, info.size)
            made.append(HistogramHistory(*words, np.array(x), np.array(steps), *spread(samples)))
    return tuple(made)


Place = tuple[float, int, "dict[str, Array]"]


def column(sight: Sight) -> list[Place]:
    """Epoch, step and weights of the start and of every moment of the run; without a line of the one looked at."""
    moments: Sequence[Moment] = sight.line or (sight.moment,)
    places = [(moment.x, moment.step, dict(moment.weights)) for moment in moments]
    if moments[0].step > 0:
        places.insert(0, (0.0, 0, dict(moments[0].start)))
    return places


def spread(samples: Sequence[Array]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Of T samples (n,): edges (BINS + 1,), shares (T, BINS), quantiles (T, 3), deviations (T,), shares unfit (T,).

    Sorted, a sample gives both where its quantiles lie and how many numbers lie below each edge.
    """
    ordered = np.array(samples, np.float64)
    ordered[np.isinf(ordered)] = np.nan
    ordered.sort(axis=1)  # those that are no numbers come last
    finite = np.count_nonzero(~np.isnan(ordered), axis=1)
    lines = [line[:count] for line, count in zip(ordered, finite, strict=True)]
    edges = symmetric_edges(lines)
    inner = [np.searchsorted(line, edges[1:-1]) for line in lines]
    below = np.column_stack([np.zeros_like(finite), np.array(inner), finite])
    shares = np.diff(below) / max(1, ordered.shape[1])
    quantiles = np.array([line[_places(len(line))] if len(line) else _NOTHING for line in lines])
    with np.errstate(over="ignore"):
        std = np.array([line.std() if len(line) else np.nan for line in lines])
    return edges, shares, quantiles, std, 1 - finite / max(1, ordered.shape[1])


_NOTHING = np.full(len(QUANTILES), np.nan)


def _places(count: int) -> list[int]:
    return [round(share * (count - 1)) for share in QUANTILES]
