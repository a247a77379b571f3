"""Weights, biases, gradients and outputs of layers over time: how they lay at the moments of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.histogram import sample, symmetric_edges
from fishlab.core.probes.history import HistogramHistory, spread
from fishlab.core.probes.passes import passes
from fishlab.core.probes.weights import ROLES, tensors
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight

EACH = 2_000  # numbers of a tensor and moment


class Place(NamedTuple):
    """Epoch and step of a moment, and its weights."""

    x: float
    step: int
    weights: Mapping[str, Array]


@PROBES.register("histories", title="Histories")
def histories(sight: Sight, *, what: str = "weights", layer: str = "") -> tuple[HistogramHistory, ...]:
    """The history of each tensor of "weights" or "biases", or of each layer's "gradients" or "outputs".

    With `layer` only that layer's. Each is in bins of its own, which hold nearly all of its numbers at every moment.
    """
    found = _tensors(sight, what) if what in ROLES else passes(sight, what)
    return tuple(history for history in found if layer in ("", history.uid))


def _tensors(sight: Sight, what: str) -> list[HistogramHistory]:
    found, line, made = list(tensors(sight.moment.network, what)), column(sight), []
    for done, (number, spec, info, key) in enumerate(found):
        sight.look(done, len(found))
        places = [place for place in line if key in place.weights]
        if places:
            samples = [sample(place.weights[key], EACH) for place in places]
            x, steps = np.array([place.x for place in places]), np.array([place.step for place in places])
            over_time = spread(samples, symmetric_edges(samples[:: -(-len(samples) // 24)] + samples[-1:]))
            made.append(HistogramHistory(spec.uid, number, layer_title(spec), info.name, x, steps, over_time))
    return made


def column(sight: Sight) -> list[Place]:
    """The start and every moment of the run; without a line the one that is looked at."""
    moments: Sequence[Moment] = sight.line or (sight.moment,)
    places = [Place(moment.x, moment.step, moment.weights) for moment in moments]
    return [Place(0.0, 0, moments[0].start), *places] if moments[0].step > 0 else places
