"""Local response normalization: neighbouring channels hold each other down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field, int_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, needs_image, one_place, register_layer
from fishlab.core.layers.tiling import TILE


@dataclass(frozen=True, kw_only=True)
class LocalResponseNormalizationSpec(LayerSpec):
    """How many neighbours there are, and how strong they are."""

    size: int = int_field(
        5, "Channels", "How many neighbouring channels are added up.", minimum=1, maximum=4096,
        larger="More channels hold each other down.",
        smaller="Only close neighbours count; 1 looks at the channel itself.",
    )
    alpha: float = float_field(
        1e-4, "Alpha", "How strongly the mean square of the neighbours counts.", minimum=0.0, maximum=1e3,
        larger="Strong neighbours damp more.",
        smaller="Less is damped; 0 divides everything by the same.",
    )
    beta: float = float_field(
        0.75, "Beta", "The power of what is divided by.", minimum=0.0, maximum=10.0,
        larger="The damping is stronger.",
        smaller="The damping is weaker; 0 is none.",
    )
    k: float = float_field(
        1.0, "k", "What is divided by where all neighbours are zero.", minimum=1e-6, maximum=1e3,
        larger="Everything is divided by more, and differences between neighbours count less.",
        smaller="Weak neighbourhoods are amplified.",
    )


@register_layer(
    "local_response_normalization",
    title="Local response normalization",
    group="Normalize",
    chapter="7.7",
    paper="Krizhevsky, Sutskever and Hinton 2012",
    icon="response_norm",
    aliases=("lrn", "response_normalization"),
    help="Divides each number by the strength of its neighbours at the same pixel in nearby channels. AlexNet has it; "
    "later networks do without.",
)
class LocalResponseNormalization(Layer[LocalResponseNormalizationSpec]):
    """y[c] = x[c] / d[c]^beta with d[c] = k + alpha / size * (sum of x[j]^2 for j from c - size // 2, `size` of them).

    x, y (C, H, W, N); channels beyond the edge count as zero. Backward: with r = dy y / d,
    dx[j] = dy[j] / d[j]^beta - 2 alpha beta / size * x[j] * (sum of r[c] over the c whose window holds j). Krizhevsky,
    Sutskever and Hinton 2012, section 3.3, where alpha is not divided by size and k is 2; divided as in PyTorch.
    Kept for the way back: d and d^-beta. Refuses a row with Misfit.
    """

    Spec = LocalResponseNormalizationSpec
    formula = "x / (k + α/n Σ x²)^β"
    backward_formulas = ("dx = dout / d^β − 2αβ/n · x · Σ (dout · out / d)",)

    @classmethod
    def output_shape(cls, spec: LocalResponseNormalizationSpec, in_shape: Shape) -> Shape:
        needs_image(in_shape, "Local response normalization")
        return in_shape

    @classmethod
    def summary(cls, spec: LocalResponseNormalizationSpec) -> str:
        return f"over {spec.size:,} channels" if spec.size > 1 else "each channel by itself"

    @classmethod
    def reach(cls, spec: LocalResponseNormalizationSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        first = place[0] - spec.size // 2
        return (range(first, first + spec.size), *one_place(place[1:]))

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        self._x = _by_channel(self.in_order("copy", x))
        shape, out = self._x.shape, self.buffer("out", x.shape)
        self._divisor, self._factor = self.buffer("divisor", shape), self.buffer("factor", shape)
        for part in _columns(shape):
            here, divisor, factor = self._x[part], self._divisor[part], self._factor[part]
            squares = np.multiply(here, here, out=self.buffer("work", here.shape))
            self._window_sums(squares, divisor, self.spec.size // 2)
            divisor *= self.spec.alpha / self.spec.size
            divisor += self.spec.k
            np.log(divisor, out=factor)
            factor *= -self.spec.beta
            np.exp(factor, out=factor)
            np.multiply(here, factor, out=_by_channel(out)[part])
        return out

    def backward(self, dout: Array) -> Array:
        douts, dx = _by_channel(self.in_order("dout", dout)), self.buffer("dx", dout.shape)
        scale, before = -2 * self.spec.alpha * self.spec.beta / self.spec.size, (self.spec.size - 1) // 2
        for part in _columns(douts.shape):
            here, into = self._x[part], _by_channel(dx)[part]
            np.multiply(douts[part], self._factor[part], out=into)
            pull = np.multiply(into, here, out=self.buffer("work", here.shape))
            pull /= self._divisor[part]
            sums = self._window_sums(pull, self.buffer("sums", here.shape), before)
            sums *= here
            sums *= scale
            into += sums
        return dx

    def _window_sums(self, terms: Array, out: Array, before: int) -> Array:
        """For each channel the sum over `size` channels, of which `before` come before it."""
        channels = len(terms)
        np.copyto(out, terms)
        for offset in range(max(-before, 1 - channels), min(self.spec.size - before, channels)):
            if offset:
                target = out[max(0, -offset) : channels - max(0, offset)]
                target += terms[max(0, offset) : channels - max(0, -offset)]
        return out


def _by_channel(x: Array) -> Array:
    return x.reshape(len(x), -1)


def _columns(shape: Shape) -> Iterator[tuple[slice, slice]]:
    """All channels of some pixels at a time, few enough to stay in the cache."""
    channels, pixels = shape
    step = max(1, TILE // 4 // channels)
    for begin in range(0, pixels, step):
        yield slice(None), slice(begin, begin + step)
