"""Layer normalization: each image by itself, whatever the batch."""

from __future__ import annotations

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
        larger="Images that hardly vary are amplified less.",
        smaller="Nearer to deviation 1 for every image; noise of a nearly empty one is amplified.",
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
    Ba, Kiros and Hinton 2016, "Layer normalization". Kept for the way back: x less its mean, and what that is
    multiplied by to give z. NumPy takes two arrays of one shape several times as fast as an array and a row or column:
    a row of N numbers, one for each image, is used as `_spread` over a whole tile, and gamma and beta as a product.
    """

    Spec = LayerNormalizationSpec
    formula = "γ (x − μ) / σ + β"
    backward_formulas = (
        "dx = (g − mean(g) − z · mean(g · z)) / σ, g = γ · dout, z = (x − μ) / σ",
        "dγ = Σₙ dout · z",
        "dβ = Σₙ dout",
    )

    @classmethod
    def parameters(cls, spec: LayerNormalizationSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        return (
            ParameterInfo("gamma", in_shape, "scale", init="one"),
            ParameterInfo("beta", in_shape, "shift", init="zero"),
        )

    @classmethod
    def reach(cls, spec: LayerNormalizationSpec, in_shape: Shape, place: Shape) -> tuple[range, ...]:
        return tuple(map(range, in_shape))

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        rows = _in_rows(self.in_order("copy", x))
        self._centered, self._scale = self.buffer("centered", rows.shape), self.buffer("scale", rows.shape[1:])
        self._center(rows)
        pairs, factors = self._pairs(), self._factors()
        out = self.buffer("out", x.shape)
        for part in _parts(rows.shape):
            here = _in_rows(out)[part]
            slope, shift = np.matmul(pairs[part], factors, out=self.buffer("planes", (2, *here.shape)))
            np.multiply(self._centered[part], slope, out=here)
            here += shift
        return out

    def _pairs(self) -> Array:
        """gamma and beta side by side, (F, 2)."""
        pairs = self.buffer("pairs", (len(self._centered), 2))
        for column, name in enumerate(("gamma", "beta")):
            pairs[:, column] = self.params[name].value.reshape(-1)
        return pairs

    def _factors(self) -> Array:
        """What the pairs are multiplied by, (2, 2, N), to give gamma / sqrt(var + epsilon) and beta for every image."""
        factors = self.buffer("factors", (2, 2, len(self._scale)), fill=0)
        factors[0, 0], factors[1, 1] = self._scale, 1
        return factors

    def _center(self, rows: Array) -> None:
        """Finds x less the mean of its image, and 1 / sqrt(var + epsilon)."""
        ones, variance = self.buffer("ones", rows.shape[:1], fill=1), self._scale
        sums = np.matmul(ones, rows, out=self.buffer("mean", rows.shape[1:]))
        sums /= len(rows)
        mean = self._spread("mean", sums)
        variance.fill(0)
        for part in _parts(rows.shape):
            here = np.subtract(rows[part], mean[: len(rows[part])], out=self._centered[part])
            squares = np.multiply(here, here, out=self.buffer("work", here.shape))
            self._add_sums(squares, ones[part], variance)
        variance /= len(rows)
        variance += self.spec.epsilon
        np.sqrt(variance, out=variance)
        np.divide(1, variance, out=self._scale)

    def backward(self, dout: Array) -> Array:
        rows, gamma = _in_rows(self.in_order("dout", dout)), self.params["gamma"].value.reshape(-1, 1)
        pull = self._spread("pull", self._pull(rows))  # mean(dz z) times scale
        mean = np.matmul(gamma[:, 0], rows, out=self.buffer("mean", rows.shape[1:]))
        mean /= len(rows)
        mean, scale = self._spread("mean", mean), self._spread("scale", self._scale)
        np.matmul(rows, self.buffer("ones", rows.shape[1:], fill=1), out=self.params["beta"].grad.reshape(-1))
        dx = self.buffer("dx", dout.shape)
        for part in _parts(rows.shape):
            here = np.multiply(rows[part], gamma[part], out=_in_rows(dx)[part])
            here -= mean[: len(here)]
            here -= np.multiply(self._centered[part], pull[: len(here)], out=self.buffer("work", here.shape))
            here *= scale[: len(here)]
        return dx

    def _pull(self, rows: Array) -> Array:
        """mean(dz z) of each image, times scale; on the way to it, dgamma."""
        gamma, dgamma = (array.reshape(-1) for array in (self.params["gamma"].value, self.params["gamma"].grad))
        pull = self.buffer("pull", rows.shape[1:])
        pull.fill(0)
        for part in _parts(rows.shape):
            products = np.multiply(rows[part], self._centered[part], out=self.buffer("work", rows[part].shape))
            np.matmul(products, self._scale, out=dgamma[part])
            self._add_sums(products, gamma[part], pull)
        pull /= len(rows)
        pull *= self._scale
        pull *= self._scale
        return pull

    def _spread(self, name: str, row: Array) -> Array:
        """A row (N,) once for each row of a tile."""
        spread = self.buffer(f"{name} spread", (_parts(self._centered.shape)[0][0].stop, *row.shape))
        np.copyto(spread, row)
        return spread

    def _add_sums(self, terms: Array, factors: Array, total: Array) -> None:
        """Add to `total` (N,) the sums over the rows of `terms`, each times its factor."""
        total += np.matmul(factors, terms, out=self.buffer("sums", total.shape))


def _in_rows(x: Array) -> Array:
    """The numbers of all images, (F, N)."""
    return x.reshape(-1, x.shape[-1])


def _parts(shape: Shape) -> tuple[Part, ...]:
    """Which rows to take at once, so that they stay in the cache; the first part is the largest."""
    return tiles(shape, TILE // 4)
