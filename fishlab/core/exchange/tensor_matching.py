"""Tensors of a state dict put into the layers of a network: by their names if these are ours, else by their shapes.

A state dict saved as safetensors has lost its order: names are sorted there. So a module of the file and a layer of the
network belong together that have the same tensors of the same shapes; among several of one kind, the order of the names
decides, numbers in them taken as numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fishlab.core.exchange.formats import ExchangeError
from fishlab.core.exchange.matching import Holder, holders
from fishlab.core.exchange.reading import quoted
from fishlab.core.exchange.tensor_names import Tensor, is_matrix, named_tensors, tensors_of
from fishlab.core.layers import Shape
from fishlab.core.layers.base import Array, shape_text
from fishlab.core.spec import NetworkSpec

MOST_SHOWN = 12
Signature = frozenset[tuple[str, Shape]]


@dataclass(frozen=True)
class Module:
    """The tensors of a file that share all of their names but the last part."""

    name: str
    tensors: Mapping[str, Array]

    @cached_property
    def signature(self) -> Signature:
        """What it has, by which it is known."""
        return frozenset((name, array.shape) for name, array in self.tensors.items())


def modules(arrays: Mapping[str, Array]) -> list[Module]:
    """The modules of a file in the order of their names; "layers.10" comes after "layers.9"."""
    found: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        module, _, last = name.rpartition(".")
        found.setdefault(module, {})[last] = array
    return [Module(name, found[name]) for name in sorted(found, key=_natural)]


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split("([0-9]{1,9})", name)
    return [(int(part), "") if number % 2 else (-1, part) for number, part in enumerate(parts)]


def by_shapes(network: NetworkSpec, arrays: Mapping[str, Array]) -> tuple[dict[str, Array], list[str]]:
    """Parameter key to array for the whole network, and sentences on which went where. Raises ExchangeError."""
    named = named_tensors(network)
    if {name: array.shape for name, array in arrays.items()} == {name: t.shape for name, t in named.items()}:
        return {tensor.key: tensor.oriented(arrays[name]) for name, tensor in named.items()}, []
    layers, found = holders(network), modules(arrays)
    try:
        return _matched(layers, found, turning=True)
    except ExchangeError:
        if not any(is_matrix(info) for layer in layers for info in layer.needs.values()):
            raise
        try:
            weights, said = _matched(layers, found, turning=False)
        except ExchangeError:
            pass
        else:
            return weights, [*said, "Its affine weights are (inputs, outputs), which PyTorch's are not: not turned."]
        raise


def _matched(layers: Sequence[Holder], found: Sequence[Module], *, turning: bool) -> tuple[dict[str, Array], list[str]]:
    rest: dict[Signature, list[Module]] = {}
    for module in reversed(found):
        rest.setdefault(module.signature, []).append(module)
    weights: dict[str, Array] = {}
    said = []
    for layer in layers:
        wanted = tensors_of(layer, turning=turning)
        signature = frozenset((tensor.name, tensor.shape) for tensor in wanted)
        if not rest.get(signature):
            raise _missing(layer, wanted, _left(found, rest))
        module = rest[signature].pop()
        weights |= {tensor.key: tensor.oriented(module.tensors[tensor.name]) for tensor in wanted}
        said.append(_went(module, layer, wanted))
    left = _left(found, rest)
    if left:
        raise ExchangeError(
            f"{quoted(left[0].name)} ({_listed(left[0].signature)}) has no place in the network: no layer of it needs "
            "those shapes. Add the layer to the template, or take another."
        )
    more = len(said) - MOST_SHOWN
    shown = said[:MOST_SHOWN] + ([f"And {more} more in the same way."] if more > 0 else [])
    return weights, shown + _about_order(found)


def _left(found: Sequence[Module], rest: Mapping[Signature, Sequence[Module]]) -> list[Module]:
    """What has no place yet, in the order of names."""
    names = {module.name for modules in rest.values() for module in modules}
    return [module for module in found if module.name in names]


def _missing(layer: Holder, wanted: Iterable[Tensor], rest: Sequence[Module]) -> ExchangeError:
    needs = _listed((tensor.name, tensor.shape) for tensor in wanted)
    names = {tensor.name for tensor in wanted}
    near = next((module for module in rest if set(module.tensors) == names), rest[0] if rest else None)
    has = f"{quoted(near.name)} has {_listed(near.signature)}" if near else "nothing is left in the file"
    return ExchangeError(
        f"{layer.label[0].upper()}{layer.label[1:]} needs {needs}, and {has}. Change the template so that its shapes "
        "are those of the file, or take another."
    )


def _listed(items: Iterable[tuple[str, Shape]]) -> str:
    """'weight (10, 50), bias (10,)'."""
    ordered = sorted(items, key=lambda item: (item[0] not in ("weight", "W"), item[0]))
    return ", ".join(f"{name[:40]} {shape}" for name, shape in ordered[:6]) or "nothing"


def _went(module: Module, layer: Holder, wanted: Iterable[Tensor]) -> str:
    turned = next((tensor for tensor in wanted if tensor.turned), None)
    if turned is None:
        return f"{quoted(module.name)} went to {layer.label.rstrip(',')}."
    here = shape_text(turned.shape[::-1])
    doubt = "; it is square, and was taken to lie as PyTorch has it" if len(set(turned.shape)) == 1 else ""
    return f"{quoted(module.name)} went to {layer.label.rstrip(',')}, its weight turned to {here}{doubt}."


def _about_order(found: Sequence[Module]) -> list[str]:
    counts = Counter(module.signature for module in found)
    alike = sum(count for count in counts.values() if count > 1)
    if not alike:
        return []
    return [f"{alike} of them have shapes in common, and went in by the order of their names: see that it is right."]
