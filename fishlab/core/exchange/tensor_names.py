"""What a network's tensors are called elsewhere, and how they lie: PyTorch's names, PyTorch's order of axes.

In a Sequential of PyTorch the tensors of layer 2 are `2.weight` and `2.bias`; a layer with a name of its own has that
in place of the number, and what is inside a block has the numbers of branch and layer behind it: `3.0.1.weight`.
A Linear keeps its weight as (outputs, inputs), where FishLab and the book have (inputs, outputs): it is turned. Filters
lie the same on both sides, those of a transposed convolution too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fishlab.core.exchange.matching import Holder, holders
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.layers.base import Array, ParameterInfo
from fishlab.core.spec import NetworkSpec

_USUAL = {"weight": "weight", "scale": "weight", "bias": "bias", "shift": "bias"}


@dataclass(frozen=True)
class Tensor:
    """A parameter as a file has it: its key, the last part of its name, its shape there, and whether it is turned."""

    key: str
    name: str
    shape: Shape
    turned: bool

    def oriented(self, array: Array) -> Array:
        """From one side to the other; it is the same either way."""
        return np.ascontiguousarray(array.T) if self.turned else array


def tensors_of(holder: Holder, *, turning: bool = True) -> list[Tensor]:
    """The tensors of a layer; without `turning` they lie as in FishLab."""
    names = {info.name: _USUAL.get(info.role, info.name) for info in holder.needs.values()}
    if len(set(names.values())) < len(names):  # a layer of one's own with two weights: its own names tell them apart
        names = {name: name for name in names}
    return [_tensor(holder, info, names[info.name], turning) for info in holder.needs.values()]


def _tensor(holder: Holder, info: ParameterInfo, name: str, turning: bool) -> Tensor:
    turned = turning and is_matrix(info)
    return Tensor(holder.key(info.name), name, info.shape[::-1] if turned else info.shape, turned)


def is_matrix(info: ParameterInfo) -> bool:
    """Whether it is a weight (inputs, outputs)."""
    return info.role == "weight" and len(info.shape) == 2 and info.out_axis == 1


def named_tensors(network: NetworkSpec) -> dict[str, Tensor]:
    """Name in a file to tensor, from top to bottom."""
    prefixes = dict(_prefixes(network.layers, ""))
    return {
        f"{prefixes[holder.uid]}.{tensor.name}": tensor for holder in holders(network) for tensor in tensors_of(holder)
    }


def _prefixes(layers: Sequence[LayerSpec], before: str) -> Iterator[tuple[str, str]]:
    """The uid of each layer and the name of its module."""
    plain = [re.sub(r"\W+", "_", layer.name, flags=re.ASCII).strip("_") for layer in layers]
    for number, (layer, name) in enumerate(zip(layers, plain, strict=True)):
        usable = name and not name.isdigit() and plain.count(name) == 1
        prefix = before + (name if usable else str(number))
        yield layer.uid, prefix
        for branch, inside in enumerate(layer.branches):
            yield from _prefixes(inside, f"{prefix}.{branch}.")
