"""An ONNX graph in the making: nodes and the arrays they use, each under a name that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import Array
from fishlab.core.losses import LossSpec
from fishlab.core.network import parameter_key
from fishlab.core.spec import NetworkSpec, numbered
from fishlab.core.spec.network import LOSS_UID

INPUT, OUTPUT = "input", "output"
SINGLE_ONLY = frozenset(
    ("Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool", "Resize", "LeakyRelu", "Elu", "LRN")
)
"""Operators that ONNX Runtime computes in float32 and not in float64."""

SIZES = np.dtype(np.int64)
"""What shapes and paddings are written in."""


class Graph:
    """The nodes of a network one after the other, and its arrays by name, in the network's own precision.

    `forms` maps kinds of layers to functions that write them; `told` is called with each layer that is begun.
    """

    def __init__(
        self, network: NetworkSpec, weights: Mapping[str, Array], dtype: Any, forms: Forms, told: Callable[[], None]
    ) -> None:
        self.nodes: list[Any] = []
        self.arrays: dict[str, Array] = {}
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.weights = weights
        self._forms, self._told = forms, told
        self._names = {layer.uid: f"{number}_{layer.kind}" for number, layer in numbered(network.layers)}
        self._names[LOSS_UID] = LOSS_UID

    def stack(self, layers: Iterable[LayerSpec], shape: Shape, x: str) -> str:
        """Write the layers, the first of which takes x; returns what the last one gives, x itself where none is."""
        for spec in layers:
            self._told()
            part = Part(self, spec, spec.uid, self._names[spec.uid], shape, x)
            x = self._form(part)(part)
            shape = part.out_shape
        return x

    def loss(self, spec: LossSpec, form: Callable[[Part], str], shape: Shape, x: str) -> None:
        """Write what the network answers from its scores."""
        form(Part(self, spec, LOSS_UID, LOSS_UID, shape, x))

    def _form(self, part: Part) -> Callable[[Part], str]:
        form = self._forms.get(part.spec.kind)
        if form is None:
            raise ExchangeError(
                f"{part.name.replace('_', ' ', 1)} cannot be written as ONNX: nobody has said of which ONNX operators "
                "this layer is made. Take it out of the network, or put others in its place."
            )
        return form

    @property
    def precise(self) -> bool:
        """Whether ONNX Runtime computes all of it in float64."""
        return not any(node.op_type in SINGLE_ONLY for node in self.nodes)


@dataclass(frozen=True)
class Part:
    """One layer, or the loss, while it is written: its spec, the shape of its input, and the tensor `x` it takes."""

    graph: Graph
    spec: Any
    uid: str
    name: str
    in_shape: Shape
    x: str

    @property
    def out_shape(self) -> Shape:
        """The shape that the layer gives."""
        return LAYERS[self.spec.kind].item.output_shape(self.spec, self.in_shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The number type of the network."""
        return self.graph.dtype

    def node(self, operator: str, *inputs: str, step: str = "", **attributes: Any) -> str:
        """One more node; returns the tensor it gives. `step` names those before a layer's last one."""
        from onnx import helper

        name = f"{self.name}.{step}" if step else self.name
        out = OUTPUT if name == LOSS_UID else name
        self.graph.nodes.append(helper.make_node(operator, inputs, [out], name=name, **attributes))
        return out

    def array(self, name: str, values: Any, dtype: Any = None) -> str:
        """An array of the layer, in the network's number type unless another is named; returns what it is called."""
        full = f"{self.name}.{name}"
        self.graph.arrays[full] = np.asarray(values, dtype or self.dtype, order="C")
        return full

    def parameters(self) -> list[str]:
        """What the layer learns and keeps, in its own order; returns what the arrays are called."""
        infos = LAYERS[self.spec.kind].item.parameters(self.spec, self.in_shape)
        return [self.array(info.name, self.graph.weights[parameter_key(self.uid, info.name)]) for info in infos]

    def branches(self) -> list[str]:
        """The stacks that a block holds; returns what each of them gives."""
        return [self.graph.stack(branch, self.in_shape, self.x) for branch in self.spec.branches]


Forms = Mapping[str, Callable[[Part], str]]
