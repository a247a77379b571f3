"""What came in, layer by layer, in words."""

from __future__ import annotations

from collections.abc import Sequence

from fishlab.core.exchange.reading import printable
from fishlab.core.layers.base import ParameterInfo
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec


def layer_lines(network: NetworkSpec) -> list[str]:
    """A line about each layer with parameters: its number and title, and the shape of each of its arrays."""
    layers = [layer for layer in infer(network).walk() if layer.parameters and not layer.branches]
    return [f"{layer.number} {printable(layer.title)}: {_shapes(layer.parameters)}" for layer in layers]


def _shapes(parameters: Sequence[ParameterInfo]) -> str:
    return ", ".join(f"{info.name} {' × '.join(map(str, info.shape))}" for info in parameters)
