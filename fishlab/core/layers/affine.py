"""Affine: every output is a weighted sum of every input (chapter 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fishlab.core.fields import bool_field, int_field
from fishlab.core.initializers import init_field, std_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, ParameterInfo, Shape, needs_row, register_layer
from fishlab.core.layers.products import in_pieces, pieces


@dataclass(frozen=True, kw_only=True)
class AffineSpec(LayerSpec):
    """Units, bias and initial values."""

    units: int = int_field(
        100, "Units", "How many outputs; each has a weight for every input.", minimum=1, maximum=65536,
        larger="Room for more to be learned, with more weights, more time, and more danger of learning by heart.",
        smaller="Fewer weights and faster, until there is too little room for the task.",
    )
    bias: bool = bool_field(True, "Bias", "Add one per unit.")
    init: str = init_field()
    std: float = std_field()


@register_layer(
    "affine",
    title="Affine",
    group="Dense",
    chapter="5.6",
    aliases=("dense", "linear", "fully_connected"),
    help="Multiplies the row by a matrix of weights and adds a bias. Every unit looks at every input.",
)
class Affine(Layer[AffineSpec]):
    """y = W^T x + b for each column x of the batch.

    x (in, N), W (in, units), b (units,), y (units, N). Backward: dx = W dy, dW = x dy^T, db = sum over N of dy.
    W is stored as (units, in), so that the forward product reads it row by row. x may be a view of rows (N, in), as
    the data come. fishlab.core.layers.products says why some products are computed in pieces.
    """

    Spec = AffineSpec
    formula = "x · W + b"
    backward_formulas = ("dx = dout · Wᵀ", "dW = xᵀ · dout", "db = Σₙ dout")

    @classmethod
    def output_shape(cls, spec: AffineSpec, in_shape: Shape) -> Shape:
        needs_row(in_shape, "Affine")
        return (spec.units,)

    @classmethod
    def parameters(cls, spec: AffineSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        rows = in_shape[0]
        weight = ParameterInfo(
            "W", (rows, spec.units), "weight", fan_in=rows, fan_out=spec.units, out_axis=1, storage=(1, 0)
        )
        bias = ParameterInfo("b", (spec.units,), "bias", init="zero")
        return (weight, bias) if spec.bias else (weight,)

    @classmethod
    def reach(cls, spec: AffineSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return (range(in_shape[0]),)

    @classmethod
    def mult_adds(cls, spec: AffineSpec, in_shape: Shape) -> Shape:
        return (in_shape[0], spec.units)

    @classmethod
    def summary(cls, spec: AffineSpec) -> str:
        return f"{spec.units:,} units" if spec.units > 1 else "1 unit"

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        self._x = x
        batch, order = x.shape[1], _order(x)
        tools = self.kept(("forward", batch, order), lambda: self._forward_tools(batch, order))
        np.matmul(tools.weight, x, out=tools.out_pieces)
        if tools.bias is not None:
            np.add(tools.out, tools.bias, out=tools.out)
        return tools.out

    def backward(self, dout: Array) -> Array:
        batch, order = dout.shape[1], _order(self._x)
        tools = self.kept(("backward", batch, order), lambda: self._backward_tools(batch, order))
        np.matmul(in_pieces(dout, tools.blocks), self._x.T, out=tools.grad)
        if self.spec.bias:
            np.matmul(dout, tools.ones, out=self.params["b"].grad)
        if not self.input_gradient:
            return self._x
        np.matmul(tools.turned, dout, out=tools.dx_pieces)
        return tools.dx

    def _forward_tools(self, batch: int, order: str) -> _ForwardTools:
        units, weight = self.spec.units, self.params["W"].value.T
        count = pieces(units, weight.size * batch, turned=order == "F")
        out = self.buffer("out", (units, batch))
        bias = self.params["b"].value[:, None] if self.spec.bias else None
        return _ForwardTools(in_pieces(weight, count), bias, out, in_pieces(out, count))

    def _backward_tools(self, batch: int, order: str) -> _BackwardTools:
        weight, grad = self.params["W"].value, self.params["W"].grad.T
        work = weight.size * batch
        count = pieces(self.spec.units, work) if order == "F" else 1
        ones = self.buffer("ones", (batch,), fill=1)
        down = pieces(len(weight), work)
        dx = self.buffer("dx", (len(weight), batch if self.input_gradient else 0))
        return _BackwardTools(count, in_pieces(grad, count), ones, in_pieces(weight, down), dx, in_pieces(dx, down))


class _ForwardTools(NamedTuple):
    """W^T and the output, whole or in pieces for the product; the bias as a column."""

    weight: Array
    bias: Array | None
    out: Array
    out_pieces: Array


class _BackwardTools(NamedTuple):
    """dW in `blocks` pieces; ones to sum with, for a product with them is the fastest sum; W and dx in pieces."""

    blocks: int
    grad: Array
    ones: Array
    turned: Array
    dx: Array
    dx_pieces: Array


def _order(x: Array) -> str:
    """Whether an image of the batch is a column of x in memory ("C"), or a row ("F"), as the data come."""
    return "F" if x.strides[0] < x.strides[1] else "C"
