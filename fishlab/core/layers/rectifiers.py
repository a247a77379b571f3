"""Relatives of ReLU that let something of the negative numbers through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import Array, Layer, LayerSpec, register_layer
from fishlab.core.layers.tiling import TILE, Part, tiles, zeros

AT_ONCE = TILE // 2
"""Numbers of a tile: what several passes work on, all of it in the cache."""


@dataclass(frozen=True, kw_only=True)
class LeakyReLUSpec(LayerSpec):
    """The slope on the negative side."""

    slope: float = float_field(
        0.01, "Slope", "What negative numbers are multiplied by.", minimum=0.0, maximum=1.0, minimum_open=True,
        larger="More of what is negative passes; at 1 the layer does nothing at all.",
        smaller="Closer to ReLU, whose units can fall silent.",
    )


@register_layer(
    "leaky_relu",
    title="Leaky ReLU",
    group="Activation",
    paper="Maas, Hannun and Ng 2013",
    aliases=("lrelu",),
    help="Passes what is positive and a little of the rest. No unit falls silent for good, as one behind ReLU may.",
)
class LeakyReLU(Activation[LeakyReLUSpec]):
    """y = x where x > 0, else slope x, any shape. Backward: dx = dy where x > 0, else slope dy.

    The slope is at most 1, so y is the larger of x and slope x, and positive where x is: nothing else is kept.
    Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """

    Spec = LeakyReLUSpec
    formula = "max(x, slope · x)"
    backward_formulas = ("dx = dout where x > 0, else slope · dout",)

    @classmethod
    def summary(cls, spec: LeakyReLUSpec) -> str:
        return f"slope {spec.slope:g}"

    def apply(self, x: Array, out: Array) -> Array:
        for part in tiles(x.shape, AT_ONCE):
            here, into = x[part], out[part]
            scaled = self.buffer("scaled", into.shape) if out is x else into
            np.multiply(here, self.spec.slope, out=scaled)
            np.maximum(here, scaled, out=into)
        self._out = out
        return out

    def backward(self, dout: Array) -> Array:
        dx = self.buffer("dx", dout.shape)
        for part in tiles(dout.shape, AT_ONCE):
            slope = _positive(self, self._out[part], dx[part])
            slope = np.maximum(slope, self.buffer("slopes", slope.shape, fill=self.spec.slope), out=slope)
            np.multiply(slope, dout[part], out=slope)
        return dx


def _positive(layer: Layer[Any], y: Array, out: Array) -> Array:
    """1 where y > 0, else 0, as numbers."""
    mask = np.greater(y, zeros(y.shape, y.dtype), out=layer.buffer("mask", y.shape, bool))
    np.copyto(out, mask)
    return out


@dataclass(frozen=True, kw_only=True)
class ELUSpec(LayerSpec):
    """How far down it goes."""

    alpha: float = float_field(
        1.0, "Alpha", "Far below zero the output comes to minus this.", minimum=0.0, maximum=10.0, minimum_open=True,
        larger="Negative outputs reach further down.",
        smaller="Closer to ReLU.",
    )


@register_layer(
    "elu",
    title="ELU",
    group="Activation",
    paper="Clevert, Unterthiner and Hochreiter 2015",
    help="Passes what is positive; below zero it bends smoothly down to −alpha. The mean of what comes out is nearer "
    "to zero than with ReLU.",
)
class ELU(Activation[ELUSpec]):
    """y = x where x > 0, else alpha (exp(x) - 1), any shape. Backward: dx = dy where x > 0, else dy (y + alpha).

    exp(x) - 1 is computed as 2 t / (1 - t) with t = tanh(x / 2), which loses no digit near zero. Clevert, Unterthiner
    and Hochreiter 2015, "Fast and accurate deep network learning by exponential linear units".
    """

    Spec = ELUSpec
    formula = "x, below zero α (exp(x) − 1)"
    backward_formulas = ("dx = dout where x > 0, else dout · (out + α)",)

    @classmethod
    def summary(cls, spec: ELUSpec) -> str:
        return f"alpha {spec.alpha:g}"

    @classmethod
    def ends(cls, spec: ELUSpec) -> tuple[float, float] | None:
        return -spec.alpha, math.inf

    def apply(self, x: Array, out: Array) -> Array:
        for part in tiles(x.shape, AT_ONCE):
            self._apply(x[part], out[part])
        self._out = out
        return out

    def _apply(self, x: Array, out: Array) -> None:
        tangent, below = self.buffer("tangent", x.shape), self.buffer("below", x.shape)
        nothing = zeros(x.shape, x.dtype)
        np.minimum(x, nothing, out=tangent)
        tangent *= 0.5
        np.tanh(tangent, out=tangent)
        np.subtract(1, tangent, out=below)
        np.divide(tangent, below, out=below)
        below *= 2 * self.spec.alpha
        np.maximum(x, nothing, out=out)
        out += below

    def backward(self, dout: Array) -> Array:
        dx, alpha = self.buffer("dx", dout.shape), self.spec.alpha
        for part in tiles(dout.shape, AT_ONCE):
            y = self._out[part]
            slope = np.minimum(y, zeros(y.shape, y.dtype), out=self.buffer("slope", y.shape))
            slope += alpha
            if alpha != 1:
                positive = _positive(self, y, dx[part])
                positive *= 1 - alpha
                slope += positive
            np.multiply(slope, dout[part], out=dx[part])
        return dx


@dataclass(frozen=True, kw_only=True)
class GELUSpec(LayerSpec):
    """GELU has nothing to set."""


BEND = 0.044715
STEEPNESS = math.sqrt(2 / math.pi)


@register_layer(
    "gelu",
    title="GELU",
    group="Activation",
    paper="Hendrycks and Gimpel 2016",
    help="Multiplies each number by about the chance that a normal number lies below it: a ReLU with a round corner.",
)
class GELU(Layer[GELUSpec]):
    """y = x (1 + t) / 2 with t = tanh(sqrt(2 / pi) (x + 0.044715 x^3)), any shape.

    Backward: dx = dy ((1 + t) / 2 + x (1 - t^2) sqrt(2 / pi) (1 + 3 * 0.044715 x^2) / 2). This is the form with tanh,
    PyTorch's `approximate="tanh"`; it is away from x P(normal < x) by less than 0.0005 everywhere, and NumPy has no
    error function. Kept for the way back are x and t. Hendrycks and Gimpel 2016, "Gaussian error linear units".
    """

    Spec = GELUSpec
    formula = "x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2"
    backward_formulas = ("dx = dout · ((1 + t) + x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²)) / 2, t = tanh(…)",)

    def forward(self, x: Array, *, training: bool) -> Array:
        self._x, self._tangent, out = x, self.buffer("tangent", x.shape), self.buffer("out", x.shape)
        for part in tiles(x.shape, AT_ONCE):
            self._forward(part, out[part])
        return out

    def _forward(self, part: Part, out: Array) -> None:
        x, tangent = self._x[part], self._tangent[part]
        np.multiply(x, x, out=tangent)
        tangent *= BEND * STEEPNESS
        tangent += STEEPNESS
        tangent *= x
        np.tanh(tangent, out=tangent)
        np.add(tangent, 1, out=out)
        out *= x
        out *= 0.5

    def backward(self, dout: Array) -> Array:
        dx = self.buffer("dx", dout.shape)
        for part in tiles(dout.shape, AT_ONCE):
            self._backward(part, dx[part])
            np.multiply(dx[part], dout[part], out=dx[part])
        return dx

    def _backward(self, part: Part, slope: Array) -> None:
        x, tangent = self._x[part], self._tangent[part]
        rise = np.multiply(x, x, out=self.buffer("rise", x.shape))
        rise *= 1.5 * BEND * STEEPNESS
        rise += 0.5 * STEEPNESS
        rise *= x
        np.multiply(tangent, tangent, out=slope)
        np.subtract(1, slope, out=slope)
        rise *= slope
        np.multiply(tangent, 0.5, out=slope)
        slope += 0.5
        slope += rise
