"""Max-norm: after a step, the weights that lead into a unit are no longer than they may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fishlab.core.layers import Parameter
from fishlab.core.layers.base import Array


class MaxNorm:
    """Holds the incoming weights of each unit (each filter, for a convolution) to a norm of at most `most`.

    A longer vector is scaled back to that norm, in place; biases are left alone. Srivastava et al. 2014, section 5.1.
    It needs whole vectors, so one worker does it for all parameters while the others wait.
    """

    def __init__(self, weights: Sequence[Parameter], most: float) -> None:
        self._most = most
        self._weights = [_units_first(parameter) for parameter in weights]

    def apply(self) -> None:
        """Scale back what is too long."""
        for weight in self._weights:
            axes = list(range(weight.ndim))
            norms = np.sqrt(np.einsum(weight, axes, weight, axes, [0]))
            if (norms > self._most).any():
                scale = self._most / np.maximum(norms, self._most)
                weight *= scale.reshape(-1, *[1] * (weight.ndim - 1))


def _units_first(parameter: Parameter) -> Array:
    """A view whose first axis counts the units, the others in the order of memory as far as they can be."""
    info = parameter.info
    order = [axis for axis in info.storage or range(len(info.shape)) if axis != info.out_axis]
    return parameter.value.transpose([info.out_axis, *order])
