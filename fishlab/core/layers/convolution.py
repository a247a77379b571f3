"""Convolution: one small set of weights, looked for everywhere in the image (chapter 7.2)."""

from __future__ import annotations

from dataclasses import dataclass

from fishlab.core.fields import bool_field, int_field, pair_field
from fishlab.core.initializers import init_field, std_field
from fishlab.core.kernels.convolution import Convolver
from fishlab.core.kernels.forward import Geometry
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
from fishlab.core.layers.windows import Sliding, padding_field, pair_text, short_pair, stride_field, window_at


@dataclass(frozen=True, kw_only=True)
class ConvolutionSpec(LayerSpec):
    """Filters and how they slide."""

    filters: int = int_field(
        30, "Filters", "How many patterns are looked for; each gives one channel.", minimum=1, maximum=4096,
        larger="More patterns are found, and weights, time and memory grow in proportion.",
        smaller="Faster and smaller; patterns that matter may be missed.",
    )
    kernel_size: tuple[int, int] = pair_field(
        (5, 5), "Kernel", "Rows and columns of a filter.", minimum=1,
        larger="Each filter sees more at once; its weights grow with the square, and the output shrinks.",
        smaller="Finer details, fewer weights; several small ones in a row see as far as a large one.",
    )
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
    columns are added back where they came from. fishlab.core.kernels says how that is made fast. W is stored as
    (F, FH, FW, C), the order of its columns.
    """

    Spec = ConvolutionSpec
    formula = "Σ W · x + b"
    backward_formulas = ("dx = col2im(dout · W)", "dW = doutᵀ · im2col(x)", "db = Σ dout, for each filter")

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
        shape, storage = (spec.filters, channels, fh, fw), (0, 2, 3, 1)
        weight = ParameterInfo("W", shape, "weight", fan_in=fan_in, fan_out=fan_out, storage=storage)
        bias = ParameterInfo("b", (spec.filters,), "bias", init="zero")
        return (weight, bias) if spec.bias else (weight,)

    @classmethod
    def reach(cls, spec: ConvolutionSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return (range(in_shape[0]), *window_at(place[1:], spec.kernel_size, spec.stride, spec.padding))

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
        return self.run_forward(self._convolver, x, training)

    def backward(self, dout: Array) -> Array:
        dx = self.run_backward(self._convolver, dout)
        return self._x if dx is None else dx

    @property
    def _convolver(self) -> Convolver:
        return self.kept("convolver", self.convolver)

    def convolver(self, *, relu: bool = False, pool: bool = False) -> Convolver:
        """What computes it, together with a ReLU and a 2 x 2 max pooling that follow."""
        spec = self.spec
        geometry = Geometry(self.in_shape, spec.filters, spec.kernel_size, spec.stride, spec.padding, relu, pool)
        return Convolver(geometry, self.dtype)

    def run_forward(self, convolver: Convolver, x: Array, training: bool) -> Array:
        """The forward pass with this layer's parameters."""
        return convolver.forward(x, *self._values, training=training)

    def run_backward(self, convolver: Convolver, dout: Array) -> Array | None:
        """The backward pass with this layer's parameters; None where no dx is wanted."""
        grads = self.params["W"].grad, self.params["b"].grad if self.spec.bias else None
        return convolver.backward(dout, *self._values, grads, self.input_gradient)

    @property
    def _values(self) -> tuple[Array, Array | None]:
        return self.params["W"].value, self.params["b"].value if self.spec.bias else None
