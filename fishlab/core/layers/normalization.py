"""Normalization: keeping the numbers between layers in a good range (chapter 6.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.base import Array, Layer, LayerSpec, ParameterInfo, Shape, register_layer


@dataclass(frozen=True, kw_only=True)
class BatchNormalizationSpec(LayerSpec):
    """How slowly the running statistics forget, and what is added to the variance."""

    momentum: float = float_field(
        0.9, "Momentum", "The share of the running mean and variance that each step keeps.", minimum=0.0,
        maximum=0.9999,
        larger="The running mean and variance are steadier, and need more steps to become true.",
        smaller="They follow the last batches, and waver with them.",
    )
    epsilon: float = float_field(
        1e-5, "Epsilon", "Added to the variance, so that a constant channel does not divide by zero.", minimum=1e-12,
        maximum=1.0,
        larger="Channels that hardly vary are amplified less.",
        smaller="Nearer to deviation 1 for every channel; noise of a nearly constant one is amplified.",
    )


@register_layer(
    "batch_normalization",
    title="Batch normalization",
    group="Normalize",
    chapter="6.3",
    aliases=("batch_norm", "bn"),
    help="Gives each channel, or each unit, mean 0 and deviation 1 over the batch, then a scale and shift it learns. "
    "Networks learn faster and care less how the weights began.",
)
class BatchNormalization(Layer[BatchNormalizationSpec]):
    """y = gamma (x - mean) / sqrt(var + epsilon) + beta. Ioffe and Szegedy 2015.

    x (C, H, W, N): one mean and variance per channel, over H, W and N; x (F, N): one per feature, over N. gamma, beta
    (C,) or (F,). Training uses the batch's statistics and moves the running ones; otherwise, and where the layer is
    frozen, the running ones serve.
    Backward, with M numbers to a channel and z the normalized x:
    dx = gamma / (M sqrt(var + epsilon)) (M dy - sum dy - z sum(dy z)), dgamma = sum(dy z), dbeta = sum dy.

    Kept for the way back is x less the mean, and per channel 1 / sqrt(var + epsilon): z is their product. A share of a
    batch is centered at its own mean, before it knows the others; `_offset` is how far that lies from the whole's.
    """

    Spec = BatchNormalizationSpec
    formula = "γ (x − μ) / σ + β"
    backward_formulas = (
        "dx = γ/σ · (dout − mean(dout) − z · mean(dout · z)), z = (x − μ) / σ",
        "dγ = Σ dout · z",
        "dβ = Σ dout",
    )

    @classmethod
    def parameters(cls, spec: BatchNormalizationSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        shape = in_shape[:1]
        return (
            ParameterInfo("gamma", shape, "scale", init="one"),
            ParameterInfo("beta", shape, "shift", init="zero"),
            ParameterInfo("running_mean", shape, "state", init="zero"),
            ParameterInfo("running_var", shape, "state", init="one"),
        )

    # -- built for real ----------------------------------------------------------------------------------------
    def forward(self, x: Array, *, training: bool) -> Array:
        self._training = training = training and not self.spec.frozen
        rows = self._in_rows("rows", x)
        mean = self._sums(rows) / rows.shape[1] if training else self.params["running_mean"].value
        self._centered = np.subtract(rows, mean[:, None], out=self.buffer("centered", rows.shape))
        whole, variance = self._statistics(mean) if training else (mean, self.params["running_var"].value)
        self._offset = mean - whole
        self._inverse = 1 / np.sqrt(variance + self.spec.epsilon)
        scale = self.params["gamma"].value * self._inverse
        out = self.buffer("out", x.shape)
        flat = np.multiply(self._centered, scale[:, None], out=out.reshape(rows.shape))
        flat += (self.params["beta"].value + self._offset * scale)[:, None]
        return out

    def _in_rows(self, name: str, x: Array) -> Array:
        """x as one row a channel; a copy only where its memory is in another order."""
        return self.in_order(name, x).reshape(x.shape[0], -1)

    def _sums(self, rows: Array) -> Array:
        """The sum of each row: a product with ones, three times as fast as `sum` and as exact."""
        sums: Array = rows @ self.buffer("ones", rows.shape[1:], fill=1)
        return sums

    def _statistics(self, mean: Array) -> tuple[Array, Array]:
        """Mean and variance over the whole batch, of which these numbers may be a share with a mean of its own.

        Sums of squares around different means do not add up, those around zero do. In float64 that detour costs no
        precision.
        """
        squares, count = np.vecdot(self._centered, self._centered), self._centered.shape[1]
        if self._divided:
            exact = mean.astype(np.float64)
            parts = self._summed(np.stack([count * exact, squares + count * exact * exact])) / self._count(count)
            mean, variance = parts[0], np.maximum(parts[1] - parts[0] * parts[0], 0)
        else:
            variance = squares / count
        mean, variance = mean.astype(self.dtype), variance.astype(self.dtype)
        self._remember(mean, variance)
        return mean, variance

    def _summed(self, values: Array) -> Array:
        return self.share.sum(values) if self.share else values

    @property
    def _divided(self) -> bool:
        """Whether other workers have a share of this batch."""
        return self.share is not None and self.share.end - self.share.begin < self.share.total

    def _count(self, count: int) -> int:
        """How many numbers a channel has in the whole batch, of which this share has `count`."""
        return count // (self.share.end - self.share.begin) * self.share.total if self.share else count

    def _remember(self, mean: Array, variance: Array) -> None:
        """Move the running statistics a little towards this batch's."""
        if self.share and self.share.begin:
            return  # the first share remembers for all
        for name, now in (("running_mean", mean), ("running_var", variance)):
            running = self.params[name].value
            running *= self.spec.momentum
            running += (1 - self.spec.momentum) * now

    def backward(self, dout: Array) -> Array:
        gamma, beta = self.params["gamma"], self.params["beta"]
        rows = self._in_rows("dout", dout)
        dx = self.buffer("dx", dout.shape)
        flat, scale = dx.reshape(rows.shape), gamma.value * self._inverse
        beta.grad[...] = self._sums(rows)
        gamma.grad[...] = (np.vecdot(rows, self._centered) + self._offset * beta.grad) * self._inverse
        if not self._training:
            np.multiply(rows, scale[:, None], out=flat)
            return dx
        dgamma, dbeta = self._summed(np.stack([gamma.grad, beta.grad])) / self._count(rows.shape[1])
        slope = dgamma * self._inverse
        np.multiply(self._centered, slope[:, None], out=flat)
        flat += (dbeta + self._offset * slope)[:, None]
        np.subtract(rows, flat, out=flat)
        flat *= scale[:, None]
        return dx
