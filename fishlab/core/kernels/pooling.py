"""Max pooling 2 x 2 of one tile, while it is in the cache."""

from __future__ import annotations

import numpy as np

from fishlab.core.kernels.tiles import Array


class PoolTile:
    """The largest of each 2 x 2 window of `product` (rows, F, cols, images), written to `out` (rows/2, F, width/4).

    In training column pairs come first, then row pairs, and two masks say where the left column won, and where the
    upper row did: among equals the first in reading order. Prediction begins with the row pairs, which are longer runs
    in memory. `lines` is memory for what is half done. The attribute `product` is a matrix for each row.
    """

    def __init__(self, product: Array, out: Array, lines: Array) -> None:
        self.product = matrices(product)
        self._out, self._lines = out, lines
        self._left, self._right = product[:, :, 0::2], product[:, :, 1::2]
        self._upper, self._lower = matrices(lines)[0::2], matrices(lines)[1::2]
        self.masks = np.empty(lines.shape, bool), np.empty(out.shape, bool)
        rows, filters, cols, images = product.shape
        self._rows = lines.reshape(rows // 2, filters, cols * images)
        wide = self._rows.reshape(rows // 2, filters, cols, images)
        self._cols = wide[:, :, 0::2], wide[:, :, 1::2], out.reshape(rows // 2, filters, cols // 2, images)

    def forward(self, training: bool) -> None:
        """Pool; in training also remember what won."""
        if not training:
            np.maximum(self.product[0::2], self.product[1::2], out=self._rows)
            left, right, out = self._cols
            np.maximum(left, right, out=out)
            return
        left_won, upper_won = self.masks
        np.maximum(self._left, self._right, out=self._lines)
        np.greater_equal(self._left, self._right, out=left_won)
        np.maximum(self._upper, self._lower, out=self._out)
        np.greater_equal(self._upper, self._lower, out=upper_won)


class SpreadTile:
    """The way back: `dout` goes to what won, in `dproduct` (rows, F, cols, images). `lines` as in PoolTile."""

    def __init__(self, pooled: PoolTile, dout: Array, dproduct: Array, lines: Array) -> None:
        self._dout, self._lines = dout, lines
        self._upper, self._lower = matrices(lines)[0::2], matrices(lines)[1::2]
        self._left, self._right = dproduct[:, :, 0::2], dproduct[:, :, 1::2]
        self._left_won, self._upper_won = pooled.masks

    def backward(self) -> None:
        """Each number goes one way, the other way gets what is left of it: zero."""
        np.multiply(self._dout, self._upper_won, out=self._upper)
        np.subtract(self._dout, self._upper, out=self._lower)
        np.multiply(self._lines, self._left_won, out=self._left)
        np.subtract(self._lines, self._left, out=self._right)


def matrices(tile: Array) -> Array:
    """A tile (rows, F, cols, images) as a matrix (F, cols*images) for each row; a view."""
    return tile.reshape(*tile.shape[:2], -1)
