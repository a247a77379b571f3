"""Augmentations that move pixels in straight lines: all of them together are one affine mapping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.augmentation.base import Array, AugmentationSpec, Geometric, register_augmentation
from fishlab.core.augmentation.mapping import Mapping
from fishlab.core.fields import bool_field, float_field

# A mapping tells where a new pixel comes from, so each of these is the inverse of what is seen.


@dataclass(frozen=True, kw_only=True)
class RotateSpec(AugmentationSpec):
    """How far an image is turned at most."""

    degrees: float = float_field(
        10.0, "Angle", "Turns by an angle between this one to the left and this one to the right.", minimum=0.0,
        maximum=180.0, unit="degrees",
        larger="More variety; from about 45 degrees a 6 and a 9 come close to each other.",
        smaller="Images stay nearly upright; 0 turns none.",
    )  # fmt: skip


@register_augmentation("rotate", title="Rotate", group="Place", help="Turns each image about its middle.")
class Rotate(Geometric[RotateSpec]):
    """Turns by an angle drawn from a uniform distribution."""

    Spec = RotateSpec

    @classmethod
    def spoils_letters(cls, spec: RotateSpec) -> bool:
        """From a quarter turn on, a 6 turned to one side and a 9 turned to the other are the same."""
        return spec.degrees >= 90

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        return rng.uniform(-self.spec.degrees, self.spec.degrees, count)

    def place(self, mapping: Mapping, drawn: Array) -> None:
        angle = np.deg2rad(drawn)
        cos, sin = np.cos(angle), np.sin(angle)
        mapping.turn(_matrices(cos, -sin, sin, cos))


@dataclass(frozen=True, kw_only=True)
class ShiftSpec(AugmentationSpec):
    """How far an image is moved at most."""

    pixels: float = float_field(
        2.0, "Distance", "Moves by up to this many pixels, across and down.", minimum=0.0, maximum=1000.0,
        unit="pixels",
        larger="The place matters less to the network; strokes may leave the frame.",
        smaller="Images stay nearly where they are; 0 moves none.",
    )
    whole: bool = bool_field(False, "Whole pixels", "Moves by whole pixels only, which blurs nothing.")


@register_augmentation(
    "shift", title="Shift", group="Place", help="Moves each image across and down. What leaves the frame is lost."
)
class Shift(Geometric[ShiftSpec]):
    """Moves by two distances drawn from a uniform distribution."""

    Spec = ShiftSpec

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        distance = rng.uniform(-self.spec.pixels, self.spec.pixels, (count, 2))
        return np.rint(distance) if self.spec.whole else distance

    def place(self, mapping: Mapping, drawn: Array) -> None:
        mapping.move(-drawn)


@dataclass(frozen=True, kw_only=True)
class ScaleSpec(AugmentationSpec):
    """How much larger or smaller an image becomes at most."""

    share: float = float_field(
        0.1, "Share", "0.1 makes each image up to a tenth larger or smaller.", minimum=0.0, maximum=0.9,
        larger="Sizes differ more; large images lose their borders.",
        smaller="Sizes stay nearly as they are; 0 changes none.",
    )


@register_augmentation("scale", title="Scale", group="Place", help="Makes what is on each image larger or smaller.")
class Scale(Geometric[ScaleSpec]):
    """Multiplies the size by a factor drawn from a uniform distribution."""

    Spec = ScaleSpec

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        return rng.uniform(1 - self.spec.share, 1 + self.spec.share, count)

    def place(self, mapping: Mapping, drawn: Array) -> None:
        mapping.turn(np.eye(2) / drawn[:, None, None])


@dataclass(frozen=True, kw_only=True)
class ShearSpec(AugmentationSpec):
    """How far an image is slanted at most."""

    slant: float = float_field(
        0.2, "Slant", "0.2 moves a row 10 pixels above the middle by up to 2 pixels.", minimum=0.0, maximum=2.0,
        larger="Images lean more.",
        smaller="Images stay nearly upright; 0 slants none.",
    )


@register_augmentation("shear", title="Shear", group="Place", help="Slants each image, as handwriting leans.")
class Shear(Geometric[ShearSpec]):
    """Moves each row by its height above the middle times a slant drawn from a uniform distribution."""

    Spec = ShearSpec

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        return rng.uniform(-self.spec.slant, self.spec.slant, count)

    def place(self, mapping: Mapping, drawn: Array) -> None:
        one, zero = np.ones_like(drawn), np.zeros_like(drawn)
        mapping.turn(_matrices(one, drawn, zero, one))


@dataclass(frozen=True, kw_only=True)
class CropSpec(AugmentationSpec):
    """How much of an image is kept at least."""

    share: float = float_field(
        0.85, "Share", "Keeps at least this share of the height and width.", minimum=0.05, maximum=1.0,
        larger="More of each image is kept; 1 keeps all.",
        smaller="Smaller parts are enlarged, and what tells the class may be cut off.",
    )


@register_augmentation(
    "crop", title="Crop", group="Place", help="Takes a part from anywhere in each image, and enlarges it to full size.",
)
class Crop(Geometric[CropSpec]):
    """Keeps a part with the proportions of the whole: its size and then its place are uniformly distributed."""

    Spec = CropSpec

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        size, places = rng.uniform(self.spec.share, 1, (count, 1)), rng.uniform(-0.5, 0.5, (count, 2))
        return np.concatenate([size, places], axis=1)

    def place(self, mapping: Mapping, drawn: Array) -> None:
        _, rows, columns = self.size
        size, places = drawn[:, :1], drawn[:, 1:]
        mapping.move(places * (1 - size) * (columns - 1, rows - 1))  # pixels of the edge come from the part's edge
        mapping.turn(np.eye(2) * size[:, :, None])


@dataclass(frozen=True, kw_only=True)
class FlipSpec(AugmentationSpec):
    """How often an image is mirrored."""

    horizontal: float = float_field(
        0.5, "Left to right", "How likely left and right change places.", minimum=0.0, maximum=1.0,
        larger="More images are mirrored; at 0.5 both ways are as frequent.",
        smaller="Fewer are; 0 mirrors none.",
    )
    vertical: float = float_field(
        0.0, "Upside down", "How likely top and bottom change places.", minimum=0.0, maximum=1.0,
        larger="More images stand on their heads; at 0.5 both ways are as frequent.",
        smaller="Fewer do; 0 turns none over.",
    )


@register_augmentation(
    "flip",
    title="Flip",
    group="Place",
    help="Mirrors images at random. For clothes and animals; a mirrored digit is no digit any more, or another one.",
    aliases=("mirror",),
)
class Flip(Geometric[FlipSpec]):
    """Mirrors each way with a probability of its own."""

    Spec = FlipSpec
    mirrors = True

    @classmethod
    def spoils_letters(cls, spec: FlipSpec) -> bool:
        """Unless it is never done."""
        return spec.horizontal > 0 or spec.vertical > 0

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        return np.where(rng.random((count, 2)) < (self.spec.horizontal, self.spec.vertical), -1.0, 1.0)

    def place(self, mapping: Mapping, drawn: Array) -> None:
        mapping.turn(drawn[:, :, None] * np.eye(2))


def _matrices(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Matrices [[a, b], [c, d]], (n, 2, 2)."""
    return np.stack([a, b, c, d], axis=-1).reshape(-1, 2, 2)
