"""What every augmentation is: training images changed at random, anew in each step (chapter 8.1.2).

One that moves pixels adds to a `Mapping`, so that any number of them cost one interpolation. One that changes grey
levels works on them in place, afterwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from fishlab.core.augmentation.mapping import Mapping
from fishlab.core.errors import SpecError
from fishlab.core.fields import Spec, bool_field
from fishlab.core.kernels.scratch import Scratch
from fishlab.core.registry import Registry
from fishlab.core.share import Share

Array = NDArray[Any]
Size = tuple[int, int, int]
Fresh = Callable[[], np.random.Generator]


@dataclass(frozen=True, kw_only=True)
class AugmentationSpec(Spec):
    """What every augmentation has: a kind, and fields of its own. One that is off stays listed, and does nothing."""

    enabled: bool = bool_field(True, "In use", "Off, images are left as they are.", later=True)


SpecT = TypeVar("SpecT", bound=AugmentationSpec)


class Augmentation(ABC, Generic[SpecT]):
    """The base of every augmentation, for images of `size` (C, H, W).

    `room` is how many numbers it keeps for each pixel of a batch. One that `mirrors` turns images over.
    """

    Spec: ClassVar[type[AugmentationSpec]]
    room: ClassVar[int] = 0
    mirrors: ClassVar[bool] = False

    def __init__(self, spec: SpecT, size: Size) -> None:
        self.spec, self.size = spec, size
        self.scratch = Scratch()  # for all that has as many numbers as a batch has pixels

    @classmethod
    def spoils_letters(cls, spec: SpecT) -> bool:
        """Whether these settings make of letters and digits other ones, or none."""
        return cls.mirrors

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """All that is random for `count` images, (count, ...): always as many numbers for as many images."""

    def draw_share(self, rng: np.random.Generator, own: Fresh, share: Share) -> Array:
        """All that is random for a share of a batch, from the generator of all augmentations or an own one."""
        return self.draw(rng, share.total)[share.begin : share.end]


class Geometric(Augmentation[SpecT]):
    """One that moves pixels."""

    @abstractmethod
    def place(self, mapping: Mapping, drawn: Array) -> None:
        """Add to the mapping what was drawn for its images."""


class Tonal(Augmentation[SpecT]):
    """One that changes grey levels."""

    @abstractmethod
    def tint(self, levels: Array, drawn: Array, white: float) -> None:
        """Change grey levels (n, C, H, W), black 0, in place, by what was drawn for these images."""


AUGMENTATIONS: Registry[type[Augmentation[Any]]] = Registry("augmentation")


def register_augmentation(kind: str, **description: Any) -> Any:
    """Class decorator: enter an augmentation in AUGMENTATIONS and give its Spec the `kind`."""
    enter = AUGMENTATIONS.register(kind, chapter="8.1", **description)

    def decorate(cls: type[Augmentation[Any]]) -> type[Augmentation[Any]]:
        cls.Spec.kind = kind
        return enter(cls)

    return decorate


def augmentation_from_dict(data: Any) -> AugmentationSpec:
    """The spec that `to_dict` wrote; raises SpecError, FieldError or UnknownKindError."""
    if not isinstance(data, Table) or not isinstance(data.get("kind"), str):
        raise SpecError("An augmentation is a table of names and values with a “kind”; something else was found.")
    spec: AugmentationSpec = AUGMENTATIONS[data["kind"]].item.Spec.from_dict(data)
    return spec
