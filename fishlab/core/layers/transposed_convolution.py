"""Transposed convolution: the way back through a convolution, used as a way forward."""

from __future__ import annotations

from dataclasses import dataclass

from fishlab.core.fields import bool_field, int_field, pair_field
from fishlab.core.initializers import init_field, std_field
from fishlab.core.kernels.forward import Geometry
from fishlab.core.kernels.transposed import Transposer
from fishlab.core.layers.base import (
    Array,
    Fix,
    Layer,
    LayerSpec,
    Misfit,
    ParameterInfo,
    Shape,
    needs_image,
    register_layer,
)
from fishlab.core.layers.windows import pair_text, short_pair


@dataclass(frozen=True, kw_only=True)
class TransposedConvolutionSpec(LayerSpec):
    """Filters, and how far apart they are laid down."""

    filters: int = int_field(
        16, "Filters", "How many channels come out.", minimum=1, maximum=4096,
        larger="More channels, and weights, time and memory in proportion.",
        smaller="Faster and smaller; less can be told apart.",
    )
    kernel_size: tuple[int, int] = pair_field(
        (2, 2), "Kernel", "Rows and columns of a filter.", minimum=1,
        larger="The output grows, and filters of neighbouring pixels overlap more.",
        smaller="The output is smaller; below the stride, gaps stay between the filters.",
    )
    stride: tuple[int, int] = pair_field(
        (2, 2), "Stride", "How far apart the filters of neighbouring pixels lie, down and across.", minimum=1,
        larger="The output grows by about this factor.",
        smaller="The output is smaller and the filters overlap more; 1 keeps the size but for the border.",
    )
    padding: tuple[int, int] = pair_field(
        (0, 0), "Padding", "Rows and columns cut off on every side.", minimum=0,
        larger="The output is smaller: its border is cut off.",
        smaller="More of the border stays; 0 keeps all.",
    )
    output_padding: tuple[int, int] = pair_field(
        (0, 0), "Output padding", "Rows and columns added at the bottom and on the right; less than the stride.",
        minimum=0,
        larger="The output is larger at the bottom and on the right.",
        smaller="Nothing is added at 0.",
    )  # fmt: skip
    bias: bool = bool_field(True, "Bias", "Add one per filter.")
    init: str = init_field()
    std: float = std_field()


@register_layer(
    "transposed_convolution",
    title="Transposed convolution",
    group="Convolution",
    chapter="8.5",
    paper="Zeiler et al. 2010",
    aliases=("deconvolution", "conv_transpose", "convtranspose2d"),
    help="Lays a filter down for each pixel, times that pixel, and adds up where they overlap: an image that grows, "
    "as in networks that draw.",
)
class TransposedConvolution(Layer[TransposedConvolutionSpec]):
    """y[f, h*SH + i - PH, w*SW + j - PW] = b[f] + sum over c, h, w, i, j that meet there of W[c, f, i, j] x[c, h, w].

    x (C, H, W, N), W (C, F, FH, FW), b (F,), y (F, OH, OW, N) with OH = (H - 1) SH - 2 PH + FH + output padding. It is
    the dX of a convolution of F channels with C filters, so its own dX is that convolution of dy. dW adds up the
    windows of dy times x; db is the sum of dy. Zeiler et al. 2010, "Deconvolutional networks". W is stored as
    (C, FH, FW, F). Refuses with Misfit a row, an output padding that is not below the stride, and a padding that
    leaves nothing.
    """

    Spec = TransposedConvolutionSpec
    formula = "Σ W · x where they meet, + b"
    backward_formulas = ("dx = im2col(dout) · Wᵀ", "dW = xᵀ · im2col(dout)", "db = Σ dout, for each filter")

    # -- described by the spec alone -------------------------------------------------------------------------
    @classmethod
    def output_shape(cls, spec: TransposedConvolutionSpec, in_shape: Shape) -> Shape:
        needs_image(in_shape, "Transposed convolution")
        if any(extra >= step for extra, step in zip(spec.output_padding, spec.stride, strict=True)):
            raise _too_much_output_padding(spec)
        out = tuple(axis.out for axis in _axes(spec, in_shape))
        if min(out) < 1:
            raise _nothing_left(spec, in_shape)
        return spec.filters, *out

    @classmethod
    def parameters(cls, spec: TransposedConvolutionSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        """Where filters overlap, a pixel adds up C FH FW / (SH SW) products: that is its fan-in."""
        channels, (fh, fw), (sh, sw) = in_shape[0], spec.kernel_size, spec.stride
        fan_in, fan_out = max(1, channels * fh * fw // (sh * sw)), spec.filters * fh * fw
        shape, storage = (channels, spec.filters, fh, fw), (0, 2, 3, 1)
        weight = ParameterInfo("W", shape, "weight", fan_in=fan_in, fan_out=fan_out, out_axis=1, storage=storage)
        bias = ParameterInfo("b", (spec.filters,), "bias", init="zero")
        return (weight, bias) if spec.bias else (weight,)

    @classmethod
    def reach(cls, spec: TransposedConvolutionSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        sizes = zip(place[1:], spec.kernel_size, spec.stride, spec.padding, strict=True)
        meet = (range(-((window - 1 - at - pad) // step), (at + pad) // step + 1) for at, window, step, pad in sizes)
        return range(in_shape[0]), *meet

    @classmethod
    def mult_adds(cls, spec: TransposedConvolutionSpec, in_shape: Shape) -> Shape:
        fh, fw = spec.kernel_size
        return (spec.filters, *in_shape[1:], in_shape[0] * fh * fw)

    @classmethod
    def summary(cls, spec: TransposedConvolutionSpec) -> str:
        filters = f"{spec.filters:,} filters" if spec.filters > 1 else "1 filter"
        padding = f", padding {short_pair(spec.padding)}" if spec.padding != (0, 0) else ""
        return f"{filters} {pair_text(spec.kernel_size)}, stride {short_pair(spec.stride)}{padding}"

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        self._x = x
        bias = self.params["b"].value if self.spec.bias else None
        return self._transposer.forward(x, self.params["W"].value, bias)

    def backward(self, dout: Array) -> Array:
        bias_grad = self.params["b"].grad if self.spec.bias else None
        dx = self._transposer.backward(
            dout, self.params["W"].value, (self.params["W"].grad, bias_grad), self.input_gradient
        )
        return self._x if dx is None else dx

    @property
    def _transposer(self) -> Transposer:
        return self.kept("transposer", self._make_transposer)

    def _make_transposer(self) -> Transposer:
        spec, channels = self.spec, self.in_shape[0]
        return Transposer(
            Geometry(self.out_shape, channels, spec.kernel_size, spec.stride, spec.padding), self.in_shape, self.dtype
        )


# -- sizes -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Axis:
    """One direction of a transposed convolution."""

    size: int
    window: int
    stride: int
    padding: int
    extra: int

    @property
    def out(self) -> int:
        """OH = (H - 1) S - 2P + FH + output padding."""
        return (self.size - 1) * self.stride - 2 * self.padding + self.window + self.extra

    @property
    def arithmetic(self) -> str:
        """The formula with its numbers."""
        numbers = f"({self.size} − 1)·{self.stride} − 2·{self.padding} + {self.window} + {self.extra}"
        return f"{numbers} = {self.out}".replace("= -", "= −")


def _axes(spec: TransposedConvolutionSpec, in_shape: Shape) -> list[_Axis]:
    fields = spec.kernel_size, spec.stride, spec.padding, spec.output_padding
    return [_Axis(*values) for values in zip(in_shape[1:], *fields, strict=True)]


def _too_much_output_padding(spec: TransposedConvolutionSpec) -> Misfit:
    most = tuple(min(extra, step - 1) for extra, step in zip(spec.output_padding, spec.stride, strict=True))
    extra, step = next(
        pair for pair in zip(spec.output_padding, spec.stride, strict=True) if pair[0] >= pair[1]
    )
    return Misfit(
        f"Output padding {short_pair(spec.output_padding)} is not less than the stride {short_pair(spec.stride)}: no "
        "filter would reach the rows or columns it adds.",
        summary="has too much output padding",
        arithmetic=f"{extra} ≥ {step}",
        fields=("output_padding",),
        short="must be less than the stride",
        fixes=(Fix(f"Output padding {short_pair(most)}", {"output_padding": most}),),
    )


def _nothing_left(spec: TransposedConvolutionSpec, in_shape: Shape) -> Misfit:
    axes = _axes(spec, in_shape)
    first = next(axis for axis in axes if axis.out < 1)
    most = tuple(min(axis.padding, (axis.out + 2 * axis.padding - 1) // 2) for axis in axes)
    return Misfit(
        f"Padding {short_pair(spec.padding)} cuts off all that the {pair_text(spec.kernel_size)} filters lay down.",
        summary="leaves nothing of its image",
        arithmetic=first.arithmetic,
        fields=("padding",),
        short="nothing is left",
        fixes=(Fix(f"Padding {short_pair(most)}", {"padding": most}),),
    )
