"""The data that a network learns from: which, how many, how scaled and how changed at random."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from fishlab.core.augmentation import AugmentationSpec, augmentation_from_dict
from fishlab.core.errors import SpecError
from fishlab.core.fields import Spec, bool_field, choice_field, float_field, int_field, pair_field, text_field
from fishlab.core.spec.reading import expect

MOST_AUGMENTATIONS = 100
SOURCES = {
    "auto": "MNIST if it is here, else drawn digits",
    "mnist": "MNIST",
    "digits": "Drawn digits",
    "fashion_mnist": "Fashion-MNIST",
    "kmnist": "KMNIST",
    "gates": "Logic gates",
    "circles": "Circles",
    "moons": "Moons",
    "spirals": "Spirals",
    "folder": "Folder of images",
    "csv": "CSV file",
    "npz": "NPZ file",
    "idx": "IDX files",
}
GATES = {"and": "AND", "or": "OR", "nand": "NAND", "xor": "XOR"}
ROWS = {"auto": "what the numbers look like", "grey": "grey images", "colour": "colour images", "features": "features"}
_PLANE = ("gates", "circles", "moons", "spirals")
_TABLES = ("csv", "npz")
SCALES = {
    "unit": "0 to 1",
    "raw": "0 to 255",
    "standard": "mean 0, deviation 1",
    "channels": "each channel mean 0, deviation 1",
    "pixels": "each pixel mean 0, deviation 1",
    "whitened": "whitened (ZCA)",
}
WHITENED = ("channels", "pixels", "whitened")  # those with numbers for every pixel
MATRIX = ("whitened",)  # or for every two of them


@dataclass(frozen=True, kw_only=True)
class DataSpec(Spec):
    """Which images, how many, how scaled, and what is set aside to validate."""

    source: str = choice_field("auto", "Data set", "Where the data come from.", SOURCES)
    folder: str = text_field(
        "",
        "Folder",
        "A folder with the four MNIST files, plain or gzipped; empty, the usual places are tried. For images of your "
        "own, a folder that holds one folder for each class, or these in folders train and test.",
        shown_when=("source", ("mnist", "auto", "fashion_mnist", "kmnist", "folder")),
    )
    file: str = text_field(
        "",
        "File",
        "The file with images or features and their labels.",
        shown_when=("source", (*_TABLES, "idx")),
        later=True,
    )
    label_file: str = text_field(
        "",
        "Label file",
        "The file with the labels. Empty: the one beside the images' that is called as theirs, with labels for images.",
        shown_when=("source", ("idx",)),
        later=True,
    )
    drawn: int = int_field(
        60_000,
        "Drawn",
        "How many training digits FishLab draws.",
        minimum=1_000,
        maximum=1_000_000,
        unit="images",
        shown_when=("source", ("digits", "auto")),
        larger="More to learn from, and longer epochs.",
        smaller="Shorter epochs; the network overfits sooner.",
    )
    wildness: float = float_field(
        0.0,
        "Wildness",
        "0 draws neat digits, 1 wild ones: harder to learn, closer to what people really write.",
        minimum=0.0,
        maximum=1.0,
        shown_when=("source", ("digits", "auto")),
        larger="Harder to learn, and more like what people really write.",
        smaller="Neater, easier digits.",
    )
    gate: str = choice_field(
        "xor",
        "Gate",
        "Which answer two inputs, each 0 or 1, are given.",
        GATES,
        shown_when=("source", ("gates",)),
        later=True,
    )
    points: int = int_field(
        1_000,
        "Points",
        "How many points there are to learn from; half as many more are kept to test.",
        minimum=8,
        maximum=1_000_000,
        shown_when=("source", _PLANE),
        later=True,
        larger="The border between the classes is clearer, and epochs last longer.",
        smaller="Fewer examples: chance decides more.",
    )
    noise: float = float_field(
        0.1,
        "Noise",
        "How far points are scattered about their places: the standard deviation.",
        minimum=0.0,
        maximum=2.0,
        shown_when=("source", _PLANE),
        later=True,
        larger="The classes mix, and no border is right for every point.",
        smaller="The classes are cleanly apart.",
    )
    arms: int = int_field(
        2,
        "Classes",
        "How many circles there are, or arms of the spiral.",
        minimum=2,
        maximum=10,
        shown_when=("source", ("circles", "spirals")),
        later=True,
        larger="More classes to tell apart, closer together.",
        smaller="Fewer classes, with more room between them.",
    )
    turns: float = float_field(
        1.0,
        "Turns",
        "How often an arm goes around.",
        minimum=0.1,
        maximum=5.0,
        shown_when=("source", ("spirals",)),
        later=True,
        larger="The arms wind more often, and the border is harder to learn.",
        smaller="The arms are nearly straight.",
    )
    draw: int = int_field(0, "Draw", "Another number draws other points.", shown_when=("source", _PLANE), later=True)
    image_size: tuple[int, int] = pair_field(
        (28, 28),
        "Image size",
        "Rows and columns that every picture is brought to; of a table, those that a row makes where they are not "
        "square.",
        minimum=1,
        maximum=512,
        shown_when=("source", ("folder", *_TABLES)),
        later=True,
        larger="More details, and more time and memory for every layer before the first Affine.",
        smaller="Faster; details are lost.",
    )
    colour: bool = bool_field(False, "Colour", "Red, green, blue.", shown_when=("source", ("folder",)), later=True)
    label_column: str = text_field(
        "",
        "Label column",
        "The name or the number, from 1, of the column with the labels. Empty: one called label, else the first.",
        shown_when=("source", ("csv",)),
        later=True,
    )
    row_is: str = choice_field(
        "auto",
        "Rows are",
        "What a row of numbers stands for. By itself: 64 or more levels of 0 to 255 that make a square are an image.",
        ROWS,
        shown_when=("source", _TABLES),
        later=True,
    )
    test_share: float = float_field(
        0.2,
        "Test",
        "The share of each class that is kept to test, where the data have no part of their own for it.",
        minimum=0.0,
        maximum=0.9,
        shown_when=("source", ("folder", *_TABLES, "idx")),
        later=True,
        larger="A surer test, and less to learn from.",
        smaller="More to learn from, and a less certain test.",
    )
    subset: int = int_field(
        0, "Subset", "Learn from only this many of them; 0 uses all.", minimum=0, maximum=10_000_000,
        larger="More to learn from, and longer epochs.",
        smaller="Short epochs, and soon all are known by heart; 0 uses all.",
    )
    validation: float = float_field(
        1 / 12,
        "Validation",
        "The share of the training set that is set aside to measure, never to learn from.",
        minimum=0.0,
        maximum=0.9,
        larger="The validation curves are surer, and less is left to learn from.",
        smaller="More to learn from; the validation curves waver, and at 0 there are none.",
    )
    scaling: str = choice_field("unit", "Scaling", "What the grey levels 0 to 255 become.", SCALES)
    epsilon: float = float_field(
        0.1,
        "Epsilon",
        "Added to every variance: directions that vary much less than this are left small, or they would be noise.",
        minimum=0.0,
        maximum=1000.0,
        minimum_open=True,
        shown_when=("scaling", ("whitened",)),
        later=True,
        larger="Gentler: small directions stay small, and all looks more as it was.",
        smaller="All directions become equally strong, and noise with them.",
    )
    augmentation: tuple[AugmentationSpec, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        steps = self.augmentation
        if not isinstance(steps, (list, tuple)) or len(steps) > MOST_AUGMENTATIONS:
            raise SpecError(f"The augmentation is not a list of at most {MOST_AUGMENTATIONS} entries.")
        for step in steps:
            expect(step, AugmentationSpec, "An augmentation", "AUGMENTATIONS['rotate'].item.Spec()")
        object.__setattr__(self, "augmentation", tuple(steps))

    def to_dict(self) -> dict[str, Any]:
        data = super().to_dict()
        steps = [spec.to_dict() for spec in data.pop("augmentation")]
        return {**data, "augmentation": steps} if steps else data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        steps = data.get("augmentation", [])
        if not isinstance(steps, (list, tuple)):
            raise SpecError(f"The augmentation is not a list of at most {MOST_AUGMENTATIONS} entries.")
        spec = super().from_dict({name: value for name, value in data.items() if name != "augmentation"})
        return dataclasses.replace(spec, augmentation=tuple(map(augmentation_from_dict, steps)))
