"""What a person edits, as frozen values: network, data, training, and the three together as a project.

Every edit is a pure function from one value to the next. `to_dict` and `from_dict` turn them into JSON and back;
what is read is checked, and refused with a SpecError or FieldError.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from fishlab.core.augmentation import AugmentationSpec, augmentation_from_dict
from fishlab.core.errors import SpecError
from fishlab.core.fields import Spec, bool_field, choice_field, float_field, int_field, text_field
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.layers.base import new_uid
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import CONSTANT, ScheduleSpec, schedule_from_dict

MOST_LAYERS = 1000
USUAL_CLASSES = 10  # left out of files, which were written before there were others
MOST_CLASSES = 1000
MOST_AUGMENTATIONS = 100
LOSS_UID = "loss"
INPUT_UID = "input"


def layer_from_dict(data: Any) -> LayerSpec:
    """The layer spec that `to_dict` wrote."""
    kind = _entry(data, "kind", str, "layer")
    spec: LayerSpec = LAYERS[kind].item.Spec.from_dict(data)
    return spec


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


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """A stack of layers between an input of `in_shape`, (C, H, W) or (F,), and a loss over `classes` scores."""

    name: str = "Untitled"
    in_shape: Shape = (1, 28, 28)
    classes: int = USUAL_CLASSES
    layers: tuple[LayerSpec, ...] = ()
    loss: LossSpec = field(default_factory=_default_loss)

    def index(self, uid: str) -> int:
        """The position of a layer; raises KeyError for an unknown uid."""
        for position, layer in enumerate(self.layers):
            if layer.uid == uid:
                return position
        raise KeyError(uid)

    def find(self, uid: str) -> LayerSpec | None:
        """The layer with this uid, or None."""
        return next((layer for layer in self.layers if layer.uid == uid), None)

    def with_layers(self, layers: Iterable[LayerSpec]) -> NetworkSpec:
        """The same network with another stack."""
        return dataclasses.replace(self, layers=tuple(layers))

    def renamed(self, name: str) -> NetworkSpec:
        """The same network under another name, of at most 80 letters."""
        return dataclasses.replace(self, name=name[:80])

    def insert(self, index: int, *layers: LayerSpec) -> NetworkSpec:
        """Layers put in before position `index`."""
        return self.with_layers((*self.layers[:index], *layers, *self.layers[index:]))

    def remove(self, *uids: str) -> NetworkSpec:
        """The stack without these layers."""
        return self.with_layers(layer for layer in self.layers if layer.uid not in uids)

    def move(self, uids: Iterable[str], index: int) -> NetworkSpec:
        """The named layers, in stack order, taken out and put in before what is now at position `index`."""
        chosen = set(uids)
        moved = [layer for layer in self.layers if layer.uid in chosen]
        before = [layer for layer in self.layers[:index] if layer.uid not in chosen]
        after = [layer for layer in self.layers[index:] if layer.uid not in chosen]
        return self.with_layers((*before, *moved, *after))

    def change(self, uid: str, **values: Any) -> NetworkSpec:
        """One layer with some of its fields changed."""
        return self.with_layers(layer.replace(**values) if layer.uid == uid else layer for layer in self.layers)

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
        if len(items) > MOST_LAYERS:
            raise SpecError(f"The network has {len(items):,} layers; at most {MOST_LAYERS:,} are read.")
        loss = _entry(data, "loss", Mapping, "network")
        spec = cls(
            name=_entry(data, "name", str, "network")[:80],
            in_shape=_shape(_entry(data, "in_shape", list, "network")),
            classes=_classes(data.get("classes", USUAL_CLASSES)),
            layers=tuple(layer_from_dict(item) for item in items),
            loss=LOSSES[_entry(loss, "kind", str, "loss")].item.Spec.from_dict(loss),
        )
        uids = [layer.uid for layer in spec.layers]
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


def fresh_copies(layers: Iterable[LayerSpec]) -> tuple[LayerSpec, ...]:
    """The same layers with uids of their own, for duplicate and paste."""
    return tuple(layer.replace(uid=new_uid()) for layer in layers)


SOURCES = {"auto": "MNIST if it is here, else drawn digits", "mnist": "MNIST", "digits": "Drawn digits"}
SCALES = {"unit": "0 to 1", "raw": "0 to 255", "standard": "mean 0, deviation 1"}


@dataclass(frozen=True, kw_only=True)
class DataSpec(Spec):
    """Which images, how many, how scaled, and what is set aside to validate."""

    source: str = choice_field("auto", "Data set", "Where the images come from.", SOURCES)
    folder: str = text_field(
        "",
        "Folder",
        "A folder with the four MNIST files, plain or gzipped. Empty: the usual places are tried.",
        shown_when=("source", ("mnist", "auto")),
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


@dataclass(frozen=True, kw_only=True)
class TrainingSpec(Spec):
    """How the network is trained."""

    batch_size: int = int_field(100, "Batch size", "Images in one step.", minimum=1, maximum=100_000, unit="images")
    epochs: int = int_field(
        3, "Epochs", "How many times one press of Run goes through the training images.", minimum=1, maximum=10_000
    )
    weight_decay: float = float_field(
        0.0,
        "Weight decay",
        "Pulls every weight towards zero: adds this share of the weight to its gradient (6.4.2).",
        minimum=0.0,
        maximum=10.0,
        live=True,
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
