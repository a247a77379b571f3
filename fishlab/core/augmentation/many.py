"""Augmentations that take many normally distributed numbers for each image: noise, elastic distortion.

They are found by the image's place in its batch, so that whoever computes a share of a batch draws for no other
images. Projects of earlier versions draw for the whole batch, as they always did: `draws` tells the two apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any, Self

import numpy as np

from fishlab.core.augmentation.base import Array, Augmentation, AugmentationSpec, Fresh
from fishlab.core.errors import SpecError
from fishlab.core.share import Share

FOR_THE_BATCH, FOR_EACH_IMAGE = 1, 2
LEVELS = 1 << 16
AT_ONCE = 1500  # random numbers of 64 bits, four levels each


@dataclass(frozen=True, kw_only=True)
class ManySpec(AugmentationSpec):
    """Also how chance is drawn: nobody chooses it, but a run that goes on must not change it. Left out, it is 1."""

    draws: int = FOR_EACH_IMAGE

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.draws) is not int or self.draws not in (FOR_THE_BATCH, FOR_EACH_IMAGE):
            raise SpecError(f"An augmentation draws in way 1 or 2, not {str(self.draws)[:40]}.")

    def to_dict(self) -> dict[str, Any]:
        data = super().to_dict()
        if self.draws == FOR_THE_BATCH:
            del data["draws"]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return super().from_dict({"draws": FOR_THE_BATCH, **data})


class Many(Augmentation[Any]):
    """One that draws normally distributed numbers, an array of shape `form` for each image."""

    form: tuple[int, ...]

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        return rng.standard_normal(dtype=np.float32, out=self._room(count))

    def draw_share(self, rng: np.random.Generator, own: Fresh, share: Share) -> Array:
        if self.spec.draws == FOR_THE_BATCH:
            return super().draw_share(rng, own, share)
        return fill_normal(self._room(len(share)), own(), share.begin)

    def _room(self, count: int) -> Array:
        return self.scratch.take("drawn", (count, *self.form), np.float32)


def fill_normal(out: Array, rng: np.random.Generator, first: int) -> Array:
    """Fill `out` (n, ...) float32 with the numbers of images `first` to `first + n` of a batch, from a new generator.

    They are the 65,536 quantiles of the normal distribution, each as likely as any other: up to 4.3 deviations.
    """
    rows = out.reshape(len(out), math.prod(out.shape[1:]))
    raws = -(-rows.shape[1] // 4)
    bits: Any = rng.bit_generator
    bits.advance(first * raws)
    for begin in range(0, len(rows), step := max(1, AT_ONCE // raws)):
        part = rows[begin : begin + step]
        levels = bits.random_raw(len(part) * raws).astype("<u8", copy=False).view("<u2").reshape(len(part), -1)
        quantiles().take(levels[:, : part.shape[1]], out=part, mode="wrap")  # every level is one of the table
    return out


@cache
def quantiles() -> Array:
    """The middles of so many equally likely parts of the normal distribution, in order."""
    upper = [NormalDist().inv_cdf((level + 0.5) / LEVELS) for level in range(LEVELS // 2, LEVELS)]
    table = np.array(upper, np.float32)
    return np.concatenate([-table[::-1], table])
