"""Activation functions: the bend between two affine layers (chapter 3.2, backward in 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, one_place, register_layer
from fishlab.core.layers.tiling import tiles, zeros

ActivationT = TypeVar("ActivationT", bound=LayerSpec)


class Activation(Layer[ActivationT]):
    """A function of each number for itself. It may therefore work in place (see fishlab.core.stages.in_place)."""

    def forward(self, x: Array, *, training: bool) -> Array:
        return self.apply(x, self.buffer("out", x.shape))

    def apply(self, x: Array, out: Array) -> Array:
        """y = f(x), written to `out`, which may be x itself. `backward` may follow as it follows `forward`."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ReLUSpec(LayerSpec):
    """ReLU has nothing to set."""


@register_layer(
    "relu",
    title="ReLU",
    group="Activation",
    chapter="5.5",
    help="Passes what is positive and stops the rest. Its slope is 1 or 0, so deep stacks still learn.",
)
class ReLU(Activation[ReLUSpec]):
    """y = max(0, x), any shape. Backward: dx = dy where x > 0, else 0."""

    Spec = ReLUSpec
    formula = "max(0, x)"
    backward_formulas = ("dx = dout where x > 0, else 0",)
    silent_at = 0.0

    def apply(self, x: Array, out: Array) -> Array:
        self._out = rectify(x, out)
        return out

    def backward(self, dout: Array) -> Array:
        mask = np.greater(self._out, 0, out=self.buffer("mask", dout.shape, bool))
        return np.multiply(dout, mask, out=self.buffer("dx", dout.shape))


def rectify(x: Array, out: Array) -> Array:
    """out = max(0, x); `out` may be x itself.

    NumPy compares two arrays with vector instructions, but not an array with a number: four times as fast is the
    comparison with an array of zeros, tile by tile, so that the zeros stay in the cache.
    """
    for part in tiles(x.shape):
        here = x[part]
        np.maximum(here, zeros(here.shape, here.dtype), out=out[part])
    return out


@dataclass(frozen=True, kw_only=True)
class SigmoidSpec(LayerSpec):
    """Sigmoid has nothing to set."""


@register_layer(
    "sigmoid",
    title="Sigmoid",
    group="Activation",
    chapter="5.5",
    aliases=("logistic",),
    help="Presses every number into 0 to 1. Far from zero its slope vanishes, and learning with it.",
)
class Sigmoid(Activation[SigmoidSpec]):
    """y = 1 / (1 + exp(-x)), any shape. Backward: dx = dy y (1 - y).

    Computed as (1 + tanh(x / 2)) / 2, which is the same and never overflows.
    """

    Spec = SigmoidSpec
    formula = "1 / (1 + exp(−x))"
    backward_formulas = ("dx = dout · out · (1 − out)",)

    @classmethod
    def ends(cls, spec: SigmoidSpec) -> tuple[float, float] | None:
        return 0.0, 1.0

    def apply(self, x: Array, out: Array) -> Array:
        self._out = np.multiply(x, 0.5, out=out)
        np.tanh(out, out=out)
        out += 1
        out *= 0.5
        return out

    def backward(self, dout: Array) -> Array:
        dx = np.subtract(1, self._out, out=self.buffer("dx", dout.shape))
        dx *= self._out
        dx *= dout
        return dx


@dataclass(frozen=True, kw_only=True)
class TanhSpec(LayerSpec):
    """Tanh has nothing to set."""


@register_layer(
    "tanh",
    title="Tanh",
    group="Activation",
    chapter="6.2",
    help="Presses every number into −1 to 1, with zero in the middle. Flat at both ends, like the sigmoid.",
)
class Tanh(Activation[TanhSpec]):
    """y = tanh(x), any shape. Backward: dx = dy (1 - y^2)."""

    Spec = TanhSpec
    formula = "tanh(x)"
    backward_formulas = ("dx = dout · (1 − out²)",)

    @classmethod
    def ends(cls, spec: TanhSpec) -> tuple[float, float] | None:
        return -1.0, 1.0

    def apply(self, x: Array, out: Array) -> Array:
        self._out = np.tanh(x, out=out)
        return out

    def backward(self, dout: Array) -> Array:
        dx = np.multiply(self._out, self._out, out=self.buffer("dx", dout.shape))
        np.subtract(1, dx, out=dx)
        dx *= dout
        return dx


@dataclass(frozen=True, kw_only=True)
class IdentitySpec(LayerSpec):
    """Identity has nothing to set."""


@register_layer(
    "identity",
    title="Identity",
    group="Activation",
    chapter="3.5",
    help="Passes everything on as it is. The usual end of a network that predicts a quantity.",
)
class Identity(Layer[IdentitySpec]):
    """y = x, any shape. Backward: dx = dy. Nothing is copied."""

    Spec = IdentitySpec
    formula = "x"
    backward_formulas = ("dx = dout",)

    def forward(self, x: Array, *, training: bool) -> Array:
        return x

    def backward(self, dout: Array) -> Array:
        return dout


@dataclass(frozen=True, kw_only=True)
class SoftmaxSpec(LayerSpec):
    """Softmax has nothing to set."""


@register_layer(
    "softmax",
    title="Softmax",
    group="Activation",
    chapter="3.5",
    help="Turns scores into shares that add up to 1. Softmax + loss already holds one: before it, scores are enough.",
)
class Softmax(Layer[SoftmaxSpec]):
    """y_k = exp(x_k) / sum_j exp(x_j) over the first axis: units, or channels at each pixel.

    Backward: dx = y (dy - sum_j dy_j y_j). The largest x is taken off first, so that nothing overflows.
    """

    Spec = SoftmaxSpec
    formula = "exp(x) / Σ exp(x)"
    backward_formulas = ("dx = out · (dout − Σ dout · out)",)

    @classmethod
    def reach(cls, spec: SoftmaxSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return (range(in_shape[0]), *one_place(place[1:]))

    def forward(self, x: Array, *, training: bool) -> Array:
        out, row = self.buffer("out", x.shape), self.buffer("row", x.shape[1:])
        np.subtract(x, np.maximum.reduce(x, axis=0, out=row), out=out)
        np.exp(out, out=out)
        out /= self._sum(out, row)
        self._out = out
        return out

    def _sum(self, y: Array, row: Array) -> Array:
        """The sum over the first axis, as a product with ones: several times as fast where rows are short."""
        np.matmul(self.buffer("ones", y.shape[:1], fill=1), y.reshape(len(y), -1), out=row.reshape(-1))
        return row

    def backward(self, dout: Array) -> Array:
        dx = np.multiply(dout, self._out, out=self.buffer("dx", dout.shape))
        np.subtract(dout, self._sum(dx, self.buffer("row", dout.shape[1:])), out=dx)
        dx *= self._out
        return dx
