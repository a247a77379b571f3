"""Where the pixels of changed images come from: one mapping for all that moves them, one bilinear interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
AT_ONCE = 25  # images: what is worked on then stays in the nearer caches


class Mapping:
    """For each of `count` new images: pixel (x, y) comes from `matrix` (x, y) + `offset` + `bend` of the old one.

    Places count in pixels to the right and down from the middle of the image. `bend` (count, 2, H, W) is None where
    all is straight.
    """

    def __init__(self, count: int) -> None:
        self.matrix = np.tile(np.eye(2), (count, 1, 1))
        self.offset = np.zeros((count, 2))
        self.bend: Array | None = None

    def turn(self, matrix: Array) -> None:
        """What comes after has its pixels from `matrix` (n, 2, 2) times their place."""
        self.matrix = self.matrix @ matrix

    def move(self, offset: Array) -> None:
        """What comes after has its pixels from `offset` (n, 2) away."""
        self.offset = self.offset + (self.matrix @ offset[:, :, None])[:, :, 0]

    def warp(self, bend: Array) -> None:
        """Each pixel comes from `bend` (n, 2, H, W) further away in the old image. The array becomes the mapping's."""
        if self.bend is None:
            self.bend = bend
        else:
            self.bend += bend


class Sampler:
    """Looks up images of `size` (C, H, W) through a mapping: bilinear between four pixels, black outside.

    Its memory, for AT_ONCE images, is made once.
    """

    def __init__(self, size: tuple[int, int, int]) -> None:
        channels, rows, columns = self.size = size
        self._stride = columns + 2  # a black border of one pixel
        self._plane = (rows + 2) * self._stride
        self._source = np.zeros(AT_ONCE * channels * self._plane + self._stride + 2, np.float32)
        kind = np.float32 if self._plane < 2**24 else np.float64  # holds the number of every pixel exactly
        places = AT_ONCE, rows, columns
        self._x, self._y, self._left, self._top = (np.empty(places, kind) for _ in range(4))
        self._near = np.empty(places, np.intp)
        self._corners = np.empty((2, *places), np.float32)
        self._begins = (np.arange(AT_ONCE) * channels * self._plane)[:, None, None]
        self._across = np.arange(columns) - (columns - 1) / 2
        self._down = np.arange(rows) - (rows - 1) / 2
        self._middle = np.array([columns + 1, rows + 1]) / 2  # with the border

    def sample(self, images: Array, mapping: Mapping, out: Array) -> None:
        """Fill `out` (n, C, H, W) float32 with the grey levels that `images` (n, C, H, W) have in these places."""
        for begin in range(0, len(images), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            bend = None if mapping.bend is None else mapping.bend[part]
            count = len(images[part])
            self._find(mapping.matrix[part], mapping.offset[part] + self._middle, bend, count)
            self._lay_in(images[part])
            for channel in range(self.size[0]):
                self._look_up(channel, out[part, channel])

    def _lay_in(self, images: Array) -> None:
        """Copy the images into their borders."""
        channels, rows, columns = self.size
        framed = self._source[: AT_ONCE * channels * self._plane].reshape(AT_ONCE, channels, rows + 2, columns + 2)
        np.copyto(framed[: len(images), :, 1:-1, 1:-1], images)

    def _find(self, matrix: Array, offset: Array, bend: Array | None, count: int) -> None:
        """For each new pixel: its upper left neighbour's place in the source, and how far beyond that it lies."""
        x, y, left, top, near = (a[:count] for a in (self._x, self._y, self._left, self._top, self._near))
        for axis, (place, low, size) in enumerate(((x, left, self.size[2]), (y, top, self.size[1]))):
            along = matrix[:, axis, 0, None] * self._across
            across = matrix[:, axis, 1, None] * self._down + offset[:, axis, None]
            np.add(along.astype(place.dtype)[:, None, :], across.astype(place.dtype)[:, :, None], out=place)
            if bend is not None:
                place += bend[:, axis]
            np.clip(place, 0, size + 1, out=place)
            np.floor(place, out=low)
            place -= low
        top *= self._stride
        top += left
        np.copyto(near, top, casting="unsafe")
        near += self._begins[:count]

    def _look_up(self, channel: int, out: Array) -> None:
        count = len(out)
        x, y, near = self._x[:count], self._y[:count], self._near[:count]
        source, (one, other) = self._source[channel * self._plane :], self._corners[:, :count]
        source.take(near, out=one, mode="wrap")  # the places are known to be inside
        source[1:].take(near, out=other, mode="wrap")
        upper = _between(one, other, x, one)
        lower = self._top[:count] if self._top.dtype == np.float32 else np.empty_like(one)
        source[self._stride :].take(near, out=lower, mode="wrap")
        source[self._stride + 1 :].take(near, out=other, mode="wrap")
        lower = _between(lower, other, x, lower)
        _between(upper, lower, y, out)


def _between(one: Array, other: Array, share: Array, out: Array) -> Array:
    """one + share (other - one); `other` is used up."""
    other -= one
    other *= share
    return np.add(one, other, out=out)
