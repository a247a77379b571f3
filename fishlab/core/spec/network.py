"""The network that a person edits: a stack of layers between an input and a loss."""

from __future__ import annotations

import dataclasses
import reprlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fishlab.core.errors import SpecError
from fishlab.core.fields import whole_text
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.layers.base import layer_from_dict
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.spec.reading import entry, expect, only
from fishlab.core.spec.stacks import announced, each_layer, numbered, outermost, walk, without

MOST_LAYERS = 1000
USUAL_CLASSES = 10  # left out of files, which were written before there were others
MOST_CLASSES = 1000
MOST_SIZE = 4096  # channels, rows or columns of an image
MOST_FEATURES = 1_000_000  # in a row
LOSS_UID = "loss"
INPUT_UID = "input"
NO_UIDS = ("", LOSS_UID, INPUT_UID)


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
    """A stack of layers between an input of `in_shape`, (C, H, W) or (F,), and a loss over `classes` scores.

    Raises SpecError for what cannot be one: other sizes, things that are no layers, one layer in two places.
    """

    name: str = "Untitled"
    in_shape: Shape = (1, 28, 28)
    classes: int = USUAL_CLASSES
    layers: tuple[LayerSpec, ...] = ()
    loss: LossSpec = field(default_factory=_default_loss)

    def __post_init__(self) -> None:
        expect(self.name, str, "The name of a network", "'Untitled'")
        expect(self.loss, LossSpec, "The loss of a network", "LOSSES['softmax_cross_entropy'].item.Spec()")
        object.__setattr__(self, "name", whole_text(self.name))
        object.__setattr__(self, "in_shape", _shape(self.in_shape))
        object.__setattr__(self, "classes", _classes(self.classes))
        object.__setattr__(self, "layers", _layers(self.layers))

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
        _refuse_many(announced(items))  # before any of them is built
        try:
            layers = tuple(layer_from_dict(item) for item in items)
        except RecursionError:
            raise SpecError("The blocks of the network are nested too deeply to be read.") from None
        return cls(
            name=entry(data, "name", str, "network")[:80],
            in_shape=_shape(entry(data, "in_shape", list, "network")),
            classes=data.get("classes", USUAL_CLASSES),
            layers=layers,
            loss=LOSSES[entry(loss, "kind", str, "loss")].item.Spec.from_dict(loss),
        )


def _shape(sizes: Any) -> Shape:
    """The sizes as whole numbers; raises SpecError for what no input can have."""
    listed = isinstance(sizes, (list, tuple)) and len(sizes) in (1, 3)
    most = MOST_SIZE if listed and len(sizes) == 3 else MOST_FEATURES
    if not listed or not all(_is_whole(size) and 1 <= size <= most for size in sizes):
        raise SpecError(
            f"The input shape is {reprlib.repr(sizes)}: it takes [channels, rows, columns] of 1 to {MOST_SIZE:,}, or "
            f"[features] of 1 to {MOST_FEATURES:,}."
        )
    return tuple(map(int, sizes))


def _classes(count: Any) -> int:
    if not _is_whole(count) or not 2 <= count <= MOST_CLASSES:
        raise SpecError(
            f"The number of classes of the network is {reprlib.repr(count)}: it takes a whole number, "
            f"2 to {MOST_CLASSES:,}."
        )
    return int(count)


def _is_whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool) and getattr(value, "ndim", 0) == 0


def _layers(given: Any) -> tuple[LayerSpec, ...]:
    """The stack, every layer in it once and under a name of its own; raises SpecError."""
    if not isinstance(given, (list, tuple)):
        raise SpecError(f"The layers of a network are {reprlib.repr(given)}: they are a tuple of layers.")
    for layer in given:
        expect(layer, LayerSpec, "A layer of the network", "LAYERS['affine'].item.Spec(units=10)")
    seen: dict[str, str] = {}
    for number, layer in numbered(given):
        if layer.uid in seen:
            raise SpecError(
                f"Layers {seen[layer.uid]} and {number} of the network carry the same uid, {layer.uid!r}. Each layer "
                "is in one place: describe it anew for the other."
            )
        if layer.uid in NO_UIDS:
            raise SpecError(f"Layer {number} of the network has the uid {layer.uid!r}, which no layer can have.")
        seen[layer.uid] = number
    _refuse_many(len(seen))
    return tuple(given)


def _refuse_many(count: int) -> None:
    if count > MOST_LAYERS:
        raise SpecError(f"The network has {count:,} layers; at most {MOST_LAYERS:,} are read.")


def _changed(layer: LayerSpec, uid: str, values: Mapping[str, Any]) -> LayerSpec:
    return layer.replace(**values) if layer.uid == uid else layer
