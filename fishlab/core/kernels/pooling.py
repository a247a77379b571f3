"""Max pooling 2 x 2 of one tile, while it is in the cache."""

from __future__ import annotations

import numpy as np

from fishlab.core.kernels.tiles import Array


class PoolTile:
    """The largest of each 2 x 2 window of `product` (rows, F, cols, images), written to `out`: half of both.

    Column pairs first, then row pairs. For the way back two masks say where the left column won, and where the upper
    row did: among equals the first in reading order. `lines` is memory for the maxima of column pairs. The attribute
    `product` is the same as a matrix for each row, (rows, F, cols*images).
    """

    def __init__(self, product: Array, out: Array, lines: Array) -> None:
        self.product = product.reshape(*product.shape[:2], -1)
        self._left, self._right = product[:, :, 0::2], product[:, :, 1::2]
        self._upper, self._lower = lines[0::2], lines[1::2]
        self._lines, self._out = lines, out
        self.masks = np.empty(lines.shape, bool), np.empty(out.shape, bool)

    def forward(self, training: bool) -> None:
        """Pool; in training also remember what won."""
        np.maximum(self._left, self._right, out=self._lines)
        np.maximum(self._upper, self._lower, out=self._out)
        if training:
            left_won, upper_won = self.masks
            np.greater_equal(self._left, self._right, out=left_won)
            np.greater_equal(self._upper, self._lower, out=upper_won)


class SpreadTile:
    """The way back: `dout` goes to what won, in `dproduct` (rows, F, cols, images). `lines` as in PoolTile."""

    def __init__(self, pooled: PoolTile, dout: Array, dproduct: Array, lines: Array) -> None:
        self._dout, self._lines = dout, lines
        self._upper, self._lower = lines[0::2], lines[1::2]
        self._left, self._right = dproduct[:, :, 0::2], dproduct[:, :, 1::2]
        self._left_won, self._upper_won = pooled.masks

    def backward(self) -> None:
        """Each number goes one way, the other way gets what is left of it: zero."""
        np.multiply(self._dout, self._upper_won, out=self._upper)
        np.subtract(self._dout, self._upper, out=self._lower)
        np.multiply(self._lines, self._left_won, out=self._left)
        np.subtract(self._lines, self._left, out=self._right)
