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
        0.9, "Momentum", "The share of the running mean and variance that each step keeps.", minimum=0.0, maximum=0.9999
    )
    epsilon: float = float_field(
        1e-5, "Epsilon", "Added to the variance, so that a constant channel does not divide by zero.", minimum=1e-12,
        maximum=1.0,
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
    (C,) or (F,). Training uses the batch's statistics and moves the running ones; otherwise the running ones serve.
    Backward, with M numbers to a channel and z the normalized x:
    dx = gamma / (M sqrt(var + epsilon)) (M dy - sum dy - z sum(dy z)), dgamma = sum(dy z), dbeta = sum dy.
    """

    Spec = BatchNormalizationSpec
    formula = "γ (x − μ) / σ + β"

    @classmethod
    def parameters(cls, spec: BatchNormalizationSpec, in_shape: Shape) -> tuple[ParameterInfo, ...]:
        shape = in_shape[:1]
        return (
            ParameterInfo("gamma", shape, "scale", init="one"),
            ParameterInfo("beta", shape, "shift", init="zero"),
            ParameterInfo("running_mean", shape, "state", init="zero"),
            ParameterInfo("running_var", shape, "state", init="one"),
        )

    def forward(self, x: Array, *, training: bool) -> Array:
        self._training = training
        rows = x.reshape(x.shape[0], -1)
        z = self.buffer("z", rows.shape)
        mean = self._over_batch(rows) if training else self.params["running_mean"].value
        np.subtract(rows, mean[:, None], out=z)
        out = self.buffer("out", x.shape)
        flat = out.reshape(rows.shape)
        variance = self._over_batch(np.multiply(z, z, out=flat)) if training else self.params["running_var"].value
        if training:
            self._remember(mean, variance)
        self._inverse = 1 / np.sqrt(variance + self.spec.epsilon)
        z *= self._inverse[:, None]
        self._z = z
        np.multiply(z, self.params["gamma"].value[:, None], out=flat)
        flat += self.params["beta"].value[:, None]
        return out

    def _over_batch(self, rows: Array) -> Array:
        """The mean of each row over the whole batch, of which these may be a share."""
        return self._summed(rows.sum(axis=1)) / self._count(rows)

    def _summed(self, values: Array) -> Array:
        return self.share.sum(values) if self.share else values

    def _count(self, rows: Array) -> int:
        """How many numbers a channel has in the whole batch."""
        size = rows.shape[1]
        return int(size // (self.share.end - self.share.begin) * self.share.total if self.share else size)

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
        rows = dout.reshape(self._z.shape)
        dx = self.buffer("dx", dout.shape)
        flat = dx.reshape(rows.shape)
        np.sum(rows, axis=1, out=beta.grad)
        np.sum(np.multiply(rows, self._z, out=flat), axis=1, out=gamma.grad)
        scale = gamma.value * self._inverse
        if not self._training:
            np.multiply(rows, scale[:, None], out=flat)
            return dx
        dgamma, dbeta = self._summed(np.stack([gamma.grad, beta.grad])) / self._count(rows)
        np.multiply(self._z, -dgamma[:, None], out=flat)
        flat += rows
        flat -= dbeta[:, None]
        flat *= scale[:, None]
        return dx
