"""A convolution as the book computes it: im2col, one matrix product, and back (chapter 7.4.3), for one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Array, Shape
from fishlab.core.layers.convolution import Convolution, ConvolutionSpec
from fishlab.core.stepper.trace import LayerTrace

MOST = 4_000_000
"""Numbers in `col` beyond which it is not made."""


@dataclass(frozen=True, eq=False)
class Unfolded:
    """`col` (OH*OW, C*FH*FW): a row for each place of the window. `weights` (C*FH*FW, F): a column for each filter.

    `rows` (OH*OW, F) is out, and comes of col · weights + b. On the way back `drows` is dout, `dweights` its product
    with this image's col, and `dcol` = drows · weightsᵀ is what col2im adds up; these are None where there is no dout.
    """

    col: Array
    weights: Array
    rows: Array
    drows: Array | None
    dweights: Array | None
    dcol: Array | None


def can_unfold(layer: LayerTrace) -> bool:
    """Whether it is a convolution that is not too large."""
    weight = layer.parameter("W")
    is_one = issubclass(LAYERS[layer.spec.kind].item, Convolution) and weight is not None and weight.value is not None
    return is_one and unfolded_size(layer) <= MOST


def unfolded_size(layer: LayerTrace) -> int:
    """How many numbers `col` has."""
    weight = layer.parameter("W")
    assert weight is not None
    _, channels, height, width = weight.shape
    return int(layer.out[0].size) * channels * height * width


def unfold(layer: LayerTrace) -> Unfolded:
    """The matrices of a convolution, for one that `can_unfold`."""
    weight = layer.parameter("W")
    assert weight is not None and weight.value is not None
    assert isinstance(layer.spec, ConvolutionSpec)
    (ph, pw), (sh, sw), filters = layer.spec.padding, layer.spec.stride, len(weight.value)
    image = np.pad(layer.x, ((0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(image, layer.spec.kernel_size, axis=(1, 2))[:, ::sh, ::sw]  # (C, OH, OW, FH, FW)
    col = windows.transpose(1, 2, 0, 3, 4).reshape(-1, weight.value[0].size)
    weights = weight.value.reshape(filters, -1).T
    drows = None if layer.dout is None else layer.dout.reshape(filters, -1).T
    back = (None, None) if drows is None else (col.T @ drows, drows @ weights.T)
    return Unfolded(col, weights, layer.out.reshape(filters, -1).T, drows, *back)


def row_of(layer: LayerTrace, place: Shape) -> tuple[int, int]:
    """Row and column, in `rows`, of a number of out."""
    number, row, column = place
    return row * layer.out.shape[2] + column, number
