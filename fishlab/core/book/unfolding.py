"""im2col made visible: which pixel of which patch stands where (chapter 7.4).

Images are (N, C, H, W), windows (FH, FW). The unfolded matrix has a row for each patch, a place of the window in one
image, and a column for each number in it: (N OH OW, C FH FW). A filter is then one more column to multiply with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from fishlab.core.errors import DataError, FieldError
from fishlab.core.layers.base import Array
from fishlab.core.layers.windows import Axis

Pair = tuple[int, int]


def output_size(size: int, window: int, stride: int = 1, padding: int = 0) -> int:
    """OH = (H + 2P - FH) / S + 1 (7.2.4). Raises FieldError, with the arithmetic, where that is no whole number."""
    for name, value, least in (("window", window, 1), ("stride", stride, 1), ("padding", padding, 0)):
        if value < least:
            raise FieldError(name, f"The {name} is {value}; it must be at least {least}.")
    axis = Axis("rows", size, window, stride, padding)
    if axis.span < 0:
        raise FieldError("window", f"The window is larger than the image: {axis.arithmetic}. Make it smaller.")
    if not axis.fits:
        raise FieldError("stride", f"{axis.arithmetic} is not a whole number: change the stride, window or padding.")
    return axis.out


class Patch(NamedTuple):
    """A place of the window: the image, and the row and column of the output it computes."""

    image: int
    row: int
    column: int


class Pixel(NamedTuple):
    """A pixel of an image."""

    image: int
    channel: int
    row: int
    column: int


@dataclass(frozen=True)
class Unfolding:
    """How images of one shape (N, C, H, W) are unfolded for a window; rows and columns can be traced both ways.

    Raises FieldError where the window does not fit.
    """

    shape: tuple[int, int, int, int]
    window: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)

    def __post_init__(self) -> None:
        self.out  # noqa: B018 - refuses what does not fit

    @property
    def out(self) -> Pair:
        """(OH, OW)."""
        rows, columns = (
            output_size(*sizes) for sizes in zip(self.shape[2:], self.window, self.stride, self.padding, strict=True)
        )
        return rows, columns

    @property
    def matrix(self) -> Pair:
        """Rows and columns of the unfolded matrix: (N OH OW, C FH FW)."""
        images, channels = self.shape[:2]
        return images * self.out[0] * self.out[1], channels * self.window[0] * self.window[1]

    @property
    def memory_factor(self) -> float:
        """How many times as much memory as the images the unfolded matrix takes."""
        rows, columns = self.matrix
        return rows * columns / float(np.prod(self.shape))

    # -- traced ------------------------------------------------------------------------------------------------
    def patch(self, row: int) -> Patch:
        """The patch that a row of the matrix is."""
        return Patch(*(int(i) for i in np.unravel_index(row, (self.shape[0], *self.out))))

    def pixel(self, row: int, column: int) -> Pixel | None:
        """The pixel that a cell of the matrix is a copy of; None in the padding."""
        patch = self.patch(row)
        channel, i, j = (int(k) for k in np.unravel_index(column, (self.shape[1], *self.window)))
        down = patch.row * self.stride[0] + i - self.padding[0]
        across = patch.column * self.stride[1] + j - self.padding[1]
        inside = 0 <= down < self.shape[2] and 0 <= across < self.shape[3]
        return Pixel(patch.image, channel, down, across) if inside else None

    def cells(self, pixel: Pixel) -> Iterator[Pair]:
        """Every cell (row, column) of the matrix that is a copy of this pixel."""
        for i, j in self._taps:
            row, over = divmod(pixel.row + self.padding[0] - i, self.stride[0])
            column, beyond = divmod(pixel.column + self.padding[1] - j, self.stride[1])
            if not over and not beyond and 0 <= row < self.out[0] and 0 <= column < self.out[1]:
                patch = np.ravel_multi_index((pixel.image, row, column), (self.shape[0], *self.out))
                yield int(patch), int(np.ravel_multi_index((pixel.channel, i, j), (self.shape[1], *self.window)))

    # -- computed ----------------------------------------------------------------------------------------------
    def unfold(self, images: Array) -> Array:
        """im2col: images (N, C, H, W) -> the matrix, a patch a row (7.4.3)."""
        if images.shape != self.shape:
            raise DataError(f"The images are {images.shape} and not {self.shape}, which this was made for.")
        rows, columns = self.padding
        padded = np.pad(images, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
        patches = np.empty((self.shape[0], *self.out, self.shape[1], *self.window), images.dtype)
        for i, j in self._taps:
            patches[..., i, j] = self._tap(padded, i, j).transpose(0, 2, 3, 1)
        return patches.reshape(self.matrix)

    def fold(self, matrix: Array) -> Array:
        """col2im: every cell is added to the pixel it is a copy of, which is the way back of `unfold` (7.4.4)."""
        if matrix.shape != self.matrix:
            raise DataError(f"The matrix is {matrix.shape} and not {self.matrix}, which `unfold` makes.")
        images, channels, height, width = self.shape
        rows, columns = self.padding
        patches = matrix.reshape(images, *self.out, channels, *self.window)
        padded = np.zeros((images, channels, height + 2 * rows, width + 2 * columns), matrix.dtype)
        for i, j in self._taps:
            self._tap(padded, i, j)[...] += patches[..., i, j].transpose(0, 3, 1, 2)
        return padded[:, :, rows : rows + height, columns : columns + width]

    @property
    def _taps(self) -> Iterator[Pair]:
        """The places within the window, in reading order."""
        return product(range(self.window[0]), range(self.window[1]))

    def _tap(self, padded: Array, i: int, j: int) -> Array:
        """The pixels that place (i, j) of the window meets on its way: a view (N, C, OH, OW)."""
        (rows, columns), (down, across) = self.out, self.stride
        return padded[:, :, i : i + down * (rows - 1) + 1 : down, j : j + across * (columns - 1) + 1 : across]
