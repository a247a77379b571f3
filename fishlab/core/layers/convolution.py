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
from fishlab.core.layers.kernels import Unfolding, convolve, gradients_by_taps, spread_gradient, weight_gradient
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
        unfolding = self._windows(x.shape[-1])
        unfolding.load(x)
        out = self.buffer("out", (*self.out_shape, x.shape[-1]))
        bias = self.params["b"].value if self.spec.bias else None
        convolve(unfolding, self._rows(self.params["W"].value), bias, self._rows(out))
        return out

    def backward(self, dout: Array) -> Array:
        if self.spec.bias:
            np.sum(self._rows(dout), axis=1, out=self.params["b"].grad)
        if self.input_gradient and self._taps_pay():
            return self._backward_by_taps(dout)
        weight_gradient(self._windows(dout.shape[-1]), self._rows(dout), self._rows(self.params["W"].grad))
        return self._spread(dout) if self.input_gradient else dout

    def _rows(self, array: Array) -> Array:
        """One row for each filter."""
        return array.reshape(self.spec.filters, -1)

    def _windows(self, batch: int) -> Unfolding:
        """The windows of the input."""
        spec, shape = self.spec, (*self.in_shape, batch)
        return self.kept(
            ("windows", batch), lambda: Unfolding(shape, spec.kernel_size, spec.stride, spec.padding, self.dtype)
        )

    def _spread(self, dout: Array) -> Array:
        """dx for any stride."""
        unfolding = self._windows(dout.shape[-1])
        bordered = self.buffer("dx", unfolding.image.shape)
        spread_gradient(unfolding, self._rows(self.params["W"].value), self._rows(dout), bordered)
        return unfolding.within(bordered)

    def _taps_pay(self) -> bool:
        """Whether to unfold dY in place of x: only at stride 1, and where dY is not much the larger of the two."""
        (fh, fw), (top, left) = self.spec.kernel_size, self.spec.padding
        possible = self.spec.stride == (1, 1) and top < fh and left < fw
        taps = self.spec.filters * math.prod(self.in_shape[1:])
        return possible and taps <= 2 * self.in_shape[0] * math.prod(self.out_shape[1:])

    def _backward_by_taps(self, dout: Array) -> Array:
        """dx and dW at stride 1."""
        unfolding = self._gradient_windows(dout.shape[-1])
        unfolding.load(dout)
        weight, channels = self.params["W"], self.in_shape[0]
        dx = self.buffer("dx", self._x.shape)
        flat_x, flat_dx = self._x.reshape(channels, -1), dx.reshape(channels, -1)
        gradients_by_taps(unfolding, weight.value, flat_x, flat_dx, weight.grad)
        return dx

    def _gradient_windows(self, batch: int) -> Unfolding:
        """The windows of dY, with the border that makes as many of them as the input has pixels."""
        (fh, fw), (top, left) = self.spec.kernel_size, self.spec.padding
        shape, border = (*self.out_shape, batch), (fh - 1 - top, fw - 1 - left)
        return self.kept(
            ("gradient windows", batch), lambda: Unfolding(shape, self.spec.kernel_size, (1, 1), border, self.dtype)
        )
