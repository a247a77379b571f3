"""Affine: every output is a weighted sum of every input (chapter 5.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import bool_field, int_field
from fishlab.core.initializers import init_field, std_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, ParameterInfo, Shape, needs_row, register_layer


@dataclass(frozen=True, kw_only=True)
class AffineSpec(LayerSpec):
    """Units, bias and initial values."""

    units: int = int_field(
        100, "Units", "How many outputs; each has a weight for every input.", minimum=1, maximum=65536
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
    W is stored as (units, in), so that the forward product reads it row by row.
    """

    Spec = AffineSpec
    formula = "x · W + b"

    @classmethod
    def output_shape(cls, spec: AffineSpec, in_shape: Shape) -> Shape:
        needs_row(in_shape, "Affine")
        return (spec.units,)

    @classmethod
    def parameters(cls, spec: AffineSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        rows = in_shape[0]
        weight = ParameterInfo("W", (rows, spec.units), "weight", fan_in=rows, fan_out=spec.units, storage=(1, 0))
        bias = ParameterInfo("b", (spec.units,), "bias", init="zero")
        return (weight, bias) if spec.bias else (weight,)

    @classmethod
    def mult_adds(cls, spec: AffineSpec, in_shape: Shape) -> Shape:
        return (in_shape[0], spec.units)

    @classmethod
    def summary(cls, spec: AffineSpec) -> str:
        return f"{spec.units:,} units" if spec.units > 1 else "1 unit"

    def forward(self, x: Array, *, training: bool) -> Array:
        self._x = x
        out = self.buffer("out", (self.spec.units, x.shape[-1]))
        np.matmul(self.params["W"].value.T, x, out=out)
        if self.spec.bias:
            out += self.params["b"].value[:, None]
        return out

    def backward(self, dout: Array) -> Array:
        weight = self.params["W"]
        np.matmul(dout, self._x.T, out=weight.grad.T)
        if self.spec.bias:
            np.sum(dout, axis=1, out=self.params["b"].grad)
        if not self.input_gradient:
            return self._x
        dx = self.buffer("dx", self._x.shape)
        return np.matmul(weight.value, dout, out=dx)
