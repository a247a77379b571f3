"""Weights and biases of every layer as histograms, now over the start."""

from __future__ import annotations

from collections.abc import Iterator

from fishlab.core.layers.base import Array, LayerSpec, ParameterInfo
from fishlab.core.network import parameter_key, parameter_keys
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.histogram import HistogramRow, histogram, sample, symmetric_edges
from fishlab.core.shapes import infer, layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import NetworkSpec, numbered

ROLES = {"weights": ("weight",), "biases": ("bias", "scale", "shift")}


@PROBES.register("weights", title="Weights and biases")
def weights(sight: Sight, *, what: str = "weights") -> tuple[HistogramRow, ...]:
    """A row for each tensor of "weights", all in the same bins, or of "biases", each in its own.

    Scales and shifts of normalizations are with the biases: a scale is about 1, where a bias is about 0.
    """
    moment = sight.moment
    found = [
        (number, layer, info, sample(moment.weights[key]), sample(moment.start[key]))
        for number, layer, info, key in tensors(moment.network, what)
        if key in moment.weights and key in moment.start
    ]
    common = symmetric_edges([values for row in found for values in row[3:]]) if what == "weights" else None
    return tuple(
        _row(number, layer, info, now, before, common if common is not None else symmetric_edges([now, before]))
        for number, layer, info, now, before in found
    )


def _row(
    number: str, layer: LayerSpec, info: ParameterInfo, now: Array, before: Array, edges: Array
) -> HistogramRow:
    return HistogramRow(
        layer.uid, number, layer_title(layer), info.name, info.size, histogram(now, edges), histogram(before, edges)
    )


def tensors(spec: NetworkSpec, what: str) -> Iterator[tuple[str, LayerSpec, ParameterInfo, str]]:
    """Number, layer, description and key of all "weights" or "biases", from top to bottom."""
    infos = parameter_keys(infer(spec))
    for number, layer in numbered(spec.layers):
        for key, info in infos.items():
            if key == parameter_key(layer.uid, info.name) and info.role in ROLES[what]:
                yield number, layer, info, key
