"""Gradients and outputs over time: a pass over the same images for some moments of the run, each made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.network import Network
from fishlab.core.probes.activations import silent
from fishlab.core.probes.gradients import learn, together
from fishlab.core.probes.histogram import magnitude_edges, output_edges, sample
from fishlab.core.probes.history import HistogramHistory, spread
from fishlab.core.probes.outputs import outputs
from fishlab.core.probes.weights import tensors
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import numbered

MOMENTS = 24
IMAGES = 50
EACH = 1_000  # numbers of a layer and moment


@dataclass(frozen=True, eq=False)
class Pass:
    """Of each layer, by uid, a sample of its numbers, and how many of its units were silent where they can be."""

    samples: dict[str, Array]
    silent: dict[str, int]


_made: dict[str, WeakKeyDictionary[Moment, Pass]] = {"gradients": WeakKeyDictionary(), "outputs": WeakKeyDictionary()}
"""Passes that were made: a moment never changes, and they go when it does."""


def passes(sight: Sight, what: str) -> list[HistogramHistory]:
    """The history of each layer's "gradients", in common bins, or "outputs", over at most MOMENTS moments."""
    moments = thinned(sight.line or (sight.moment,))
    found = []
    try:
        for done, moment in enumerate(moments):
            sight.look(done, len(moments))
            if moment not in _made[what]:
                _load(sight.network, moment)
                _made[what][moment] = (_gradients if what == "gradients" else _outputs)(sight)
            found.append(_made[what][moment])
    finally:
        _load(sight.network, sight.moment)
    return _histories(sight, moments, found, log=what == "gradients")


def thinned(moments: Sequence[Moment]) -> list[Moment]:
    """Evenly, at most MOMENTS of them and the last one. As moments are added, those that were taken stay the same."""
    stride = 1
    while len(moments) > MOMENTS * stride:
        stride *= 2
    kept = list(moments[::stride])
    return kept if kept[-1] is moments[-1] else [*kept, moments[-1]]


def _load(network: Network, moment: Moment) -> None:
    for key, parameter in network.parameters.items():
        parameter.value[...] = moment.weights[key]


def _gradients(sight: Sight) -> Pass:
    network = sight.network
    learn(network, *sight.batch(together(network, IMAGES)))
    parts = dict(network.split(network.grads))
    keys = ((layer.uid, key) for _, layer, _, key in tensors(network.spec, "weights") if key in parts)
    return Pass({uid: sample(parts[key], EACH) for uid, key in keys}, {})


def _outputs(sight: Sight) -> Pass:
    network, found = sight.network, Pass({}, {})
    x, _ = sight.batch(together(network, IMAGES))
    for layer, given, out in outputs(network.layers, x):
        if not np.may_share_memory(given, out):
            found.samples[layer.spec.uid] = sample(out, EACH)
            if layer.silent_at is not None:
                quiet = silent(out.reshape(len(out), -1), layer.silent_at)
                found.silent[layer.spec.uid] = int(np.count_nonzero(quiet))
    return found


def _histories(sight: Sight, moments: Sequence[Moment], found: list[Pass], *, log: bool) -> list[HistogramHistory]:
    x, steps = np.array([moment.x for moment in moments]), np.array([moment.step for moment in moments])
    layers = {layer.spec.uid: layer for layer in sight.network.walk()}
    common = magnitude_edges([values for one in found for values in one.samples.values()]) if log else None
    made = []
    for number, spec in numbered(sight.moment.network.layers):
        if all(spec.uid in one.samples for one in found):
            samples = [one.samples[spec.uid] for one in found]
            ends = layers[spec.uid].ends(layers[spec.uid].spec)
            edges = common if common is not None else output_edges(np.concatenate(samples), ends)
            quiet = [one.silent[spec.uid] for one in found if spec.uid in one.silent]
            made.append(
                HistogramHistory(
                    spec.uid, number, layer_title(spec), "", x, steps, spread(samples, edges, apart=True, log=log),
                    layers[spec.uid].out_shape[0], np.array(quiet) if quiet else None,
                )
            )  # fmt: skip
    return made
