"""What a person edits, as frozen values: network, data, training, and the three together as a project.

Every edit is a pure function from one value to the next. `to_dict` and `from_dict` turn them into JSON and back;
what is read is checked, and refused with a SpecError or FieldError.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any, Self

from fishlab.core.augmentation import AugmentationSpec, augmentation_from_dict
from fishlab.core.errors import SpecError
from fishlab.core.fields import Spec, bool_field, choice_field, float_field, int_field, pair_field, text_field
from fishlab.core.layers import LayerSpec, Shape
from fishlab.core.layers.base import layer_from_dict, new_uid
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import CONSTANT, ScheduleSpec, schedule_from_dict

MOST_LAYERS = 1000
USUAL_CLASSES = 10  # left out of files, which were written before there were others
MOST_CLASSES = 1000
MOST_AUGMENTATIONS = 100
LOSS_UID = "loss"
INPUT_UID = "input"


def _entry(data: Any, name: str, wanted: type, what: str) -> Any:
    if not isinstance(data, Mapping):
        raise SpecError(f"A {what} is {type(data).__name__} where a table of names and values was expected.")
    if not isinstance(data.get(name), wanted):
        raise SpecError(f"A {what} has no {name!r}, or one of the wrong type.")
    return data[name]


def _only(data: Mapping[str, Any], names: set[str], what: str) -> None:
    unknown = set(data) - names
    if unknown:
        raise SpecError(f"A {what} has no entry {sorted(map(str, unknown))[0]!r}.")


def _default_loss() -> LossSpec:
    spec: LossSpec = LOSSES["softmax_cross_entropy"].item.Spec()
    return spec


def _default_optimizer() -> OptimizerSpec:
    spec: OptimizerSpec = OPTIMIZERS["adam"].item.Spec()
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
        return self.with_layers(_without(self.layers, set(uids)))

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
        return tuple(_outermost(self.layers, uids))

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
        items = _entry(data, "layers", list, "network")
        _only(data, {"name", "in_shape", "classes", "layers", "loss"}, "network")
        loss = _entry(data, "loss", Mapping, "network")
        spec = cls(
            name=_entry(data, "name", str, "network")[:80],
            in_shape=_shape(_entry(data, "in_shape", list, "network")),
            classes=_classes(data.get("classes", USUAL_CLASSES)),
            layers=tuple(layer_from_dict(item) for item in items),
            loss=LOSSES[_entry(loss, "kind", str, "loss")].item.Spec.from_dict(loss),
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


def walk(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """The layers and all that they hold, a block before its layers."""
    for layer in layers:
        yield layer
        for branch in layer.branches:
            yield from walk(branch)


def numbered(layers: Iterable[LayerSpec], prefix: str = "") -> Iterator[tuple[str, LayerSpec]]:
    """Every layer with its number: 1, 2, 3; those in the branches of block 3 are 3a1, 3a2, ... and 3b1, 3b2, ..."""
    for index, layer in enumerate(layers, start=1):
        number = f"{prefix}{index}"
        yield number, layer
        for letter, branch in zip(ascii_lowercase, layer.branches, strict=False):
            yield from numbered(branch, number + letter)


def each_layer(layers: Iterable[LayerSpec], change: Callable[[LayerSpec], LayerSpec]) -> tuple[LayerSpec, ...]:
    """The layers with `change` applied to every one, those inside blocks first."""
    return tuple(
        change(layer.with_branches(tuple(each_layer(branch, change) for branch in layer.branches))) for layer in layers
    )


def fresh_copies(layers: Iterable[LayerSpec]) -> tuple[LayerSpec, ...]:
    """The same layers with uids of their own, for duplicate and paste."""
    return each_layer(layers, lambda layer: layer.replace(uid=new_uid()))


def _changed(layer: LayerSpec, uid: str, values: Mapping[str, Any]) -> LayerSpec:
    return layer.replace(**values) if layer.uid == uid else layer


def _without(layers: Iterable[LayerSpec], uids: Collection[str]) -> tuple[LayerSpec, ...]:
    kept = (layer for layer in layers if layer.uid not in uids)
    return tuple(layer.with_branches(tuple(_without(branch, uids) for branch in layer.branches)) for layer in kept)


def _outermost(layers: Iterable[LayerSpec], uids: Collection[str]) -> Iterator[LayerSpec]:
    for layer in layers:
        if layer.uid in uids:
            yield layer
        else:
            for branch in layer.branches:
                yield from _outermost(branch, uids)


SOURCES = {
    "auto": "MNIST if it is here, else drawn digits",
    "mnist": "MNIST",
    "digits": "Drawn digits",
    "fashion_mnist": "Fashion-MNIST",
    "kmnist": "KMNIST",
    "gates": "Logic gates",
    "circles": "Circles",
    "moons": "Moons",
    "spirals": "Spirals",
    "folder": "Folder of images",
    "csv": "CSV file",
    "npz": "NPZ file",
}
GATES = {"and": "AND", "or": "OR", "nand": "NAND", "xor": "XOR"}
ROWS = {"auto": "what the numbers look like", "grey": "grey images", "colour": "colour images", "features": "features"}
_PLANE = ("gates", "circles", "moons", "spirals")
_TABLES = ("csv", "npz")
SCALES = {
    "unit": "0 to 1",
    "raw": "0 to 255",
    "standard": "mean 0, deviation 1",
    "channels": "each channel mean 0, deviation 1",
    "pixels": "each pixel mean 0, deviation 1",
    "whitened": "whitened (ZCA)",
}
WHITENED = ("channels", "pixels", "whitened")  # those with numbers for every pixel
MATRIX = ("whitened",)  # or for every two of them


@dataclass(frozen=True, kw_only=True)
class DataSpec(Spec):
    """Which images, how many, how scaled, and what is set aside to validate."""

    source: str = choice_field("auto", "Data set", "Where the images come from.", SOURCES)
    folder: str = text_field(
        "",
        "Folder",
        "A folder with the four MNIST files, plain or gzipped; empty, the usual places are tried. For images of your "
        "own, a folder that holds one folder for each class, or these in folders train and test.",
        shown_when=("source", ("mnist", "auto", "fashion_mnist", "kmnist", "folder")),
    )
    file: str = text_field(
        "", "File", "The file with images or features and their labels.", shown_when=("source", _TABLES), later=True
    )
    drawn: int = int_field(
        60_000,
        "Drawn",
        "How many training digits FishLab draws.",
        minimum=1_000,
        maximum=1_000_000,
        unit="images",
        shown_when=("source", ("digits", "auto")),
    )
    wildness: float = float_field(
        0.0,
        "Wildness",
        "0 draws neat digits, 1 wild ones: harder to learn, closer to what people really write.",
        minimum=0.0,
        maximum=1.0,
        shown_when=("source", ("digits", "auto")),
    )
    gate: str = choice_field(
        "xor",
        "Gate",
        "Which answer two inputs, each 0 or 1, are given.",
        GATES,
        shown_when=("source", ("gates",)),
        later=True,
    )
    points: int = int_field(
        1_000,
        "Points",
        "How many points there are to learn from; half as many more are kept to test.",
        minimum=8,
        maximum=1_000_000,
        shown_when=("source", _PLANE),
        later=True,
    )
    noise: float = float_field(
        0.1,
        "Noise",
        "How far points are scattered about their places: the standard deviation.",
        minimum=0.0,
        maximum=2.0,
        shown_when=("source", _PLANE),
        later=True,
    )
    arms: int = int_field(
        2,
        "Classes",
        "How many circles there are, or arms of the spiral.",
        minimum=2,
        maximum=10,
        shown_when=("source", ("circles", "spirals")),
        later=True,
    )
    turns: float = float_field(
        1.0,
        "Turns",
        "How often an arm goes around.",
        minimum=0.1,
        maximum=5.0,
        shown_when=("source", ("spirals",)),
        later=True,
    )
    draw: int = int_field(0, "Draw", "Another number draws other points.", shown_when=("source", _PLANE), later=True)
    image_size: tuple[int, int] = pair_field(
        (28, 28),
        "Image size",
        "Rows and columns that every picture is brought to.",
        minimum=1,
        maximum=512,
        shown_when=("source", ("folder",)),
        later=True,
    )
    colour: bool = bool_field(False, "Colour", "Red, green, blue.", shown_when=("source", ("folder",)), later=True)
    label_column: str = text_field(
        "",
        "Label column",
        "The name or the number, from 1, of the column with the labels. Empty: one called label, else the first.",
        shown_when=("source", ("csv",)),
        later=True,
    )
    row_is: str = choice_field(
        "auto",
        "Rows are",
        "What a row of numbers stands for. By itself: 64 or more levels of 0 to 255 that make a square are an image.",
        ROWS,
        shown_when=("source", _TABLES),
        later=True,
    )
    test_share: float = float_field(
        0.2,
        "Test",
        "The share of each class that is kept to test, where the data have no part of their own for it.",
        minimum=0.0,
        maximum=0.9,
        shown_when=("source", ("folder", *_TABLES)),
        later=True,
    )
    subset: int = int_field(
        0, "Subset", "Use only this many training images; 0 uses all.", minimum=0, maximum=10_000_000, unit="images"
    )
    validation: float = float_field(
        1 / 12,
        "Validation",
        "The share of the training images that is set aside to measure, never to learn from.",
        minimum=0.0,
        maximum=0.9,
    )
    scaling: str = choice_field("unit", "Scaling", "What the grey levels 0 to 255 become.", SCALES)
    epsilon: float = float_field(
        0.1,
        "Epsilon",
        "Added to every variance: directions that vary much less than this are left small, or they would be noise.",
        minimum=0.0,
        maximum=1000.0,
        minimum_open=True,
        shown_when=("scaling", ("whitened",)),
        later=True,
    )
    augmentation: tuple[AugmentationSpec, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        data = super().to_dict()
        steps = [spec.to_dict() for spec in data.pop("augmentation")]
        return {**data, "augmentation": steps} if steps else data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        steps = data.get("augmentation", [])
        if not isinstance(steps, (list, tuple)) or len(steps) > MOST_AUGMENTATIONS:
            raise SpecError(f"The augmentation is not a list of at most {MOST_AUGMENTATIONS} entries.")
        spec = super().from_dict({name: value for name, value in data.items() if name != "augmentation"})
        return dataclasses.replace(spec, augmentation=tuple(map(augmentation_from_dict, steps)))


SAMPLINGS = {"permutation": "each image once", "replacement": "by chance"}
PRECISIONS = {"float32": "32 bits", "float64": "64 bits"}


DECAYS = {
    "l2": "L2, by a share of each",
    "l1": "L1, all by the same",
    "max_norm": "Max-norm, only the too long",
}


@dataclass(frozen=True, kw_only=True)
class TrainingSpec(Spec):
    """How the network is trained."""

    batch_size: int = int_field(100, "Batch size", "Images in one step.", minimum=1, maximum=100_000, unit="images")
    epochs: int = int_field(
        3, "Epochs", "How many times one press of Run goes through the training images.", minimum=1, maximum=10_000
    )
    decay_kind: str = choice_field("l2", "Decay", "What holds the weights small.", DECAYS, later=True)
    weight_decay: float = float_field(
        0.0,
        "Weight decay",
        "Pulls every weight towards zero: adds this share of the weight to its gradient (6.4.2).",
        minimum=0.0,
        maximum=10.0,
        live=True,
        shown_when=("decay_kind", ("l2", "l1")),
    )
    max_norm: float = float_field(
        3.0,
        "Max norm",
        "The weights that lead into a unit, taken as a vector, are never longer than this.",
        minimum=0.0,
        maximum=1_000_000.0,
        minimum_open=True,
        shown_when=("decay_kind", ("max_norm",)),
        later=True,
    )
    clip_norm: float = float_field(
        0.0,
        "Clip gradient",
        "A gradient that is longer, over all parameters together, is shortened to this; 0 leaves it as it is.",
        minimum=0.0,
        maximum=1_000_000.0,
        later=True,
    )
    seed: int = int_field(0, "Seed", "The same seed gives the same numbers.", minimum=0, maximum=2**31 - 1)
    sampling: str = choice_field(
        "permutation",
        "Sampling",
        "How batches are drawn: every image once an epoch, or each batch by chance from all images, as the book does.",
        SAMPLINGS,
        later=True,
    )
    patience: int = int_field(
        0,
        "Patience",
        "The run ends after so many epochs without a better validation loss, and the best weights are kept; 0 goes on.",
        minimum=0,
        maximum=10_000,
        unit="epochs",
        later=True,
    )
    keep_best: bool = bool_field(
        False,
        "Keep the best",
        "Keep the weights of the epoch with the best validation loss beside the last ones.",
        shown_when=("patience", (0,)),
        later=True,
    )
    precision: str = choice_field(
        "float32",
        "Precision",
        "How many digits are computed with: seven, or sixteen in twice the time and memory.",
        PRECISIONS,
        later=True,
    )
    optimizer: OptimizerSpec = field(default_factory=_default_optimizer)
    schedule: ScheduleSpec = CONSTANT

    @property
    def wants_best(self) -> bool:
        """Whether a run keeps the weights of its best epoch: it is told to, or waits for better ones."""
        return self.keep_best or self.patience > 0

    def to_dict(self) -> dict[str, Any]:
        plain = {**super().to_dict(), "optimizer": self.optimizer.to_dict(), "schedule": self.schedule.to_dict()}
        if self.schedule == CONSTANT:  # files did not have it at first
            del plain["schedule"]
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        optimizer = _entry(data, "optimizer", Mapping, "training")
        kind = _entry(optimizer, "kind", str, "optimizer")
        spec = super().from_dict({name: data[name] for name in data if name not in ("optimizer", "schedule")})
        schedule = schedule_from_dict(data.get("schedule"))
        return dataclasses.replace(
            spec, optimizer=OPTIMIZERS[kind].item.Spec.from_dict(optimizer), schedule=schedule
        )


@dataclass(frozen=True, kw_only=True)
class ProjectSpec:
    """All that a person sets: the one value a document holds."""

    network: NetworkSpec = field(default_factory=NetworkSpec)
    data: DataSpec = field(default_factory=DataSpec)
    training: TrainingSpec = field(default_factory=TrainingSpec)

    def replace(self, **changes: Any) -> ProjectSpec:
        """A copy with network, data or training exchanged."""
        return dataclasses.replace(self, **changes)

    def edit_network(self, edit: Callable[[NetworkSpec], NetworkSpec]) -> ProjectSpec:
        """A copy with an edit applied to the network."""
        return dataclasses.replace(self, network=edit(self.network))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "network": self.network.to_dict(),
            "data": self.data.to_dict(),
            "training": self.training.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> ProjectSpec:
        """The project that `to_dict` wrote; raises SpecError or FieldError."""
        network = _entry(data, "network", Mapping, "project")
        _only(data, {"network", "data", "training"}, "project")
        return cls(
            network=NetworkSpec.from_dict(network),
            data=DataSpec.from_dict(_entry(data, "data", Mapping, "project")),
            training=TrainingSpec.from_dict(_entry(data, "training", Mapping, "project")),
        )
