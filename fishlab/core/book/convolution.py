"""Convolution and pooling by hand (chapter 7.2 to 7.4): first as the loops that they are, then as one product.

Images are (N, C, H, W), filters (F, C, FH, FW), outputs (N, F, OH, OW). What deep learning calls a convolution does
not turn the filter round: it is a cross-correlation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from fishlab.core.book.timing import timed
from fishlab.core.book.unfolding import Pair, Unfolding
from fishlab.core.errors import DataError
from fishlab.core.layers.base import Array


def _unfolding(images: Array, filters: Array, stride: Pair, padding: Pair) -> Unfolding:
    if images.ndim != 4 or filters.ndim != 4 or images.shape[1] != filters.shape[1]:
        raise DataError(
            f"Images {images.shape} and filters {filters.shape} do not go together: (N, C, H, W) and (F, C, FH, FW) "
            "need the same number of channels C."
        )
    count, channels, height, width = images.shape
    return Unfolding((count, channels, height, width), (filters.shape[2], filters.shape[3]), stride, padding)


def convolve_with_loops(
    images: Array, filters: Array, bias: Array | float = 0.0, stride: Pair = (1, 1), padding: Pair = (0, 0)
) -> Array:
    """y[n, f, oh, ow] = b[f] + the sum over c, i, j of W[f, c, i, j] x[n, c, oh SH + i - PH, ow SW + j - PW] (7.2).

    One product and sum for each place of each filter, as on paper. Raises FieldError where the window does not fit.
    """
    unfolding = _unfolding(images, filters, stride, padding)
    (rows, columns), (down, across) = padding, stride
    padded = np.pad(images, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    height, width = unfolding.window
    offsets = np.broadcast_to(bias, (len(filters),))
    out = np.empty((len(images), len(filters), *unfolding.out), np.result_type(images, filters, offsets))
    for n, f, row, column in product(*map(range, out.shape)):
        top, left = row * down, column * across
        patch = padded[n, :, top : top + height, left : left + width]
        out[n, f, row, column] = np.sum(patch * filters[f]) + offsets[f]
    return out


def convolve_unfolded(
    images: Array, filters: Array, bias: Array | float = 0.0, stride: Pair = (1, 1), padding: Pair = (0, 0)
) -> Array:
    """The same as one matrix product: patches as rows times filters as columns (7.4.3)."""
    unfolding = _unfolding(images, filters, stride, padding)
    products = unfolding.unfold(images) @ filters.reshape(len(filters), -1).T + bias
    rows: Array = products.reshape(len(images), *unfolding.out, len(filters))
    return rows.transpose(0, 3, 1, 2)


@dataclass(frozen=True, eq=False)
class ConvolutionTimes:
    """The same output computed twice, (N, F, OH, OW), and what each way took in seconds."""

    loops: Array
    unfolded: Array
    loops_seconds: float
    unfolded_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as fast the matrix product is."""
        return self.loops_seconds / self.unfolded_seconds


def compare_convolutions(images: Array, filters: Array) -> ConvolutionTimes:
    """Loops against im2col, timed, with stride 1 and no padding (7.4.2)."""
    loops, slow = timed(lambda: convolve_with_loops(images, filters))
    unfolded, fast = timed(lambda: convolve_unfolded(images, filters))
    return ConvolutionTimes(loops, unfolded, slow, fast)


def pool(
    images: Array,
    size: Pair = (2, 2),
    stride: Pair | None = None,
    reduce: Callable[..., Array] = np.max,
) -> Array:
    """One number for each window of each channel: (N, C, H, W) -> (N, C, OH, OW) (7.3).

    `reduce` is np.max or np.mean; the stride is the window's size where none is given. Nothing is learned, channels
    stay apart, and a shift that leaves the largest numbers in their windows changes nothing (7.3.1).
    """
    if images.ndim != 4:
        raise DataError(f"Pooling takes images (N, C, H, W), and these are {images.shape}.")
    count, channels, height, width = images.shape
    alone = images.reshape(count * channels, 1, height, width)
    unfolding = Unfolding((count * channels, 1, height, width), size, stride or size)
    return reduce(unfolding.unfold(alone), axis=1).reshape(count, channels, *unfolding.out)


def shifted(images: Array, rows: int, columns: int) -> Array:
    """The images moved down and to the right (up and left for negative numbers), zeros coming in."""
    out = np.zeros_like(images)
    height, width = images.shape[-2:]
    down, across = slice(max(rows, 0), height + min(rows, 0)), slice(max(columns, 0), width + min(columns, 0))
    up, back = slice(max(-rows, 0), height + min(-rows, 0)), slice(max(-columns, 0), width + min(-columns, 0))
    out[..., down, across] = images[..., up, back]
    return out
