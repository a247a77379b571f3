"""Stacks for the gradient check, with room for a layer at any depth."""

from __future__ import annotations

import numpy as np
from small_runs import layer

from fishlab.core.checking import GradientReport, check_gradients
from fishlab.core.layers import LayerSpec
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

PLACES = ("first", "in the middle", "last but one", "in a body", "in a shortcut", "in a branch of a body")


def batch(spec: NetworkSpec, count: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, 5])
    return rng.normal(size=(*spec.in_shape, count)), rng.integers(0, spec.classes, count)


def checked(spec: NetworkSpec, most: int = 12, seed: int = 0) -> GradientReport:
    network = Network(spec, seed=seed + 1, dtype=np.float64)
    rng = np.random.default_rng([seed, 6])
    for parameter in network.parameters.values():  # neither ones nor zeros
        if parameter.info.role != "weight":
            parameter.value[...] = rng.uniform(0.4, 1.2, parameter.info.shape)
    return check_gradients(spec, network.arrays(), *batch(spec, seed=seed), most=most)


def on_rows(broken: LayerSpec, place: str) -> NetworkSpec:
    """A stack of rows of 6 with the layer at this place."""
    front, back = [layer("affine", units=6), layer("tanh")], [layer("affine", units=10)]
    return NetworkSpec(in_shape=(6,), layers=tuple(placed(broken, place, front, [layer("tanh")], back)))


def on_images(broken: LayerSpec, place: str) -> NetworkSpec:
    """The same of images of 3 x 6 x 6."""
    front = [layer("convolution", filters=3, kernel_size=3, padding=1), layer("relu")]
    back = [layer("flatten"), layer("affine", units=10)]
    return NetworkSpec(in_shape=(3, 6, 6), layers=tuple(placed(broken, place, front, [layer("tanh")], back)))


def placed(
    broken: LayerSpec, place: str, front: list[LayerSpec], inner: list[LayerSpec], back: list[LayerSpec]
) -> list[LayerSpec]:
    match place:
        case "first":
            return [broken, *front, *back]
        case "in the middle":
            return [*front, broken, *inner, *back]
        case "last but one":
            return [*front, *inner, broken, *back]
        case "in a body":
            return [*front, layer("residual", branches=((*inner, broken), ())), *back]
        case "in a shortcut":
            return [*front, layer("residual", branches=(tuple(inner), (broken,))), *back]
    nested = layer("parallel", branches=((*inner, broken),))
    return [*front, layer("residual", branches=((nested,), ())), *back]
