"""Dropout: learning with half the units asleep (chapter 6.4.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, register_layer
from fishlab.core.share import Share


@dataclass(frozen=True, kw_only=True)
class DropoutSpec(LayerSpec):
    """The share that is dropped."""

    rate: float = float_field(
        0.5, "Rate", "The share of the numbers that is set to zero in each training step.", minimum=0.0, maximum=0.99
    )


@register_layer(
    "dropout",
    title="Dropout",
    group="Regularize",
    chapter="6.4",
    help="In training, sets a random share of the numbers to zero, others in each step. No unit can rely on another, "
    "which works against overfitting.",
)
class Dropout(Layer[DropoutSpec]):
    """Training: y = x m / (1 - rate) with m 0 or 1 at random. Otherwise y = x. Srivastava et al. 2014.

    What is kept is scaled up in training, so that the sums keep their size and prediction needs no factor. (The book
    scales down by 1 - rate when it predicts; the two are the same network with the next weights scaled.)
    """

    Spec = DropoutSpec
    uses_rng = True
    formula = "x · m / (1 − rate)"

    @classmethod
    def summary(cls, spec: DropoutSpec) -> str:
        return f"rate {spec.rate:g}"

    def forward(self, x: Array, *, training: bool) -> Array:
        self._active = training and self.spec.rate > 0
        if not self._active:
            return x
        self._draw(x.shape)
        return np.multiply(x, self._mask, out=self.buffer("out", x.shape))

    def _draw(self, shape: tuple[int, ...]) -> None:
        """The mask of this step: 0, or 1 / (1 - rate). It is drawn for the whole batch, whoever computes which part."""
        assert self.rng is not None, "a network gives its layers an rng with begin_step"
        share = self.share or Share.whole(shape[-1])
        drawn = self.buffer("drawn", (*shape[:-1], share.total))
        self.rng.random(dtype=self.dtype.type, out=drawn)
        mask = self.buffer("mask", shape)
        np.greater_equal(drawn[..., share.begin : share.end], self.spec.rate, out=mask)
        mask *= 1 / (1 - self.spec.rate)
        self._mask = mask

    def backward(self, dout: Array) -> Array:
        return np.multiply(dout, self._mask, out=self.buffer("dx", dout.shape)) if self._active else dout
