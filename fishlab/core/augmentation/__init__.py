"""Augmentations, one family a file. Importing this package registers them all, in the order of the window."""

# isort: off
from fishlab.core.augmentation import (  # noqa: F401
    geometry,
    elastic,
    tone,
)

# isort: on
from fishlab.core.augmentation.base import AUGMENTATIONS, Augmentation, AugmentationSpec, augmentation_from_dict
from fishlab.core.augmentation.pipeline import Pipeline, augmented, in_use, rooms

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "AugmentationSpec",
    "Pipeline",
    "augmentation_from_dict",
    "augmented",
    "in_use",
    "rooms",
]
