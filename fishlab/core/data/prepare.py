"""From a data set to what a training uses: subset, validation split and scaling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import DIGITS, Dataset, ImageSet, Values
from fishlab.core.errors import DataError, FileFormatError
from fishlab.core.randomness import Stream, stream
from fishlab.core.spec import DataSpec

_COUNTED_AT_ONCE = 4096


@dataclass(frozen=True)
class Scaling:
    """What a grey level g of 0..255 becomes: `scale` g + `shift`, in float32."""

    scale: float
    shift: float

    def apply(self, images: Values) -> NDArray[np.float32]:
        """The scaled images, of the same shape."""
        scaled = images.astype(np.float32)
        scaled *= np.float32(self.scale)
        scaled += np.float32(self.shift)
        return scaled

    def to_dict(self) -> dict[str, float]:
        """A JSON-ready dict."""
        return {"scale": self.scale, "shift": self.shift}

    @classmethod
    def from_dict(cls, data: Any) -> Scaling:
        """The scaling that `to_dict` wrote; raises FileFormatError."""
        if not isinstance(data, Mapping) or set(data) != {"scale", "shift"} or not all(map(_finite, data.values())):
            raise FileFormatError("The scaling of the images is not two finite numbers, scale and shift.")
        return cls(float(data["scale"]), float(data["shift"]))


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, eq=False)
class Prepared:
    """The three parts of a data set, not yet scaled, and the scaling for all of them."""

    name: str
    kind: str
    train: ImageSet
    validation: ImageSet
    test: ImageSet
    scaling: Scaling
    class_names: tuple[str, ...] = DIGITS


def prepare(dataset: Dataset, spec: DataSpec, *, seed: int = 0) -> Prepared:
    """Take a random subset, set a share of it aside to validate, and find the scaling of what is left to learn from.

    The same seed gives the same split. Raises DataError if nothing is left to learn from.
    """
    order = stream(seed, Stream.SPLIT).permutation(len(dataset.train))[: spec.subset or None]
    held_out = round(spec.validation * len(order))
    if held_out >= len(order):
        raise DataError(
            f"Of {len(order):,} training images {held_out:,} would be set aside to validate, and none left to learn "
            "from. Use a larger subset or a smaller share to validate."
        )
    validation, train = dataset.train.take(order[:held_out]), dataset.train.take(order[held_out:])
    scaling = _SCALINGS[spec.scaling](train.images)
    return Prepared(dataset.name, dataset.kind, train, validation, dataset.test, scaling, dataset.class_names)


def _standard(images: Values) -> Scaling:
    """Mean 0 and standard deviation 1 over all pixels; of grey levels found exactly by counting the 256 of them."""
    if images.dtype != np.uint8:
        deviation = float(images.std(dtype=np.float64)) or 1.0
        return Scaling(1 / deviation, -float(images.mean(dtype=np.float64)) / deviation)
    pixels = images.reshape(-1)
    counts = np.zeros(256, np.int64)
    for start in range(0, len(pixels), _COUNTED_AT_ONCE * 256):
        counts += np.bincount(pixels[start : start + _COUNTED_AT_ONCE * 256], minlength=256)
    levels = np.arange(256)
    mean = float(counts @ levels) / len(pixels)
    deviation = math.sqrt(float(counts @ (levels - mean) ** 2) / len(pixels)) or 1.0
    return Scaling(1 / deviation, -mean / deviation)


def _unit(images: Values) -> Scaling:
    """Grey levels to 0..1; numbers that are none stay as they are."""
    return Scaling(1 / 255 if images.dtype == np.uint8 else 1.0, 0.0)


_SCALINGS = {
    "unit": _unit,
    "raw": lambda images: Scaling(1.0, 0.0),
    "standard": _standard,
}
