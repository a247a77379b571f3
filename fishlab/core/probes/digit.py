"""The answer to one image that somebody drew."""

from __future__ import annotations

import numpy as np

from fishlab.core.evaluation import recognise
from fishlab.core.layers.base import Array
from fishlab.core.probes.base import PROBES
from fishlab.core.sight import Sight


@PROBES.register("digit", title="Digit")
def digit(sight: Sight, *, image: bytes) -> Array | None:
    """The answer (K,) to an image, given as the bytes of its grey levels 0..255 in float32, in the network's shape."""
    levels = np.frombuffer(image, np.float32)
    shape = sight.moment.network.in_shape
    if levels.size != np.prod(shape):
        return None
    return recognise(sight.network, levels.reshape(shape), sight.scaling)
