"""The network that a person edits: a stack of layers between an input and a loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fishlab.core.errors import SpecError
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.layers.base import layer_from_dict
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.spec.reading import entry, only
from fishlab.core.spec.stacks import each_layer, outermost, walk, without

MOST_LAYERS = 1000
USUAL_CLASSES = 10  # left out of files, which were written before there were others
MOST_CLASSES = 1000
LOSS_UID = "loss"
INPUT_UID = "input"


def _default_loss() -> LossSpec:
    spec: LossSpec = LOSSES["softmax_cross_entropy"].item.Spec()
    return spec


@dataclass(frozen=True)
class Place:
    """A gap between layers: before position `index` of the network's own stack, or of one branch of a block."""

    index: int
    block: str = ""
    branch: int = 0


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """A stack of layers between an input of `in_shape`, (C, H, W) or (F,), and a loss over `classes` scores."""

    name: str = "Untitled"
    in_shape: Shape = (1, 28, 28)
    classes: int = USUAL_CLASSES
    layers: tuple[LayerSpec, ...] = ()
    loss: LossSpec = field(default_factory=_default_loss)

    def walk(self) -> Iterator[LayerSpec]:
        """Every layer from top to bottom, a block before the layers that it holds."""
        return walk(self.layers)

    def frozen_uids(self) -> frozenset[str]:
        """The layers that keep what they have learned: those that are frozen, and all that a frozen block holds."""
        return frozenset(layer.uid for outer in self.walk() if outer.frozen for layer in walk((outer,)))

    def find(self, uid: str) -> LayerSpec | None:
        """The layer with this uid, wherever it stands, or None."""
        return next((layer for layer in self.walk() if layer.uid == uid), None)

    def place(self, uid: str) -> Place:
        """Where a layer stands; raises KeyError for an unknown uid."""
        for block in (None, *self.walk()):
            for number, stack in enumerate((self.layers,) if block is None else block.branches):
                for index, layer in enumerate(stack):
                    if layer.uid == uid:
                        return Place(index, block.uid if block else "", number)
        raise KeyError(uid)

    def stack(self, place: Place) -> tuple[LayerSpec, ...]:
        """The stack in which a place lies; raises KeyError where there is no such block or branch."""
        if not place.block:
            return self.layers
        block = self.find(place.block)
        if block is None or not 0 <= place.branch < len(block.branches):
            raise KeyError(place)
        return block.branches[place.branch]

    def with_layers(self, layers: Iterable[LayerSpec]) -> NetworkSpec:
        """The same network with another stack."""
        return dataclasses.replace(self, layers=tuple(layers))

    def with_stack(self, place: Place, layers: Iterable[LayerSpec]) -> NetworkSpec:
        """The same network with another stack where `place` lies; raises KeyError where there is none."""
        if not place.block:
            return self.with_layers(layers)
        self.stack(place)
        block = self.find(place.block)
        assert block is not None
        branches = list(block.branches)
        branches[place.branch] = tuple(layers)
        return self.change(block.uid, branches=tuple(branches))

    def renamed(self, name: str) -> NetworkSpec:
        """The same network under another name, of at most 80 letters."""
        return dataclasses.replace(self, name=name[:80])

    def insert(self, where: int | Place, *layers: LayerSpec) -> NetworkSpec:
        """Layers put in before a place; a number is a place in the network's own stack."""
        place = where if isinstance(where, Place) else Place(where)
        stack = self.stack(place)
        return self.with_stack(place, (*stack[: place.index], *layers, *stack[place.index :]))

    def remove(self, *uids: str) -> NetworkSpec:
        """The network without these layers and what they hold."""
        return self.with_layers(without(self.layers, set(uids)))

    def move(self, uids: Iterable[str], where: int | Place) -> NetworkSpec:
        """The named layers, in stack order, taken out and put in before what is now at a place.

        Raises KeyError where the place lies in one of them.
        """
        chosen = set(uids)
        place = where if isinstance(where, Place) else Place(where)
        before = sum(layer.uid in chosen for layer in self.stack(place)[: place.index])
        return self.remove(*chosen).insert(dataclasses.replace(place, index=place.index - before), *self.chosen(chosen))

    def chosen(self, uids: Collection[str]) -> tuple[LayerSpec, ...]:
        """The named layers from top to bottom, without those that are inside another one of them."""
        return tuple(outermost(self.layers, uids))

    def change(self, uid: str, **values: Any) -> NetworkSpec:
        """One layer, wherever it stands, with some of its fields changed."""
        return self.with_layers(each_layer(self.layers, lambda layer: _changed(layer, uid, values)))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "name": self.name,
            "in_shape": list(self.in_shape),
            **({} if self.classes == USUAL_CLASSES else {"classes": self.classes}),
            "layers": [layer.to_dict() for layer in self.layers],
            "loss": self.loss.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> NetworkSpec:
        """The network that `to_dict` wrote."""
        items = entry(data, "layers", list, "network")
        only(data, {"name", "in_shape", "classes", "layers", "loss"}, "network")
        loss = entry(data, "loss", Mapping, "network")
        spec = cls(
            name=entry(data, "name", str, "network")[:80],
            in_shape=_shape(entry(data, "in_shape", list, "network")),
            classes=_classes(data.get("classes", USUAL_CLASSES)),
            layers=tuple(layer_from_dict(item) for item in items),
            loss=LOSSES[entry(loss, "kind", str, "loss")].item.Spec.from_dict(loss),
        )
        uids = [layer.uid for layer in spec.walk()]
        if len(uids) > MOST_LAYERS:
            raise SpecError(f"The network has {len(uids):,} layers; at most {MOST_LAYERS:,} are read.")
        if len(set(uids)) != len(uids):
            raise SpecError("Two layers of the network carry the same uid.")
        return spec


def _shape(items: list[Any]) -> Shape:
    whole = all(isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= 4096 for size in items)
    if len(items) not in (1, 3) or not whole:
        raise SpecError(f"The input shape is {items!r}: it takes [channels, rows, columns] or [features].")
    return tuple(items)


def _classes(count: Any) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST_CLASSES:
        raise SpecError(f"The number of classes of the network is not a whole number of 2 to {MOST_CLASSES:,}.")
    return count


def _changed(layer: LayerSpec, uid: str, values: Mapping[str, Any]) -> LayerSpec:
    return layer.replace(**values) if layer.uid == uid else layer
