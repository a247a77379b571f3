"""What one number is made of: which others, in which tensors, and the sum that gives it.

The tensors of a layer are called x, out, dout, dx, a parameter by its name, and its gradient dW, db and so on. A place
is an index into one of them, without the batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fishlab.core.layers import LAYERS, Shape
from fishlab.core.layers.affine import Affine
from fishlab.core.layers.base import Array, one_place
from fishlab.core.layers.convolution import Convolution, ConvolutionSpec
from fishlab.core.layers.pooling import AveragePooling, MaxPooling
from fishlab.core.stepper.trace import LayerTrace

Ranges = tuple[range, ...]
Floats = NDArray[np.float64]
PRODUCTS, LARGEST, MEAN, ONE, NONE = "products", "largest", "mean", "one", ""


@dataclass(frozen=True, eq=False)
class Link:
    """The number at a place: `value`, and `how` it comes of `terms`.

    "products": the sum of the products of the pairs in `terms` (n, 2), and of `plus` where there is one; "largest" and
    "mean" of `terms` (n,); "one": from the single number in `terms`. Otherwise only `marks` say where it comes from:
    for each tensor the part of it that is read. With `part` the sum is what this image adds to the gradient of the
    whole batch, which `value` is.
    """

    value: float
    marks: Mapping[str, Ranges] = field(default_factory=dict)
    how: str = NONE
    terms: Floats = field(default_factory=lambda: np.empty(0))
    plus: float | None = None
    part: bool = False

    @property
    def sum(self) -> float:
        """What the terms come to, computed in float64."""
        if self.how == PRODUCTS:
            return float(self.terms.prod(axis=1).sum()) + (self.plus or 0.0)
        return float(self.terms.max()) if self.how == LARGEST else float(self.terms.mean())


def tensor(layer: LayerTrace, name: str) -> Array | None:
    """One of the layer's tensors by its name; None where there is none, or it was not kept."""
    if name in ("x", "out", "dout", "dx"):
        found: Array | None = getattr(layer, name)
        return found
    one = layer.parameter(name)
    if one is not None:
        return one.value
    one = layer.parameter(name.removeprefix("d")) if name.startswith("d") else None
    return one.grad if one is not None else None


def link(layer: LayerTrace, name: str, place: Shape) -> Link | None:
    """What the number at `place` in tensor `name` is made of; for x, dout and a parameter where it goes."""
    whole = tensor(layer, name)
    if whole is None:
        return None
    value, linker = float(whole[place]), _linker(layer)
    if name == "x":
        return Link(value, {"out": linker.readers(place)})
    if name == "dout":
        return Link(value, {"dx": linker.reach(place)})
    if name == "out":
        return linker.out(place, value)
    if name == "dx" and layer.dout is not None:
        return linker.dx(place, value)
    if layer.parameter(name) is not None:
        return Link(value, linker.used(name, place))
    return linker.gradient(name.removeprefix("d"), place, value) if layer.dout is not None else None


class Linker:
    """For any layer: where a number comes from, as far as its `reach` tells."""

    def __init__(self, layer: LayerTrace) -> None:
        self.layer, self.spec = layer, layer.spec
        self.x, self.out_shape = layer.x, layer.out.shape
        self._kind = LAYERS[layer.spec.kind].item

    @property
    def dout(self) -> Array:
        """The gradient that comes in; only asked for where there is one."""
        assert self.layer.dout is not None
        return self.layer.dout

    def value(self, name: str) -> Array | None:
        """A parameter."""
        return tensor(self.layer, name)

    def reach(self, place: Shape) -> Ranges:
        """The part of x that an output number is made from."""
        return self._kind.reach(self.spec, self.x.shape, place)

    def readers(self, place: Shape) -> Ranges:
        """The part of out that is made from a number of x."""
        sizes = self.out_shape
        if len(sizes) == len(self.x.shape):
            found = [self._readers(axis, place[axis]) for axis in range(len(sizes))]
            return tuple(range(min(one), max(one) + 1) if one else range(0) for one in found)
        if math.prod(sizes) == self.x.size:
            other = np.unravel_index(int(np.ravel_multi_index(place, self.x.shape)), sizes)
            there = tuple(int(index) for index in other)
            if self.reach(there) == one_place(place):
                return one_place(there)
        return tuple(map(range, sizes))

    def _readers(self, axis: int, index: int) -> list[int]:
        """Along one axis, for the others do not matter to it."""
        zeros = [0] * len(self.out_shape)
        places = ((*zeros[:axis], at, *zeros[axis + 1 :]) for at in range(self.out_shape[axis]))
        return [place[axis] for place in places if index in self.reach(place)[axis]]

    def out(self, place: Shape, value: float) -> Link:
        """What a number of out is made of."""
        reach = self.reach(place)
        return Link(value, {"x": reach}, *_one(self.x, reach))

    def dx(self, place: Shape, value: float) -> Link:
        """What a number of dx is made of."""
        readers = self.readers(place)
        return Link(value, {"dout": readers}, *_one(self.dout, readers))

    def used(self, name: str, place: Shape) -> dict[str, Ranges]:
        """Where a number of a parameter is used: the parts of x that meet it, and of out that are made with it."""
        return {}

    def gradient(self, name: str, place: Shape, value: float) -> Link:
        """What a number of a parameter's gradient is made of."""
        return Link(value, {})


def _back(marks: Mapping[str, Ranges]) -> dict[str, Ranges]:
    """The same places on the way back."""
    return {{"out": "dout"}.get(name, name): ranges for name, ranges in marks.items()}


def _one(whole: Array, ranges: Ranges) -> tuple[str, Floats]:
    """The number, where a part is just one of it."""
    found = clipped(whole, ranges)
    return (ONE, found.reshape(-1)) if found.size == 1 else (NONE, np.empty(0))


def clipped(whole: Array, ranges: Ranges) -> Floats:
    """The part of a tensor that lies in it, in float64."""
    parts = tuple(slice(max(0, one.start), max(0, one.stop)) for one in ranges)
    return whole[parts].astype(np.float64)


def bordered(whole: Array, ranges: Ranges) -> Floats:
    """The part of a tensor, with zeros where it sticks out over the edge."""
    found = np.zeros([len(one) for one in ranges])
    pairs = [_overlap(one, size) for one, size in zip(ranges, whole.shape, strict=True)]
    found[tuple(target for target, _ in pairs)] = whole[tuple(source for _, source in pairs)]
    return found


def _overlap(one: range, size: int) -> tuple[slice, slice]:
    begin, end = max(0, one.start), min(size, one.stop)
    return slice(begin - one.start, max(begin, end) - one.start), slice(begin, max(begin, end))


def _pairs(one: Array, other: Array) -> Floats:
    return np.stack([one.astype(np.float64).reshape(-1), other.astype(np.float64).reshape(-1)], axis=1)


class AffineLinker(Linker):
    """x · W + b."""

    def out(self, place: Shape, value: float) -> Link:
        weight, (unit,), every = self.value("W"), place, range(len(self.x))
        marks = {"x": (every,), "W": (every, range(unit, unit + 1)), "b": one_place(place)}
        if weight is None:
            return Link(value, marks)
        return Link(value, marks, PRODUCTS, _pairs(self.x, weight[:, unit]), _plus(self.value("b"), unit))

    def dx(self, place: Shape, value: float) -> Link:
        weight, (row,), every = self.value("W"), place, range(len(self.dout))
        marks = {"dout": (every,), "W": (range(row, row + 1), every)}
        return Link(value, marks) if weight is None else Link(value, marks, PRODUCTS, _pairs(self.dout, weight[row]))

    def used(self, name: str, place: Shape) -> dict[str, Ranges]:
        if name == "b":
            return {"out": one_place(place)}
        return {"x": one_place(place[:1]), "out": one_place(place[1:])}

    def gradient(self, name: str, place: Shape, value: float) -> Link:
        marks = _back(self.used(name, place))
        if name == "b":
            return Link(value, marks, ONE, clipped(self.dout, marks["dout"]), part=True)
        return Link(value, marks, PRODUCTS, _pairs(self.x[place[0]], self.dout[place[1]]), part=True)


class ConvolutionLinker(Linker):
    """Σ patch · filter + b."""

    def out(self, place: Shape, value: float) -> Link:
        weight, patch, number = self.value("W"), self.reach(place), place[0]
        marks = {"x": patch, "b": one_place((number,))}
        if weight is None:
            return Link(value, marks)
        marks["W"] = (range(number, number + 1), *map(range, weight.shape[1:]))
        pairs = _pairs(bordered(self.x, patch), weight[number])
        return Link(value, marks, PRODUCTS, pairs, _plus(self.value("b"), number))

    def dx(self, place: Shape, value: float) -> Link:
        """dout · filter over all windows that hold the pixel."""
        weight, readers = self.value("W"), self.readers(place)
        marks = {"dout": readers}
        if weight is None:
            return Link(value, marks)
        _, rows, columns = readers
        pairs = [
            _pairs(self.dout[:, row, column], weight[:, place[0], place[1] - down.start, place[2] - across.start])
            for row in rows
            for column in columns
            for _, down, across in [self.reach((0, row, column))]
        ]
        marks["W"] = (range(len(weight)), *one_place(place[:1]), *map(range, weight.shape[2:]))
        return Link(value, marks, PRODUCTS, np.concatenate(pairs) if pairs else np.empty((0, 2)))

    def used(self, name: str, place: Shape) -> dict[str, Ranges]:
        _, rows, columns = self.out_shape
        marks: dict[str, Ranges] = {"out": (range(place[0], place[0] + 1), range(rows), range(columns))}
        if name == "W":
            first, last = self.reach((0, 0, 0)), self.reach((0, rows - 1, columns - 1))
            spans = (range(first[i].start + place[i + 1], last[i].start + place[i + 1] + 1) for i in (1, 2))
            marks["x"] = (range(place[1], place[1] + 1), *spans)
        return marks

    def gradient(self, name: str, place: Shape, value: float) -> Link:
        """All pixels that this weight was multiplied by, each times its dout."""
        marks, dout = _back(self.used(name, place)), self.dout[place[0]]
        if name == "b":
            return Link(value, marks, PRODUCTS, _pairs(dout, np.ones_like(dout)), part=True)
        assert isinstance(self.spec, ConvolutionSpec)
        sh, sw = self.spec.stride
        pixels = bordered(self.x, marks["x"])[0, ::sh, ::sw]
        return Link(value, marks, PRODUCTS, _pairs(pixels, dout), part=True)


def _plus(bias: Array | None, number: int) -> float | None:
    return None if bias is None else float(bias[number])


class PoolingLinker(Linker):
    """The largest of a window, or its mean."""

    how = LARGEST

    def out(self, place: Shape, value: float) -> Link:
        window = self.reach(place)
        numbers = clipped(self.x, window) if self.how == LARGEST else bordered(self.x, window)
        return Link(value, {"x": window}, self.how, numbers.reshape(-1))


class AverageLinker(PoolingLinker):
    """Its mean; a border counts as zeros."""

    how = MEAN


LINKERS = {
    Affine: AffineLinker,
    Convolution: ConvolutionLinker,
    MaxPooling: PoolingLinker,
    AveragePooling: AverageLinker,
}


def _linker(layer: LayerTrace) -> Linker:
    kind = LAYERS[layer.spec.kind].item
    return next((LINKERS[base] for base in kind.__mro__ if base in LINKERS), Linker)(layer)
