"""Initial values of weights (chapter 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.fields import choice_field, float_field
from fishlab.core.registry import Registry

if TYPE_CHECKING:  # the layers import this module for their `init` field
    from fishlab.core.layers.base import ParameterInfo

Draw = Callable[[np.random.Generator, "ParameterInfo", float], NDArray[np.float64]]

INITIALIZERS: Registry[Draw] = Registry("initializer")


@INITIALIZERS.register(
    "he", title="He", chapter="6.2", help="Normal with variance 2 / fan-in: keeps the width of what passes ReLU."
)
def he(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """He et al. 2015: normal, standard deviation sqrt(2 / fan_in)."""
    return normal(rng, info, (2.0 / info.fan_in) ** 0.5)


@INITIALIZERS.register(
    "xavier", title="Xavier", chapter="6.2", help="Normal with variance 1 / fan-in: for sigmoid and tanh."
)
def xavier(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Glorot and Bengio 2010 as the book uses it: normal, standard deviation sqrt(1 / fan_in)."""
    return normal(rng, info, (1.0 / info.fan_in) ** 0.5)


@INITIALIZERS.register("normal", title="Normal", chapter="6.2", help="Gaussian with the standard deviation you set.")
def normal(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Normal with standard deviation `std`; 0 gives all zeros."""
    return rng.standard_normal(info.shape) * std


def init_field() -> Any:
    """The `init` field of a layer with weights."""
    titles = {entry.kind: entry.title for entry in INITIALIZERS}
    return choice_field("he", "Initial", "How the weights begin. Biases begin at zero.", titles)


def std_field() -> Any:
    """The `std` field that goes with `init`."""
    return float_field(
        0.01,
        "Std",
        "Standard deviation of the normal initial weights.",
        minimum=0.0,
        maximum=100.0,
        shown_when=("init", ("normal",)),
    )


def initial_value(rng: np.random.Generator, info: ParameterInfo, spec: Any) -> NDArray[np.float64]:
    """The first value of one parameter, in its public shape, float64."""
    if info.init == "zero":
        return np.zeros(info.shape)
    if info.init == "one":
        return np.ones(info.shape)
    return INITIALIZERS[spec.init].item(rng, info, spec.std)
