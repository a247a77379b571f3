"""What comes out of every layer for a batch of images: histograms, silent units, saturated units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.layers.base import Array, Layer
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.histogram import SAMPLE, HistogramRow, histogram, output_edges, sample
from fishlab.core.probes.outputs import outputs
from fishlab.core.shapes import layer_title
from fishlab.core.sight import Sight
from fishlab.core.spec import numbered

NEAR = 0.05  # of the way between the ends of a sigmoid: its slope there is a fifth of the steepest and less

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Units:
    """The units of a layer over a batch: the neurons of a row, or the `channels` of images.

    `silent` are the positions of those that passed nothing on, for no image and at no place; None for a layer whose
    units cannot fall silent. `saturated` are those that were near an end of the activation function throughout, and
    `near` the share of single outputs that are; None for one without ends.
    """

    count: int
    channels: bool
    silent: tuple[int, ...] | None
    saturated: tuple[int, ...] | None
    near: float


@dataclass(frozen=True, eq=False)
class Outputs:
    """`histogram` of what comes out of a layer, zeros apart, and what its `units` did."""

    histogram: HistogramRow
    units: Units


@dataclass(frozen=True, eq=False)
class Activations:
    """All layers from top to bottom for a batch of `images`, without those that only pass on what they get."""

    rows: tuple[Outputs, ...]
    images: int


@PROBES.register("activations", title="Activations")
def activations(sight: Sight, *, count: int = 100, split: str = "train") -> Activations:
    """What comes out of each layer for the first `count` images, as the network answers: without dropout.

    Each is in its own bins. Where the outputs are large the images go through in parts.
    """
    network = sight.network
    total = min(count, len(sight.images(split)))
    tallies: dict[str, Tally] = {}
    for begin in range(0, total, network.at_once):
        sight.look(begin, total)
        x, labels = sight.batch(min(network.at_once, total - begin), split=split, begin=begin)
        for layer, given, out in outputs(network.layers, x):
            if not np.may_share_memory(given, out):
                tally = tallies.setdefault(layer.spec.uid, Tally(layer))
                tally.add(out, SAMPLE * len(labels) // total)
    rows = (
        tallies[layer.uid].outputs(number, layer_title(layer))
        for number, layer in numbered(network.spec.layers)
        if layer.uid in tallies
    )
    return Activations(tuple(rows), total)


class Tally:
    """What is kept of the outputs of one layer, part by part."""

    def __init__(self, layer: Layer[Any]) -> None:
        self._layer = layer
        self._ends: tuple[float, float] | None = layer.ends(layer.spec)
        self._samples: list[Array] = []
        self._silent: Flags | None = None
        self._saturated: Flags | None = None
        self._near = 0
        self._size = 0

    def add(self, out: Array, most: int = SAMPLE) -> None:
        """Outputs (*out_shape, n) of some images, of which about `most` numbers go into the histogram."""
        rows = out.reshape(len(out), -1)
        self._samples.append(sample(out, max(1, most)))
        self._size += out.size
        if self._layer.silent_at is not None:
            self._silent = _both(self._silent, silent(rows, self._layer.silent_at))
        if self._ends is not None:
            near = near_ends(rows, self._ends)
            throughout: Flags = np.all(near, axis=1)
            self._near += int(np.count_nonzero(near))
            self._saturated = _both(self._saturated, throughout)

    def outputs(self, number: str, title: str) -> Outputs:
        """All of it."""
        spec, shape = self._layer.spec, self._layer.out_shape
        values = np.concatenate(self._samples)
        found = histogram(values, output_edges(values, self._ends), apart=True)
        near = self._near / max(1, self._size)
        units = Units(shape[0], len(shape) > 1, _places(self._silent), _places(self._saturated), near)
        return Outputs(HistogramRow(spec.uid, number, title, "", self._size, found), units)


def silent(rows: Array, value: float) -> Flags:
    """Which of the units (units, n) gave this value and no other."""
    quiet: Flags = (rows.min(axis=1) == value) & (rows.max(axis=1) == value)
    return quiet


def near_ends(values: Array, ends: tuple[float, float]) -> Flags:
    """Which values are within NEAR of an end, as a share of the way between the two, or from the only one to zero."""
    low, high = ends
    span = high - low if math.isfinite(high - low) else max(abs(end) for end in ends if math.isfinite(end))
    near: Flags = (values <= low + NEAR * span) | (values >= high - NEAR * span)
    return near


def _both(before: Flags | None, now: Flags) -> Flags:
    return now if before is None else before & now


def _places(flags: Flags | None) -> tuple[int, ...] | None:
    return None if flags is None else tuple(np.flatnonzero(flags).tolist())
