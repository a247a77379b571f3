"""The filters of any layer that has some: a convolution's windows, an Affine's weights as images of its input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.layers.base import Array, ParameterInfo, Shape
from fishlab.core.network import parameter_key
from fishlab.core.probes.base import PROBES
from fishlab.core.shapes import LayerReport, NetworkReport, infer
from fishlab.core.sight import Sight

MOST_NUMBERS = 2_000_000  # in one bank: more filters than that are not looked at


@dataclass(frozen=True, eq=False)
class FilterBank:
    """The filters of a layer, (F, C, FH, FW), float32, before and now; `total` is how many there are, where it is more.

    The first of very many are here.
    """

    uid: str
    number: str
    title: str
    before: NDArray[np.float32]
    now: NDArray[np.float32]
    total: int = 0

    @property
    def count(self) -> int:
        """How many filters the layer has."""
        return self.total or len(self.now)


def filterable(report: NetworkReport) -> dict[str, Shape]:
    """The layers whose weights can be shown as filters, by uid, and the shape (C, FH, FW) of one filter."""
    stacks = _stacks(report.layers)
    found = ((entry.uid, _filter_shape(stack, place)) for stack in stacks for place, entry in enumerate(stack))
    return {uid: shape for uid, shape in found if shape}


def _stacks(stack: Sequence[LayerReport]) -> Iterator[Sequence[LayerReport]]:
    yield stack
    for entry in stack:
        for branch in entry.branches:
            yield from _stacks(branch)


def _weight(entry: LayerReport) -> ParameterInfo | None:
    """The weight of a layer itself, not of one inside it."""
    own = (info for info in entry.parameters if info.role == "weight" and not info.owner)
    return next(own, None)


def _filter_shape(stack: Sequence[LayerReport], place: int) -> Shape:
    """(C, FH, FW) of one filter of a layer; () where its weights are no images."""
    weight = _weight(stack[place])
    if weight is None:
        return ()
    shape = tuple(size for axis, size in enumerate(weight.shape) if axis != weight.out_axis)
    return shape if len(shape) == 3 else _image_before(stack[:place], math.prod(shape))


def _image_before(stack: Sequence[LayerReport], size: int) -> Shape:
    """The image that became a row of `size` numbers: back over layers that mix nothing and keep the count."""
    for entry in reversed(stack):
        mixes = entry.mult_adds or any(info.role == "weight" for info in entry.parameters)
        if mixes or math.prod(entry.in_shape or ()) != size:
            return ()
        if len(entry.in_shape or ()) == 3:
            return entry.in_shape or ()
    return ()


@PROBES.register("filters", title="Filters")
def filter_bank(sight: Sight, *, layer: str = "") -> FilterBank | None:
    """The filters of `layer`, before the first step and now; without one named, of the first layer that has weights.

    Filters come first whatever the layer's own order is, so that those of a transposed convolution are (F, C, FH, FW)
    too. An Affine behind an image that was flattened is one image for each unit. None where there are no such filters.
    """
    moment = sight.moment
    report = infer(moment.network)
    shapes = filterable(report)
    uid = layer or _first_with_weights(report)
    entry = report.find(uid)
    weight = _weight(entry) if entry else None
    key = parameter_key(uid, weight.name) if weight else ""
    if entry is None or weight is None or uid not in shapes or key not in moment.weights or key not in moment.start:
        return None
    before, now = (_filters(table[key], weight, shapes[uid]) for table in (moment.start, moment.weights))
    return FilterBank(uid, entry.number, entry.title, before, now, weight.shape[weight.out_axis])


def _first_with_weights(report: NetworkReport) -> str:
    return next((entry.uid for entry in report.walk() if _weight(entry)), "")


def _filters(weights: Array, info: ParameterInfo, shape: Shape) -> NDArray[np.float32]:
    first = np.moveaxis(weights, info.out_axis, 0)
    kept = first[: max(1, MOST_NUMBERS // math.prod(shape))]
    return np.array(kept, dtype=np.float32, order="C").reshape(-1, *shape)
