"""Elastic distortion: every pixel is moved a little, neighbours nearly alike, as a hand is never quite steady."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.augmentation.base import Array, Geometric, Size, register_augmentation
from fishlab.core.augmentation.many import Many, ManySpec
from fishlab.core.augmentation.mapping import Mapping
from fishlab.core.fields import float_field

REACH = 3  # of the Gaussian, in standard deviations


@dataclass(frozen=True, kw_only=True)
class ElasticSpec(ManySpec):
    """How strong the distortion is, and how smooth."""

    alpha: float = float_field(
        34.0,
        "Strength",
        "Alpha: pixels that each place would move by without smoothing. With a smoothness of 4, strength 34 moves "
        "them by about 1.4 pixels.",
        minimum=0.0,
        maximum=10_000.0,
        larger="Bends more, in the end beyond recognition.",
        smaller="Bends less; 0 leaves images as they are.",
    )
    sigma: float = float_field(
        4.0,
        "Smoothness",
        "Sigma: how far neighbours move alike, in pixels. Large values bend the whole image, small ones tear it.",
        minimum=1.0,
        maximum=100.0,
        unit="pixels",
        larger="Wider, gentler waves, which also move less.",
        smaller="Finer waves, which tear strokes apart.",
    )


@register_augmentation(
    "elastic",
    title="Elastic",
    group="Place",
    help="Bends each image like rubber, a little elsewhere in each place.",
    paper="Simard, Steinkraus and Platt 2003",
)
class Elastic(Many, Geometric[ElasticSpec]):
    """Random moves, uniform in -1..1 for every pixel, smoothed by a Gaussian of `sigma` and multiplied by `alpha`.

    Simard, Steinkraus and Platt 2003. The smoothed moves are made without the others: as a sum of Gaussian hills at
    nodes one sigma apart, of normally distributed heights, which has the same covariance to 1 in 10,000 and takes a
    tenth of the random numbers.
    """

    Spec = ElasticSpec
    room = 4  # moves across and down, and what they are made from

    def __init__(self, spec: ElasticSpec, size: Size) -> None:
        super().__init__(spec, size)
        sigma = spec.sigma
        strength = spec.alpha / math.sqrt(3) / (2 * math.sqrt(math.pi) * sigma)
        self._down = (strength * _hills(size[1], sigma)).astype(np.float32)
        self._across = np.ascontiguousarray(_hills(size[2], sigma).T, np.float32)
        self.form = 2, self._down.shape[1], self._across.shape[0]

    def place(self, mapping: Mapping, drawn: Array) -> None:
        """All products are one per image, so that bits do not depend on the number of images."""
        nodes = drawn.shape[2:]
        turned = self.scratch.take("turned", drawn.shape, np.float32)
        np.matmul(mapping.matrix.astype(np.float32), _rows(drawn), out=_rows(turned))
        wide = self.scratch.take("wide", (*drawn.shape[:2], nodes[0], self.size[2]), np.float32)
        bend = self.scratch.take("bend", (*drawn.shape[:2], *self.size[1:]), np.float32)
        mapping.warp(np.matmul(self._down, np.matmul(turned, self._across, out=wide), out=bend))


def _rows(moves: Array) -> Array:
    """(n, 2, H, W) -> (n, 2, H W)."""
    return moves.reshape(*moves.shape[:2], math.prod(moves.shape[2:]))


def _hills(size: int, sigma: float) -> Array:
    """Hills at nodes `sigma` apart, as seen from `size` pixels: (size, nodes). The squares of each row add up to 1."""
    nodes = np.arange(-REACH, math.ceil((size - 1) / sigma) + REACH + 1) * sigma
    distance = (np.arange(size)[:, None] - nodes) / sigma
    hills: Array = np.exp(-(distance**2) / 2) / math.pi**0.25
    return hills
