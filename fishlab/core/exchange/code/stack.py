"""A network walked from top to bottom: every layer made by its writer, every parameter named as in the book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fishlab.core.exchange.code.tables import LayerWriter, Place, Table
from fishlab.core.exchange.code.text import Made, literal, plain
from fishlab.core.layers import LAYERS, LayerSpec, ParameterInfo, Shape
from fishlab.core.network import parameter_key
from fishlab.core.spec import NetworkSpec


@dataclass(frozen=True)
class Named:
    """One parameter: FishLab's key, its name as in the book, what it is, and where its first values come from.

    `layer` and `place` are what FishLab draws it by: the number of its layer, and its own among the layer's. `path`
    leads to its layer, as in a state dict of PyTorch; a `turned` one is stored the other way round.
    """

    key: str
    name: str
    info: ParameterInfo
    spec: LayerSpec
    layer: int
    place: int
    path: str
    turned: bool = False


class Walk:
    """The layers of a network as `made` by the writers, and all parameters as `named`, in order.

    What is frozen is wrapped in a layer called Frozen, which keeps it from learning.
    """

    def __init__(self, network: NetworkSpec, writers: Table[LayerWriter]) -> None:
        self.named: list[Named] = []
        self.every: list[Made] = []
        self._writers, self._frozen = writers, network.frozen_uids()
        self._numbers: Counter[str] = Counter()
        self.made = self._stack(network.layers, network.in_shape, "")

    def _stack(self, layers: Sequence[LayerSpec], shape: Shape, path: str) -> tuple[Made, ...]:
        found = []
        for index, layer in enumerate(layers):
            out = LAYERS[layer.kind].item.output_shape(layer, shape)
            found.append(self._layer(layer, shape, out, f"{path}{index}."))
            shape = out
        return tuple(found)

    def _layer(self, spec: LayerSpec, in_shape: Shape, out_shape: Shape, path: str) -> Made:
        number, infos = len(self.every), () if spec.branches else LAYERS[spec.kind].item.parameters(spec, in_shape)
        names = self._names(infos)
        params = {info: f'params["{name}"]' for info, name in names.items()}
        made: Made = self._writers[spec.kind](spec, Place(number, in_shape, out_shape, params))
        self.every.append(made)
        frozen = bool(infos) and spec.uid in self._frozen
        own = f"{path}layer." if frozen else path
        for place, info in enumerate(infos):
            key, name, turned = parameter_key(spec.uid, info.name), names[info.name], info.name in made.turned
            self.named.append(Named(key, name, info, spec, number, place, own, turned))
        inside = made.inside or ("",) * len(spec.branches)
        stacks = (self._stack(one, in_shape, f"{path}{name}.") for one, name in zip(spec.branches, inside, strict=True))
        note = _note(spec, in_shape, out_shape)
        if frozen:
            return Made("Frozen", around=made, note=note)
        return made.replace(note=note, stacks=tuple(stacks))

    def _names(self, infos: Sequence[ParameterInfo]) -> dict[str, str]:
        """As in the book: W1 and b1 of the first layer with these, gamma1 and beta1 of the first with those."""
        if infos:
            self._numbers[infos[0].name] += 1
        return {info.name: f"{info.name}{self._numbers[infos[0].name]}" for info in infos}


def _note(spec: LayerSpec, in_shape: Shape, out_shape: Shape) -> str:
    """The comment beside a layer: its own name, and the shapes where they change."""
    shapes = "" if in_shape == out_shape else f"{literal(in_shape)} -> {literal(out_shape)}"
    return ": ".join(filter(None, (plain(spec.name), shapes)))
