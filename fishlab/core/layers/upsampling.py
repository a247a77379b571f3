"""Upsampling: an image becomes larger, without learning how."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.fields import choice_field, pair_field
from fishlab.core.layers.base import Array, Fix, Layer, LayerSpec, Misfit, Shape, needs_image, one_place, register_layer
from fishlab.core.layers.windows import pair_text

MOST_MIXED = 10_000_000  # numbers in the matrix that mixes all rows, or all columns


@dataclass(frozen=True, kw_only=True)
class UpsamplingSpec(LayerSpec):
    """How much larger, and what stands between the pixels."""

    factor: tuple[int, int] = pair_field(
        (2, 2), "Factor", "How many times as many rows and columns come out.", minimum=1, maximum=64,
        larger="A larger image, of coarser blocks or smoother slopes; time and memory grow with the square.",
        smaller="A smaller image; 1 changes nothing.",
    )
    method: str = choice_field(
        "nearest",
        "Method",
        "What new pixels are made of: the nearest old one, or a mixture of its neighbours.",
        {"nearest": "Nearest", "bilinear": "Bilinear"},
    )


@register_layer(
    "upsampling",
    title="Upsampling",
    group="Convolution",
    chapter="8.4",
    aliases=("upsample", "unpooling"),
    help="Makes the image larger by a whole factor: each pixel becomes several, or new ones are mixed of their "
    "neighbours.",
)
class Upsampling(Layer[UpsamplingSpec]):
    """(C, H, W, N) -> (C, H*FH, W*FW, N). Backward: each old pixel gets dy of every new one, times its weight there.

    Nearest: y[c, i, j] = x[c, i // FH, j // FW]. Bilinear: y = A x B^T for each channel, where row i of A mixes the
    two old rows around (i + 1/2) / FH - 1/2 by how near they are, and B does so for columns; beyond the edge counts
    the edge itself (PyTorch's `align_corners=False`). Refuses a row with Misfit.
    """

    Spec = UpsamplingSpec
    formula = "H·FH × W·FW pixels"
    backward_formulas = ("dx = Σ dout over what each pixel became",)

    @classmethod
    def output_shape(cls, spec: UpsamplingSpec, in_shape: Shape) -> Shape:
        needs_image(in_shape, "Upsampling")
        channels, height, width = in_shape
        if spec.method == "bilinear":
            _refuse_wide(in_shape, spec.factor)
        return channels, height * spec.factor[0], width * spec.factor[1]

    @classmethod
    def summary(cls, spec: UpsamplingSpec) -> str:
        return f"{pair_text(spec.factor)} times, {spec.method}"

    @classmethod
    def reach(cls, spec: UpsamplingSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        channel, *pixel = place
        if spec.method == "nearest":
            return one_place((channel, *(index // factor for index, factor in zip(pixel, spec.factor, strict=True))))
        begins = (math.floor((index + 0.5) / factor - 0.5) for index, factor in zip(pixel, spec.factor, strict=True))
        return range(channel, channel + 1), *(range(begin, begin + 2) for begin in begins)

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        out = self.buffer("out", (*self.out_shape, x.shape[-1]))
        if self._mixes:
            rows, columns = self._mixtures
            return self._mixed(self.in_order("copy", x), rows, columns, out)
        np.copyto(self._by_pixel(out), x[:, :, None, :, None])
        return out

    def backward(self, dout: Array) -> Array:
        dx = self.buffer("dx", (*self.in_shape, dout.shape[-1]))
        if self._mixes:
            rows, columns = self._mixtures
            return self._mixed(self.in_order("dout", dout), rows.T, columns.T, dx)
        return np.add.reduce(self._by_pixel(self.in_order("dout", dout)), axis=(2, 4), out=dx)

    @property
    def _mixes(self) -> bool:
        return self.spec.method == "bilinear"

    def _by_pixel(self, image: Array) -> Array:
        """A large image as (C, H, FH, W, FW, N): what one old pixel becomes."""
        (channels, height, width), (fh, fw) = self.in_shape, self.spec.factor
        return image.reshape(channels, height, fh, width, fw, image.shape[-1])

    def _mixed(self, x: Array, rows: Array, columns: Array, out: Array) -> Array:
        """out[c] = rows x[c] columns^T: down first, then across."""
        channels, height, width, batch = x.shape
        down = self.buffer("down", (channels, len(rows), width * batch))
        np.matmul(rows, x.reshape(channels, height, -1), out=down)
        np.matmul(columns, down.reshape(-1, width, batch), out=out.reshape(-1, len(columns), batch))
        return out

    @property
    def _mixtures(self) -> tuple[Array, Array]:
        return self.kept("mixtures", self._make_mixtures)

    def _make_mixtures(self) -> tuple[Array, Array]:
        sizes = zip(self.in_shape[1:], self.spec.factor, strict=True)
        rows, columns = (mixture(*size, self.dtype) for size in sizes)
        return rows, columns


def _refuse_wide(in_shape: Shape, factors: tuple[int, int]) -> None:
    """Refuse images whose rows or columns would take too large a matrix to mix."""
    for size, factor in zip(in_shape[1:], factors, strict=True):
        if size * size * factor > MOST_MIXED:
            raise Misfit(
                f"Bilinear upsampling of {size:,} pixels in a line takes {size:,}·{factor}·{size:,} = "
                f"{size * factor * size:,} numbers; at most {MOST_MIXED:,} fit. Make the image smaller before it, or "
                "repeat each pixel.",
                summary="is too large",
                arithmetic=f"{size:,}·{factor}·{size:,} = {size * factor * size:,} > {MOST_MIXED:,}",
                fields=("factor",),
                short="too large",
                fixes=(Fix("Repeat each pixel", changes={"method": "nearest"}),),
            )


def mixture(size: int, factor: int, dtype: Any = np.float64) -> Array:
    """The matrix (size * factor, size) whose row says what of each old pixel is in a new one; each row adds up to 1."""
    place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    near, rows = np.floor(place).astype(np.intp), np.arange(len(place))
    weights: Array = np.zeros((len(place), size), dtype)
    for old in (near, np.minimum(near + 1, size - 1)):
        weights[rows, old] = np.maximum(0, 1 - abs(place - old))
    return weights
