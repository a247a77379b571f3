"""Dropout: learning with half the units asleep (chapter 6.4.3)."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import choice_field, float_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, Shape, register_layer
from fishlab.core.share import Share

LANES = 3
PARTS = 2


@dataclass(frozen=True, kw_only=True)
class DropoutSpec(LayerSpec):
    """The share that is dropped, and when the rest is scaled to make up for it."""

    rate: float = float_field(
        0.5, "Rate", "The share of the numbers that is set to zero in each training step.", minimum=0.0, maximum=0.99,
        larger="Works harder against learning by heart; learning is slower, and beyond about 0.5 too little gets "
        "through.",
        smaller="Learns faster, and overfits sooner; 0 does nothing.",
    )
    scaled: str = choice_field(
        "training",
        "Scaled",
        "When the numbers are scaled, so that their sums keep their size: up where some are dropped, or down, as in "
        "the book, where none is.",
        {"training": "Up in training", "predicting": "Down when predicting"},
        later=True,
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

    What is kept is scaled up in training, so that the sums keep their size and prediction needs no factor. `scaled`
    "predicting" is the book's way: y = x m in training, otherwise y = (1 - rate) x. Both are the same network with
    the next weights scaled. Backward: dx = dy times what x was multiplied by.
    """

    Spec = DropoutSpec
    uses_rng = True
    formula = "x · m / (1 − rate)"
    backward_formulas = ("dx = dout · m / (1 − rate)",)

    @classmethod
    def summary(cls, spec: DropoutSpec) -> str:
        return f"rate {spec.rate:g}" + (", scaled when predicting" if cls._by_the_book(spec) else "")

    @classmethod
    def _by_the_book(cls, spec: DropoutSpec) -> bool:
        return spec.scaled == "predicting"

    def forward(self, x: Array, *, training: bool) -> Array:
        self._factor: Array | float | None = None
        if self.spec.rate > 0 and training:
            self._factor = self._draw(x.shape)
        elif self.spec.rate > 0 and self._by_the_book(self.spec):
            self._factor = 1 - self.spec.rate
        return self._times_factor(x, "out")

    def _times_factor(self, x: Array, name: str) -> Array:
        return x if self._factor is None else np.multiply(x, self._factor, out=self.buffer(name, x.shape))

    def _draw(self, shape: Shape) -> Array:
        """The mask of this step: 0, or the scale. Which numbers decide does not depend on who computes what.

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
        scale = self.dtype.type(1 if self._by_the_book(self.spec) else 1 / (1 - self.spec.rate))
        mask: Array = np.multiply(kept.reshape(shape), scale, out=self.buffer("mask", shape))
        return mask

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
        return self._times_factor(dout, "dx")


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
