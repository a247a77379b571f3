"""What passes through an untrained network, as its initial weights decide (chapter 6.2.2 and 6.2.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fishlab.core.book.functions import ACTIVATIONS
from fishlab.core.initializers import initial_value
from fishlab.core.layers.affine import AffineSpec
from fishlab.core.layers.base import Array, ParameterInfo
from fishlab.core.randomness import Stream, stream


def activations(
    function: str,
    init: str,
    std: float = 0.01,
    *,
    layers: int = 5,
    width: int = 100,
    samples: int = 1000,
    seed: int = 0,
) -> list[Array]:
    """What each layer of an untrained network answers to normal random inputs: `layers` arrays (samples, width).

    `function` is a kind in ACTIVATIONS, `init` one of INITIALIZERS, `std` the deviation where that is "normal". The
    book's experiment has 5 layers of 100 and 1,000 inputs; the same seed gives the same numbers.
    """
    spec = AffineSpec(units=width, init=init, std=std)
    info = ParameterInfo("W", (width, width), "weight", fan_in=width, fan_out=width)
    bend = ACTIVATIONS[function].item.value
    signal: Array = stream(seed, Stream.INIT, 0).standard_normal((samples, width))
    answers = []
    for number in range(1, layers + 1):
        signal = bend(signal @ initial_value(stream(seed, Stream.INIT, number), info, spec))
        answers.append(signal)
    return answers


@dataclass(frozen=True, eq=False)
class Histogram:
    """`counts` (bins,) between `edges` (bins + 1,), with the mean and deviation of all numbers counted."""

    counts: Array
    edges: Array
    mean: float
    deviation: float


def histogram(values: Array, bins: int = 30, bounds: tuple[float, float] | None = None) -> Histogram:
    """How the numbers of one layer are spread; `bounds` as (0, 1) for a sigmoid, from least to most where None."""
    counts, edges = np.histogram(values, bins, bounds)
    return Histogram(counts, edges, float(values.mean()), float(values.std()))
