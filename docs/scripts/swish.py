"""A layer of one's own: Swish. Try it with “fishlab check-layer swish.py”; own_layer.py trains with it.

The batch is the last axis: x is (C, H, W, N) or (F, N). A layer never writes to its arguments, and works in memory
from `self.buffer`, so that a step takes no new memory.
"""

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import Array, LayerSpec, register_layer


@dataclass(frozen=True, kw_only=True)
class SwishSpec(LayerSpec):
    """What a person sets. Inspector, file format and command line are built from the field."""

    beta: float = float_field(1.0, "Beta", "How sharp the bend is; large comes close to ReLU.", minimum=0, maximum=9)


@register_layer(
    "swish",
    title="Swish",
    group="Own",
    paper="Ramachandran et al. 2017",
    icon="sigmoid",
    help="x times its own sigmoid: like ReLU, but smooth, and a little below zero on the left.",
)
class Swish(Activation[SwishSpec]):
    """y = x s with s = sigmoid(beta x), any shape. Backward: dx = dy (s + beta y (1 - s))."""

    Spec = SwishSpec
    formula = "x · sigmoid(βx)"

    def apply(self, x: Array, out: Array) -> Array:
        """Write y to `out`, which may be x itself."""
        self._s = np.multiply(x, self.spec.beta / 2, out=self.buffer("s", x.shape))
        np.tanh(self._s, out=self._s)  # sigmoid(z) = (1 + tanh(z / 2)) / 2, which never overflows
        self._s += 1
        self._s *= 0.5
        self._y = np.multiply(x, self._s, out=out)
        return out

    def backward(self, dout: Array) -> Array:
        """dL/dy -> dL/dx."""
        dx = np.subtract(1, self._s, out=self.buffer("dx", dout.shape))
        dx *= self._y
        dx *= self.spec.beta
        dx += self._s
        dx *= dout
        return dx
