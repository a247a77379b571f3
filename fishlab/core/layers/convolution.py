"""Convolution: one small set of weights, looked for everywhere in the image (chapter 7.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import bool_field, int_field, pair_field
from fishlab.core.initializers import init_field, std_field
from fishlab.core.layers.base import (
    Array,
    Layer,
    LayerSpec,
    ParameterInfo,
    Shape,
    SizeFormula,
    needs_image,
    register_layer,
)
from fishlab.core.layers.kernels import Unfolding, gather, windows
from fishlab.core.layers.windows import Sliding, padding_field, pair_text, short_pair, stride_field


@dataclass(frozen=True, kw_only=True)
class ConvolutionSpec(LayerSpec):
    """Filters and how they slide."""

    filters: int = int_field(
        30, "Filters", "How many patterns are looked for; each gives one channel.", minimum=1, maximum=4096
    )
    kernel_size: tuple[int, int] = pair_field((5, 5), "Kernel", "Rows and columns of a filter.", minimum=1)
    stride: tuple[int, int] = stride_field((1, 1))
    padding: tuple[int, int] = padding_field()
    bias: bool = bool_field(True, "Bias", "Add one per filter.")
    init: str = init_field()
    std: float = std_field()


@register_layer(
    "convolution",
    title="Convolution",
    group="Convolution",
    chapter="7.2",
    aliases=("conv", "conv2d"),
    help="Slides each filter over the image and adds up the products. A filter that answers to an edge answers "
    "wherever the edge is.",
)
class Convolution(Layer[ConvolutionSpec]):
    """y[f, oh, ow] = b[f] + sum over c, i, j of W[f, c, i, j] x[c, oh*SH + i - PH, ow*SW + j - PW].

    x (C, H, W, N), W (F, C, FH, FW), b (F,), y (F, OH, OW, N) with OH = (H + 2 PH - FH) / SH + 1. With the windows of
    x as columns X (C*FH*FW, OH*OW*N) it is Y = W X + b; dW = dY X^T, db = the row sums of dY, dX = W^T dY, whose
    columns are added back where they came from. fishlab.core.layers.kernels says how that is made fast.
    """

    Spec = ConvolutionSpec
    formula = "Σ W · x + b"

    # -- described by the spec alone -------------------------------------------------------------------------
    @classmethod
    def _sliding(cls, spec: ConvolutionSpec, in_shape: Shape) -> Sliding:
        needs_image(in_shape, "Convolution")
        return Sliding(
            in_shape, spec.filters, spec.kernel_size, spec.stride, spec.padding, "kernel_size", "Kernel", "filter"
        )

    @classmethod
    def output_shape(cls, spec: ConvolutionSpec, in_shape: Shape) -> Shape:
        return cls._sliding(spec, in_shape).output_shape()

    @classmethod
    def size_formula(cls, spec: ConvolutionSpec, in_shape: Shape) -> SizeFormula | None:
        return cls._sliding(spec, in_shape).size_formula() if len(in_shape) == 3 else None

    @classmethod
    def parameters(cls, spec: ConvolutionSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        channels, (fh, fw) = in_shape[0], spec.kernel_size
        fan_in, fan_out = channels * fh * fw, spec.filters * fh * fw
        weight = ParameterInfo("W", (spec.filters, channels, fh, fw), "weight", fan_in=fan_in, fan_out=fan_out)
        bias = ParameterInfo("b", (spec.filters,), "bias", init="zero")
        return (weight, bias) if spec.bias else (weight,)

    @classmethod
    def mult_adds(cls, spec: ConvolutionSpec, in_shape: Shape) -> Shape:
        fh, fw = spec.kernel_size
        return (*cls.output_shape(spec, in_shape), in_shape[0] * fh * fw)

    @classmethod
    def summary(cls, spec: ConvolutionSpec) -> str:
        filters = f"{spec.filters:,} filters" if spec.filters > 1 else "1 filter"
        stride = f", stride {short_pair(spec.stride)}" if spec.stride != (1, 1) else ""
        padding = f", padding {short_pair(spec.padding)}" if spec.padding != (0, 0) else ""
        return f"{filters} {pair_text(spec.kernel_size)}{stride}{padding}"

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        self._x = x
        batch = x.shape[-1]
        unfolding = self._unfolding(batch)
        unfolding.load(x)
        out = self.buffer("out", (*self.out_shape, batch))
        flat = out.reshape(self.spec.filters, -1)
        weight = self.params["W"].value.reshape(self.spec.filters, -1)
        for block in unfolding.blocks:
            part = np.matmul(weight, gather(block), out=flat[:, block.place])
            if self.spec.bias:
                part += self.params["b"].value[:, None]
        return out

    def backward(self, dout: Array) -> Array:
        if self.spec.bias:
            np.sum(dout.reshape(self.spec.filters, -1), axis=1, out=self.params["b"].grad)
        if not self.input_gradient:
            self._weight_gradient(dout)
            return dout
        return self._backward_by_taps(dout) if self._taps_pay() else self._backward_by_columns(dout)

    def _unfolding(self, batch: int) -> Unfolding:
        """The windows of the input."""
        spec, shape = self.spec, (*self.in_shape, batch)
        return self.kept(
            ("windows", batch), lambda: Unfolding(shape, spec.kernel_size, spec.stride, spec.padding, self.dtype)
        )

    def _weight_gradient(self, dout: Array) -> None:
        """dW = dY X^T over the blocks; the columns are made again rather than kept."""
        weight = self.params["W"]
        grad = weight.grad.reshape(self.spec.filters, -1)
        part = self.buffer("dW", grad.shape)
        flat = dout.reshape(self.spec.filters, -1)
        grad.fill(0)
        for block in self._unfolding(dout.shape[-1]).blocks:
            grad += np.matmul(flat[:, block.place], gather(block).T, out=part)

    def _backward_by_columns(self, dout: Array) -> Array:
        """For every stride: dX = W^T dY, each row of which is one tap, added back where it came from (col2im)."""
        self._weight_gradient(dout)
        unfolding = self._unfolding(dout.shape[-1])
        dx = self.buffer("dx", unfolding.image.shape)
        dx.fill(0)
        spread = windows(dx, self.spec.kernel_size, self.spec.stride)
        flat = dout.reshape(self.spec.filters, -1)
        turned = self.params["W"].value.reshape(self.spec.filters, -1).T
        for block in unfolding.blocks:
            np.matmul(turned, flat[:, block.place], out=block.columns)
            for i, j in np.ndindex(*self.spec.kernel_size):
                tap = spread[:, i, j, block.rows, block.cols]
                tap += block.target[:, i, j]
        return unfolding.within(dx)

    def _taps_pay(self) -> bool:
        """Whether to unfold dY in place of X: only at stride 1, and where dY is not much the larger of the two."""
        (fh, fw), (top, left) = self.spec.kernel_size, self.spec.padding
        possible = self.spec.stride == (1, 1) and top < fh and left < fw
        taps = self.spec.filters * math.prod(self.in_shape[1:])
        return possible and taps <= 2 * self.in_shape[0] * math.prod(self.out_shape[1:])

    def _backward_by_taps(self, dout: Array) -> Array:
        """At stride 1: dX is a convolution of dY with the filters turned round; the same columns give dW.

        dx[c, y, x] = sum over f, i, j of W[f, c, FH-1-i, FW-1-j] dY'[f, y + i, x + j], where dY' is dY with a border
        of FH-1-PH and FW-1-PW; dW[f, c, FH-1-i, FW-1-j] = sum over y, x of dY'[f, y + i, x + j] x[c, y, x].
        """
        weight = self.params["W"]
        unfolding = self._unfolding_of_gradient(dout.shape[-1])
        unfolding.load(dout)
        filters, channels, fh, fw = weight.value.shape
        turned = self.buffer("turned", (channels, filters, fh, fw))
        turned[...] = weight.value[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
        dx = self.buffer("dx", self._x.shape)
        flat_x, flat_dx = self._x.reshape(channels, -1), dx.reshape(channels, -1)
        total, part = self.buffer("dW", (2, filters * fh * fw, channels))
        total.fill(0)
        for block in unfolding.blocks:
            columns = gather(block)
            np.matmul(turned.reshape(channels, -1), columns, out=flat_dx[:, block.place])
            total += np.matmul(columns, flat_x[:, block.place].T, out=part)
        weight.grad[...] = total.reshape(filters, fh, fw, channels)[:, ::-1, ::-1].transpose(0, 3, 1, 2)
        return dx

    def _unfolding_of_gradient(self, batch: int) -> Unfolding:
        """The windows of dY, with the border that makes as many of them as the input has pixels."""
        (fh, fw), (top, left) = self.spec.kernel_size, self.spec.padding
        shape, border = (*self.out_shape, batch), (fh - 1 - top, fw - 1 - left)
        return self.kept(
            ("gradient windows", batch), lambda: Unfolding(shape, self.spec.kernel_size, (1, 1), border, self.dtype)
        )
