"""One image to look at: of the data, or drawn by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array
from fishlab.core.sight import Sight


@dataclass(frozen=True, eq=False)
class OneImage:
    """`pixels` (C, H, W) as the data have them; `label` is None for a drawing.

    It has this `number` (see ImageSet) and is of "train" or "validation", whose numbers go from `first` to `last`; of
    both `highest` is the largest.
    """

    pixels: Array
    label: int | None = None
    number: int = 0
    split: str = ""
    first: int = 0
    last: int = 0
    highest: int = 0


def one_image(sight: Sight, *, split: str = "train", image: int = 1, step: int = 0, drawing: bytes = b"") -> OneImage:
    """The image of this number, or the next one behind it in a split; "" for whatever split it is in.

    `step` goes on by so many images of the split, or back. A drawing is float32 grey levels as bytes. Raises DataError
    where there are no images, or the drawing is not what the network reads.
    """
    if drawing:
        return _drawn(sight, drawing)
    images = sight.images(split or sight.part_of(image))
    place, numbers, order = images.place(image, step), images.numbers, images.order
    highest = max(int(part.numbers.max()) for part in (sight.data.train, sight.data.validation) if len(part))
    return OneImage(
        images.images[place].copy(), int(images.labels[place]), int(numbers[place]),
        "train" if images is sight.data.train else "validation", int(numbers[order[0]]), int(numbers[order[-1]]),
        highest,
    )  # fmt: skip


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
