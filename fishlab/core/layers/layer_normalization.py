"""Layer normalization: each image by itself, whatever the batch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, ParameterInfo, Shape, register_layer
from fishlab.core.layers.tiling import TILE, Part, tiles


@dataclass(frozen=True, kw_only=True)
class LayerNormalizationSpec(LayerSpec):
    """What is added to the variance."""

    epsilon: float = float_field(
        1e-5, "Epsilon", "Added to the variance, so that an image of one colour does not divide by zero.",
        minimum=1e-12, maximum=1.0,
    )  # fmt: skip


@register_layer(
    "layer_normalization",
    title="Layer normalization",
    group="Normalize",
    chapter="6.3",
    paper="Ba, Kiros and Hinton 2016",
    aliases=("layer_norm", "ln"),
    help="Gives the numbers of each image mean 0 and deviation 1, then a scale and shift it learns for each. It does "
    "not look at the batch, so it predicts as it learned.",
)
class LayerNormalization(Layer[LayerNormalizationSpec]):
    """y = gamma z + beta with z = (x - mean) / sqrt(var + epsilon), mean and variance over all F numbers of an image.

    x (C, H, W, N) or (F, N); gamma and beta have the shape of one image. With dz = gamma dy, and means over an image:
    dx = (dz - mean(dz) - z mean(dz z)) / sqrt(var + epsilon); dgamma = sum over N of dy z, dbeta = sum over N of dy.
    Ba, Kiros and Hinton 2016, "Layer normalization". Kept for the way back: z and 1 / sqrt(var + epsilon).
    """

    Spec = LayerNormalizationSpec
    formula = "γ (x − μ) / σ + β"

    @classmethod
    def parameters(cls, spec: LayerNormalizationSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        return (
            ParameterInfo("gamma", in_shape, "scale", init="one"),
            ParameterInfo("beta", in_shape, "shift", init="zero"),
        )

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        rows = self._flat(self.in_order("copy", x))
        batch, count = x.shape[-1], len(rows)
        mean, inverse = self.buffer("mean", (batch,)), self.buffer("inverse", (batch,))
        self._z, self._inverse = self.buffer("z", rows.shape), inverse
        out = self.buffer("out", x.shape)
        np.matmul(self.buffer("shares", (count,), fill=1 / count), rows, out=mean)
        inverse.fill(self.spec.epsilon)
        for part in self._parts(batch):
            z = np.subtract(rows[part], mean, out=self._z[part])
            self._add_sums(self._work(np.multiply, z, z), inverse, 1 / count)
        np.sqrt(inverse, out=inverse)
        np.divide(1, inverse, out=inverse)
        gamma, beta, flat = self._column("gamma"), self._column("beta"), self._flat(out)
        for part in self._parts(batch):
            self._z[part] *= inverse
            np.multiply(self._z[part], gamma[part], out=flat[part])
            flat[part] += beta[part]
        return out

    def backward(self, dout: Array) -> Array:
        rows, batch, share = self._flat(self.in_order("dout", dout)), dout.shape[-1], 1 / math.prod(self.in_shape)
        ones, gamma = self.buffer("ones", (batch,), fill=1), self._column("gamma")
        np.matmul(rows, ones, out=self.params["beta"].grad.reshape(-1))
        dgamma, products = self.params["gamma"].grad.reshape(-1), self.buffer("products", (batch,))
        mean = np.matmul(gamma[:, 0], rows, out=self.buffer("mean", (batch,)))
        mean *= share
        products.fill(0)
        for part in self._parts(batch):
            product = self._work(np.multiply, rows[part], self._z[part])
            np.matmul(product, ones, out=dgamma[part])
            self._add_sums(product, products, share, gamma[part][:, 0])
        dx = self.buffer("dx", dout.shape)
        for part in self._parts(batch):
            here = np.multiply(rows[part], gamma[part], out=self._flat(dx)[part])
            here -= mean
            here -= self._work(np.multiply, self._z[part], products)
            here *= self._inverse
        return dx

    def _flat(self, x: Array) -> Array:
        return x.reshape(-1, x.shape[-1])

    def _column(self, name: str) -> Array:
        return self.params[name].value.reshape(-1, 1)

    def _parts(self, batch: int) -> tuple[Part, ...]:
        """Which numbers of all images to take at once, so that they stay in the cache."""
        return tiles((math.prod(self.in_shape), batch), TILE // 4)

    def _work(self, ufunc: np.ufunc, one: Array, other: Array) -> Array:
        work: Array = ufunc(one, other, out=self.buffer("work", one.shape))
        return work

    def _add_sums(self, terms: Array, total: Array, share: float, factors: Array | None = None) -> None:
        """Add to `total` (N,) the sums over the rows of `terms`, each times its factor, all times `share`."""
        if factors is None:
            factors = self.buffer("ones", terms.shape[:1], fill=1)
        sums = np.matmul(factors, terms, out=self.buffer("sums", total.shape))
        sums *= share
        total += sums
