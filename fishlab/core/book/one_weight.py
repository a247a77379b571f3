"""Why a network learns by its loss and not by its accuracy (chapter 4.2.5): turn one weight and look at both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fishlab.core.evaluation import computing
from fishlab.core.layers.base import Array
from fishlab.core.network import Network


@dataclass(frozen=True, eq=False)
class OneWeight:
    """For each value (V,) of one weight: the loss (V,), a smooth curve, and the accuracy (V,), a flight of stairs."""

    values: Array
    losses: Array
    accuracies: Array


@computing()
def turn_one_weight(
    network: Network, images: Array, labels: Array, key: str, place: Sequence[int], values: ArrayLike
) -> OneWeight:
    """Loss and accuracy over images (N, *in_shape), labels (N,) while parameter `key` has each value at `place`.

    In float64 on a copy, as the network answers (nothing is dropped). Raises KeyError for an unknown `key`.
    """
    twin = Network(network.spec, dtype=np.float64, start=network.arrays())
    x = np.ascontiguousarray(np.moveaxis(np.asarray(images, np.float64), 0, -1))
    weights, given = twin.parameters[key].value, np.asarray(values, np.float64)
    losses, accuracies = np.empty(given.shape), np.empty(given.shape)
    for index, value in enumerate(given):
        weights[tuple(place)] = value
        scores = twin.forward(x, training=False)
        losses[index] = twin.loss.forward(scores, labels)
        accuracies[index] = twin.loss.correct(scores, labels) / len(labels)
    return OneWeight(given, losses, accuracies)
