"""What pixels become before a network sees them, found once from the training images and then the same for all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import Values
from fishlab.core.data.whitening import Whitening, standardising, zca
from fishlab.core.errors import FileFormatError
from fishlab.core.spec import DataSpec

_COUNTED_AT_ONCE = 4096
_AXES = {"pixels": 1, "whitened": 2}
"""How many axes the matrix of a whitening has, by what it is called in files."""


@dataclass(frozen=True)
class Scaling:
    """What a number g, such as a grey level of 0..255, becomes: `scale` g + `shift`, in float32; then the `whitening`
    of all numbers of an image, if there is one.
    """

    scale: float
    shift: float
    whitening: Whitening | None = None

    def apply(self, images: Values) -> NDArray[np.float32]:
        """The scaled images (N, ...), of the same shape."""
        scaled = images.astype(np.float32)
        scaled *= np.float32(self.scale)
        scaled += np.float32(self.shift)
        if self.whitening is None:
            return scaled
        whitened = np.empty_like(scaled)
        self.whitening.apply(scaled.reshape(len(scaled), -1), whitened.reshape(len(scaled), -1))
        return whitened

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict of all but the `arrays`."""
        plain: dict[str, Any] = {"scale": self.scale, "shift": self.shift}
        if self.whitening is None:
            return plain
        return plain | {"whitening": next(name for name, axes in _AXES.items() if axes == self.whitening.matrix.ndim)}

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The arrays that belong to it, by name."""
        return {"mean": self.whitening.mean, "matrix": self.whitening.matrix} if self.whitening else {}

    @classmethod
    def from_dict(cls, data: Any, arrays: Mapping[str, NDArray[Any]] | None = None) -> Scaling:
        """The scaling that `to_dict` and `arrays` wrote; raises FileFormatError."""
        whitened = _axes(data) is not None
        values = {name: value for name, value in data.items() if name != "whitening"} if whitened else data
        numbers = isinstance(values, Mapping) and set(values) == {"scale", "shift"}
        if not numbers or not all(map(_finite, values.values())):
            raise FileFormatError("The scaling of the images is not two finite numbers, scale and shift.")
        return cls(float(values["scale"]), float(values["shift"]), _read(arrays or {}) if whitened else None)


def array_shapes(data: Any, count: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays that belong to what `to_dict` wrote, for images of `count` numbers."""
    axes = _axes(data)
    return {} if axes is None else {"mean": (count,), "matrix": (count,) * axes}


def _axes(data: Any) -> int | None:
    name = data.get("whitening") if isinstance(data, Mapping) else None
    return _AXES.get(name) if isinstance(name, str) else None


def _read(arrays: Mapping[str, NDArray[Any]]) -> Whitening:
    if set(arrays) != {"mean", "matrix"} or not all(np.isfinite(array).all() for array in arrays.values()):
        raise FileFormatError("The whitening of the images lacks a mean or a matrix, or they are not finite.")
    return Whitening(arrays["mean"], arrays["matrix"]).to(np.float32)


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def find_scaling(images: Values, spec: DataSpec) -> Scaling:
    """The scaling that a spec asks for, from the training images. Raises DataError where they are too large for it."""
    return _SCALINGS[spec.scaling](images, spec)


def _unit(images: Values, spec: DataSpec) -> Scaling:
    """Grey levels to 0..1; numbers that are none stay as they are."""
    return Scaling(1 / 255 if images.dtype == np.uint8 else 1.0, 0.0)


def _raw(images: Values, spec: DataSpec) -> Scaling:
    return Scaling(1.0, 0.0)


def _standard(images: Values, spec: DataSpec) -> Scaling:
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


def _pixels(images: Values, spec: DataSpec) -> Scaling:
    return _in_groups(images, spec, math.prod(images.shape[1:]))


def _channels(images: Values, spec: DataSpec) -> Scaling:
    return _in_groups(images, spec, images.shape[1])


def _in_groups(images: Values, spec: DataSpec, groups: int) -> Scaling:
    scale = _unit(images, spec).scale
    return Scaling(scale, 0.0, standardising(images.reshape(len(images), -1), scale, groups))


def _whitened(images: Values, spec: DataSpec) -> Scaling:
    scale = _unit(images, spec).scale
    return Scaling(scale, 0.0, zca(images.reshape(len(images), -1), scale, spec.epsilon))


_SCALINGS = {
    "unit": _unit,
    "raw": _raw,
    "standard": _standard,
    "channels": _channels,
    "pixels": _pixels,
    "whitened": _whitened,
}
