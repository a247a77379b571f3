"""Dropout: learning with half the units asleep (chapter 6.4.3)."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, register_layer
from fishlab.core.share import Share

LANES = 3
PARTS = 2


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

    def _draw(self, shape: Shape) -> None:
        """The mask of this step: 0, or 1 / (1 - rate). Which numbers decide does not depend on who computes what.

        The batch is drawn in parts, one after the other; a worker passes over those that hold nothing of its share.
        """
        assert self.rng is not None, "a network gives its layers an rng with begin_step"
        share = self.share or Share.whole(shape[-1])
        features, batch = math.prod(shape[:-1]), shape[-1]
        rows, kept = -(-features // LANES), self.buffer("kept", (features, batch), bool)
        for part in (Share.of(share.total, index, PARTS) for index in range(PARTS)):
            begin, end = max(part.begin, share.begin), min(part.end, share.end)
            if begin >= end:
                pass_over(self.rng, rows * len(part))
                continue
            lanes = random_lanes(self.rng, self.buffer("drawn", (rows, len(part)), np.float64))
            lanes = lanes[:, begin - part.begin : end - part.begin]
            self._decide(lanes, kept[:, begin - share.begin : end - share.begin])
        scale = self.dtype.type(1 / (1 - self.spec.rate))
        self._mask: Array = np.multiply(kept.reshape(shape), scale, out=self.buffer("mask", shape))

    def _decide(self, lanes: Array, kept: Array) -> None:
        """Each lane of numbers decides for a third of the features."""
        rows = len(lanes)
        for lane in range(LANES):
            place = kept[lane * rows : (lane + 1) * rows]
            np.greater_equal(lanes[: len(place), :, lane], self._dropped, out=place)

    @property
    def _dropped(self) -> int:
        """How many of the 65,536 numbers of 16 bits stand for a zero."""
        return min(round(self.spec.rate * 2**16), 2**16 - 1)

    def backward(self, dout: Array) -> Array:
        return np.multiply(dout, self._mask, out=self.buffer("dx", dout.shape)) if self._active else dout


def random_lanes(rng: np.random.Generator, memory: Array) -> Array:
    """Fills `memory`, float64 of any shape, with random bits; returns whole numbers of 16 bits, (*shape, LANES).

    A number in [1, 2) holds 52 random bits in a row: three numbers for one draw, each good to 1 in 65,536.
    """
    rng.random(out=memory)
    memory += 1
    lanes = memory.view(np.uint16).reshape(*memory.shape, 4)
    return lanes[..., :LANES] if sys.byteorder == "little" else lanes[..., :0:-1]


def pass_over(rng: np.random.Generator, count: int) -> None:
    """Leaves the generator where it would be after so many numbers in float64, without drawing them."""
    bits = rng.bit_generator
    assert isinstance(bits, np.random.PCG64)
    bits.advance(count)
