"""Views of images that sliding windows need."""

from __future__ import annotations

from collections.abc import Iterator

from fishlab.core.layers.base import Array


def without_border(image: Array, border: tuple[int, int]) -> Array:
    """The inside of an image (C, HP, WP, N) with a border of this many rows and columns, as a view."""
    top, left = border
    return image[:, top : image.shape[1] - top, left : image.shape[2] - left]


def taps(image: Array, axis: int, size: int, stride: int) -> Iterator[Array]:
    """For each of `size` places in a window that slides along `axis`, what it meets there, as views."""
    steps = (image.shape[axis] - size) // stride + 1
    before = (slice(None),) * axis
    for place in range(size):
        yield image[(*before, slice(place, place + stride * steps, stride))]
