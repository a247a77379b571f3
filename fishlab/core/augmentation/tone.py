"""Augmentations that change grey levels and leave every pixel where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.augmentation.base import Array, AugmentationSpec, Size, Tonal, register_augmentation
from fishlab.core.augmentation.many import Many, ManySpec
from fishlab.core.fields import float_field


@dataclass(frozen=True, kw_only=True)
class BrightnessSpec(AugmentationSpec):
    """How much brighter, and how much richer in contrast, an image becomes at most."""

    brightness: float = float_field(
        0.2, "Brightness", "Makes each image brighter or darker by up to this share of white.", minimum=0.0,
        maximum=1.0,
        larger="Lighter and darker images; what reaches black or white is lost.",
        smaller="Nearly as they were; 0 changes nothing.",
    )
    contrast: float = float_field(
        0.2, "Contrast", "0.2 draws grey levels up to a fifth apart, or together.", minimum=0.0, maximum=1.0,
        larger="Stronger and paler images.",
        smaller="Nearly as they were; 0 changes nothing.",
    )


@register_augmentation(
    "brightness", title="Brightness", group="Tone", help="Changes brightness and contrast.", aliases=("contrast",)
)
class Brightness(Tonal[BrightnessSpec]):
    """g -> contrast (g - white / 2) + white / 2 + brightness, held between black and white; both drawn uniformly."""

    Spec = BrightnessSpec

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        most = np.array([self.spec.brightness, self.spec.contrast])
        return rng.uniform(-most, most, (count, 2))

    def tint(self, levels: Array, drawn: Array, white: float) -> None:
        contrast = 1 + drawn[:, 1]
        shift = white * (drawn[:, 0] + (1 - contrast) / 2)
        levels *= contrast.astype(levels.dtype)[:, None, None, None]
        levels += shift.astype(levels.dtype)[:, None, None, None]
        _hold(levels, white)


@dataclass(frozen=True, kw_only=True)
class NoiseSpec(ManySpec):
    """How strong the noise is."""

    deviation: float = float_field(
        0.1, "Deviation", "The standard deviation of the noise, as a share of white.", minimum=0.0, maximum=1.0,
        larger="More grain, in the end more than image.",
        smaller="Less grain; 0 adds none.",
    )


@register_augmentation("noise", title="Noise", group="Tone", help="Adds Gaussian noise to every pixel.")
class Noise(Many, Tonal[NoiseSpec]):
    """Adds normally distributed numbers, and holds the result between black and white."""

    Spec = NoiseSpec
    room = 1

    def __init__(self, spec: NoiseSpec, size: Size) -> None:
        super().__init__(spec, size)
        self.form = size

    def tint(self, levels: Array, drawn: Array, white: float) -> None:
        drawn *= np.float32(white * self.spec.deviation)
        levels += drawn
        _hold(levels, white)


def _hold(levels: Array, white: float) -> None:
    np.clip(levels, 0, white, out=levels)
