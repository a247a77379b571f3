"""One image to look at: of the data, or drawn by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array
from fishlab.core.sight import Sight


@dataclass(frozen=True, eq=False)
class OneImage:
    """`pixels` (C, H, W) as the data have them; `label` is None for a drawing. It is number `index` of `count`."""

    pixels: Array
    label: int | None = None
    index: int = 0
    count: int = 0


def one_image(sight: Sight, *, split: str = "train", image: int = 0, drawing: bytes = b"") -> OneImage:
    """Image number `image` of a split, the last one where there are fewer; or a drawing, float32 grey levels as bytes.

    Raises DataError where there are no images, or the drawing is not what the network reads.
    """
    if drawing:
        return _drawn(sight, drawing)
    images = sight.images(split)
    index = max(0, min(image, len(images) - 1))
    return OneImage(images.images[index].copy(), int(images.labels[index]), index, len(images))


def _drawn(sight: Sight, drawing: bytes) -> OneImage:
    pixels, shape = np.frombuffer(drawing, np.float32), sight.moment.network.in_shape
    if pixels.size != np.prod(shape):
        raise DataError(
            f"The drawing has {pixels.size:,} pixels, and the network reads {' × '.join(map(str, shape))}. Choose an "
            "image of the data."
        )
    return OneImage(pixels.reshape(shape).copy())


def as_read(sight: Sight, pixels: Array) -> Array:
    """One image as the network reads it: (*in_shape, 1), scaled, in the precision of the network."""
    scaled = sight.scaling.apply(pixels[None]).astype(sight.network.dtype, copy=False)
    return np.ascontiguousarray(np.moveaxis(scaled, 0, -1))
