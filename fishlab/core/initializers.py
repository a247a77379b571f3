"""Initial values of weights (chapter 6.2).

What passes a layer keeps its width where the weights have the right variance: 2 / fan-in behind ReLU, about 1 / fan-in
behind sigmoid and tanh. Drawn from a bell or evenly from a range, the same variance does the same.
"""

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
    "he_uniform", title="He, uniform", chapter="6.2", help="Evenly drawn with variance 2 / fan-in: for ReLU."
)
def he_uniform(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """He et al. 2015: uniform within sqrt(6 / fan_in), which has the variance 2 / fan_in."""
    return _uniform(rng, info, 2.0 / info.fan_in)


@INITIALIZERS.register(
    "xavier", title="Xavier", chapter="6.2", help="Normal with variance 1 / fan-in: for sigmoid and tanh."
)
def xavier(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Glorot and Bengio 2010 as the book uses it: normal, standard deviation sqrt(1 / fan_in)."""
    return normal(rng, info, (1.0 / info.fan_in) ** 0.5)


@INITIALIZERS.register(
    "xavier_uniform", title="Xavier, uniform", chapter="6.2", help="Evenly drawn with variance 1 / fan-in."
)
def xavier_uniform(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Uniform within sqrt(3 / fan_in), which has the variance 1 / fan_in that the book gives Xavier."""
    return _uniform(rng, info, 1.0 / info.fan_in)


@INITIALIZERS.register(
    "glorot",
    title="Xavier, both ways",
    chapter="6.2",
    help="Normal with variance 2 / (fan-in + fan-out): a middle between the ways forward and back.",
)
def glorot(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Glorot and Bengio 2010, formula 12: normal, variance 2 / (fan_in + fan_out)."""
    return normal(rng, info, (2.0 / (info.fan_in + info.fan_out)) ** 0.5)


@INITIALIZERS.register(
    "glorot_uniform",
    title="Xavier, both ways, uniform",
    chapter="6.2",
    help="Evenly drawn with variance 2 / (fan-in + fan-out).",
)
def glorot_uniform(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Glorot and Bengio 2010, formula 16: uniform within sqrt(6 / (fan_in + fan_out))."""
    return _uniform(rng, info, 2.0 / (info.fan_in + info.fan_out))


@INITIALIZERS.register(
    "orthogonal",
    title="Orthogonal",
    chapter="6.2",
    help="The weights of different units stand at right angles, each of length 1: nothing is stretched.",
)
def orthogonal(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Saxe et al. 2014: rows of the matrix (units, fan-in) are orthonormal; of more units than that, its columns are.

    Drawn evenly from all such matrices: Q of a normal matrix, with the signs that make R's diagonal positive.
    """
    shape = (info.shape[info.out_axis], *np.delete(info.shape, info.out_axis))
    units, inputs = shape[0], info.size // shape[0]
    q, r = np.linalg.qr(rng.standard_normal((max(units, inputs), min(units, inputs))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    rows = q if units >= inputs else q.T
    return np.moveaxis(rows.reshape(shape), 0, info.out_axis)


@INITIALIZERS.register("normal", title="Normal", chapter="6.2", help="Gaussian with the standard deviation you set.")
def normal(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """Normal with standard deviation `std`; 0 gives all zeros."""
    return rng.standard_normal(info.shape) * std


@INITIALIZERS.register(
    "zero", title="Zero", chapter="6.2", help="All alike, so all units learn the same and stay alike: to see why not."
)
def zero(rng: np.random.Generator, info: ParameterInfo, std: float) -> NDArray[np.float64]:
    """All zeros: every unit of a layer gets the same gradient."""
    return np.zeros(info.shape)


def _uniform(rng: np.random.Generator, info: ParameterInfo, variance: float) -> NDArray[np.float64]:
    limit = (3.0 * variance) ** 0.5
    return rng.uniform(-limit, limit, info.shape)


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
        larger="Signals grow from layer to layer, until sigmoids saturate or the loss overflows.",
        smaller="Signals fade from layer to layer; at 0 all units stay alike and learn the same.",
    )


def initial_value(rng: np.random.Generator, info: ParameterInfo, spec: Any) -> NDArray[np.float64]:
    """The first value of one parameter, in its public shape, float64."""
    if info.init == "zero":
        return np.zeros(info.shape)
    if info.init == "one":
        return np.ones(info.shape)
    return INITIALIZERS[spec.init].item(rng, info, spec.std)
