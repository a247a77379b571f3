"""A network walked from top to bottom: every layer made by its writer, every parameter named as in the book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fishlab.core.exchange.code.tables import LayerWriter, Place, Table
from fishlab.core.exchange.code.text import Made, literal, plain
from fishlab.core.layers import LAYERS, LayerSpec, ParameterInfo, Shape
from fishlab.core.network import parameter_key
from fishlab.core.spec import NetworkSpec


@dataclass(frozen=True)
class Named:
    """One parameter: FishLab's key, its name in the file, what it is, and where its first values come from.

    `layer` and `place` are what FishLab draws it by: the number of its layer, and its own among the layer's.
    """

    key: str
    name: str
    info: ParameterInfo
    spec: LayerSpec
    layer: int
    place: int


class Walk:
    """The layers of a network as `made` by the writers, and all parameters as `named`, in order.

    Layers that learn nothing any more are put into what `freeze` makes.
    """

    def __init__(
        self, network: NetworkSpec, writers: Table[LayerWriter], freeze: Callable[[Made], Made] | None = None
    ) -> None:
        self.named: list[Named] = []
        self._writers, self._freeze, self._frozen = writers, freeze, network.frozen_uids()
        self._numbers: Counter[str] = Counter()
        self._next = 0
        self.made = self._stack(network.layers, network.in_shape)

    def _stack(self, layers: Sequence[LayerSpec], shape: Shape) -> tuple[Made, ...]:
        found = []
        for layer in layers:
            out = LAYERS[layer.kind].item.output_shape(layer, shape)
            found.append(self._layer(layer, shape, out))
            shape = out
        return tuple(found)

    def _layer(self, spec: LayerSpec, in_shape: Shape, out_shape: Shape) -> Made:
        number, self._next = self._next, self._next + 1
        params = {} if spec.branches else self._names(spec, in_shape, number)
        made: Made = self._writers[spec.kind](spec, Place(number, in_shape, out_shape, params))
        shapes = f"{literal(in_shape)} -> {literal(out_shape)}"
        name = plain(spec.name)
        note = f"{name}: {shapes}" if name else "" if in_shape == out_shape else shapes
        made = replace(made, note=note, stacks=tuple(self._stack(branch, in_shape) for branch in spec.branches))
        return self._freeze(made) if self._freeze and params and spec.uid in self._frozen else made

    def _names(self, spec: LayerSpec, in_shape: Shape, number: int) -> dict[str, str]:
        """Named as in the book: W1 and b1 of the first layer with these, gamma1 and beta1 of the first with those."""
        infos = LAYERS[spec.kind].item.parameters(spec, in_shape)
        if infos:
            self._numbers[infos[0].name] += 1
        found = {}
        for place, info in enumerate(infos):
            name = f"{info.name}{self._numbers[infos[0].name]}"
            self.named.append(Named(parameter_key(spec.uid, info.name), name, info, spec, number, place))
            found[info.name] = f'params["{name}"]'
        return found
