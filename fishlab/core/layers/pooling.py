"""Pooling: one number for each window of each channel (chapter 7.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np

from fishlab.core.fields import pair_field
from fishlab.core.layers.base import (
    Array,
    Fix,
    Layer,
    LayerSpec,
    Misfit,
    Shape,
    SizeFormula,
    needs_image,
    register_layer,
)
from fishlab.core.layers.kernels import taps, without_border
from fishlab.core.layers.tiling import TILE, Part, tiles
from fishlab.core.layers.windows import Sliding, padding_field, pair_text, short_pair, stride_field, window_at

ROWS, COLUMNS = 1, 2


@dataclass(frozen=True, kw_only=True)
class PoolingSpec(LayerSpec):
    """The window and how it slides."""

    pool_size: tuple[int, int] = pair_field(
        (2, 2), "Window", "Rows and columns that become one number.", minimum=1,
        larger="The output is smaller, and what was found may move further without a difference; its place is lost.",
        smaller="Places are kept more exactly; more numbers go on to the next layer.",
    )
    stride: tuple[int, int] = stride_field((2, 2))
    padding: tuple[int, int] = padding_field()


@dataclass(frozen=True, kw_only=True)
class MaxPoolingSpec(PoolingSpec):
    """Window, stride and padding."""


@dataclass(frozen=True, kw_only=True)
class AveragePoolingSpec(PoolingSpec):
    """Window, stride and padding."""


PoolingT = TypeVar("PoolingT", bound=PoolingSpec)


class Pooling(Layer[PoolingT]):
    """What both kinds share: the shape, and the border around the image.

    A window is rows times columns, so its maximum or sum is taken across first and then down: two passes of FW and
    FH steps in place of one of FH*FW.
    """

    border: ClassVar[float]

    @classmethod
    def _sliding(cls, spec: PoolingT, in_shape: Shape) -> Sliding:
        needs_image(in_shape, "Pooling")
        if any(padding >= size for padding, size in zip(spec.padding, spec.pool_size, strict=True)):
            raise _too_much_padding(spec)
        return Sliding(
            in_shape, in_shape[0], spec.pool_size, spec.stride, spec.padding, "pool_size", "Window", "window", least=2
        )

    @classmethod
    def output_shape(cls, spec: PoolingT, in_shape: Shape) -> Shape:
        return cls._sliding(spec, in_shape).output_shape()

    @classmethod
    def reach(cls, spec: PoolingT, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        channel, *pixel = place
        return range(channel, channel + 1), *window_at(tuple(pixel), spec.pool_size, spec.stride, spec.padding)

    @classmethod
    def size_formula(cls, spec: PoolingT, in_shape: Shape) -> SizeFormula | None:
        try:
            return cls._sliding(spec, in_shape).size_formula()
        except Misfit:
            return None

    @classmethod
    def summary(cls, spec: PoolingT) -> str:
        padding = f", padding {short_pair(spec.padding)}" if spec.padding != (0, 0) else ""
        return f"{pair_text(spec.pool_size)}, stride {short_pair(spec.stride)}{padding}"

    def _bordered(self, x: Array) -> Array:
        """x with a border of `self.border`, or x itself where there is no padding."""
        if self.spec.padding == (0, 0):
            return x
        image = self.buffer("bordered", self._bordered_shape(x.shape[-1]), fill=self.border)
        np.copyto(without_border(image, self.spec.padding), x)
        return image

    def _bordered_shape(self, batch: int) -> Shape:
        channels, height, width = self.in_shape
        return channels, height + 2 * self.spec.padding[0], width + 2 * self.spec.padding[1], batch

    def _across_shape(self, batch: int) -> Shape:
        """The shape after the pass across: as many columns as come out, all rows."""
        return self.in_shape[0], self._bordered_shape(batch)[1], self.out_shape[2], batch

    def _taps(self, image: Array, axis: int) -> list[Array]:
        """The window's rows (axis 1) or columns (axis 2), one view for each place in the window."""
        which = axis - ROWS
        return list(taps(image, axis, self.spec.pool_size[which], self.spec.stride[which]))

    def _channels(self, batch: int) -> tuple[Part, ...]:
        """Which channels to compute together, so that what lies between two passes stays in the cache."""
        image = self._bordered_shape(batch)
        return tiles((image[0], math.prod(image[1:])), 2 * TILE)

    def _reduce(self, ufunc: np.ufunc, image: Array, axis: int, out: Array) -> Array:
        """All taps in one, by maximum or addition."""
        first, *others = self._taps(image, axis)
        if not others:
            np.copyto(out, first)
        for tap in others:
            first = ufunc(first, tap, out=out)
        return out

    def _overlapping(self, axis: int) -> bool:
        """Whether neighbouring windows share rows (axis 1) or columns (axis 2)."""
        return self.spec.pool_size[axis - ROWS] > self.spec.stride[axis - ROWS]


def _too_much_padding(spec: PoolingSpec) -> Misfit:
    rows, columns = (min(pair) for pair in zip(spec.padding, (size - 1 for size in spec.pool_size), strict=True))
    paddings = dict.fromkeys([(rows, columns), (0, 0)])
    return Misfit(
        f"Padding {short_pair(spec.padding)} is not smaller than the {pair_text(spec.pool_size)} window: some windows "
        "would hold nothing of the image.",
        summary="has too much padding",
        fields=("padding",),
        short="must be less than the window",
        fixes=tuple(Fix(f"Padding {short_pair(padding)}", {"padding": padding}) for padding in paddings),
    )


@register_layer(
    "max_pool",
    title="Max pool",
    group="Convolution",
    chapter="7.3",
    aliases=("max_pooling", "pool", "pooling"),
    help="Keeps the largest number of each window. What was found still counts if it moves by a pixel.",
)
class MaxPooling(Pooling[MaxPoolingSpec]):
    """y[c, oh, ow] = max of x[c] over the window at (oh*SH - PH, ow*SW - PW); the border never wins.

    x (C, H, W, N), y (C, OH, OW, N). Backward: dy goes to the largest, among equals to the first in reading order.
    """

    Spec = MaxPoolingSpec
    formula = "max of the window"
    backward_formulas = ("dx = dout where the largest was, else 0",)
    border = -np.inf

    def forward(self, x: Array, *, training: bool) -> Array:
        batch = x.shape[-1]
        self._image = self._bordered(x)
        self._across = self.buffer("across", self._across_shape(batch))
        self._out = self.buffer("out", (*self.out_shape, batch))
        for part in self._channels(batch):
            self._reduce(np.maximum, self._image[part], COLUMNS, self._across[part])
            self._reduce(np.maximum, self._across[part], ROWS, self._out[part])
        return self._out

    def backward(self, dout: Array) -> Array:
        dx = self.buffer("dx", self._image.shape, fill=0)
        for part in self._channels(dout.shape[-1]):
            across = self._across[part]
            down = self.buffer("down", across.shape, fill=0)
            self._to_largest(dout[part], self._out[part], across, down, ROWS)
            self._to_largest(down, across, self._image[part], dx[part], COLUMNS)
        return without_border(dx, self.spec.padding)

    def _to_largest(self, dout: Array, largest: Array, image: Array, spread: Array, axis: int) -> None:
        """dout goes to each window's first tap that is the largest; the last tap gets what none before has taken.

        Where windows do not overlap, both are computed in the place where they belong.
        """
        targets, overlapping = self._taps(spread, axis), self._overlapping(axis)
        if overlapping:
            spread.fill(0)
        mask = self.buffer(f"mask{axis}", dout.shape, bool)
        left = self.buffer(f"left{axis}", dout.shape) if overlapping else targets[-1]
        for tap, target in zip(self._taps(image, axis)[:-1], targets[:-1], strict=True):
            part = self.buffer(f"part{axis}", dout.shape) if overlapping else target
            np.multiply(dout, np.equal(tap, largest, out=mask), out=part)
            dout = np.subtract(dout, part, out=left)
            if overlapping:
                target += part
        if overlapping:
            targets[-1] += dout
        elif len(targets) == 1:
            np.copyto(left, dout)


@register_layer(
    "average_pool",
    title="Average pool",
    group="Convolution",
    chapter="7.3",
    aliases=("average_pooling", "mean_pool"),
    help="Takes the mean of each window. It blurs where max pooling picks.",
)
class AveragePooling(Pooling[AveragePoolingSpec]):
    """y[c, oh, ow] = mean of x[c] over the window at (oh*SH - PH, ow*SW - PW); padding counts as zeros.

    x (C, H, W, N), y (C, OH, OW, N). Backward: every place in the window gets dy / (FH FW).
    """

    Spec = AveragePoolingSpec
    formula = "mean of the window"
    backward_formulas = ("dx = dout / (FH · FW), for each of the window",)
    border = 0.0

    def forward(self, x: Array, *, training: bool) -> Array:
        image, out = self._bordered(x), self.buffer("out", (*self.out_shape, x.shape[-1]))
        for part in self._channels(x.shape[-1]):
            across = self.buffer("across", (len(out[part]), *self._across_shape(x.shape[-1])[1:]))
            self._reduce(np.add, image[part], COLUMNS, across)
            total = self._reduce(np.add, across, ROWS, out[part])
            total *= self._share
        return out

    @property
    def _share(self) -> float:
        rows, columns = self.spec.pool_size
        return 1 / (rows * columns)

    def backward(self, dout: Array) -> Array:
        batch = dout.shape[-1]
        dx = self.buffer("dx", self._bordered_shape(batch), fill=0)
        for part in self._channels(batch):
            share = np.multiply(dout[part], self._share, out=self.buffer("share", dout[part].shape))
            down = self.buffer("down", (len(share), *self._across_shape(batch)[1:]), fill=0)
            self._to_all(share, down, ROWS)
            self._to_all(down, dx[part], COLUMNS)
        return without_border(dx, self.spec.padding)

    def _to_all(self, dout: Array, spread: Array, axis: int) -> None:
        """Every tap gets all of dout."""
        overlapping = self._overlapping(axis)
        if overlapping:
            spread.fill(0)
        for target in self._taps(spread, axis):
            if overlapping:
                target += dout
            else:
                np.copyto(target, dout)
