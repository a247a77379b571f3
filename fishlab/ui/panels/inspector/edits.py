"""What the forms do to the document, each gesture one undo step."""

import dataclasses
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from fishlab.core.augmentation import AugmentationSpec
from fishlab.core.fields import Spec, describe
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Shape
from fishlab.core.losses import LOSSES, LossSpec
from fishlab.core.optimizers import OPTIMIZERS, OptimizerSpec
from fishlab.core.schedules import SCHEDULES, ScheduleSpec
from fishlab.core.spec import INPUT_UID, LOSS_UID, DataSpec, ProjectSpec, TrainingSpec, each_layer
from fishlab.ui.document import Document


def change_layer(document: Document, layer: LayerSpec, name: str) -> None:
    """Put `layer` in the place of the layer with its uid; `name` is the field that changed."""
    layers = each_layer(document.network.layers, lambda old: layer if old.uid == layer.uid else old)
    network = document.network.with_layers(layers)
    document.edit(_words(layer, name), network, merge=f"{layer.uid}.{name}", focus=(layer.uid,))


def freeze_layer(document: Document, layer: LayerSpec, frozen: bool) -> None:
    """Have a layer keep what it has learned, or learn again."""
    words = _tr("Freeze layer") if frozen else _tr("Let the layer learn")
    document.edit(words, document.network.change(layer.uid, frozen=frozen), focus=(layer.uid,))


def change_data(document: Document, data: DataSpec, name: str) -> None:
    """Take other data settings."""
    document.edit(_words(data, name), document.spec.replace(data=data), merge=f"data.{name}")


def change_augmentation(
    document: Document, steps: Iterable[AugmentationSpec], words: str, merge: str | None = None
) -> None:
    """Take other steps of the augmentation."""
    data = document.spec.data.replace(augmentation=tuple(steps))
    document.edit(words, document.spec.replace(data=data), merge=merge)


def change_training(document: Document, training: TrainingSpec, name: str) -> None:
    """Take other training settings."""
    document.edit(_words(training, name), document.spec.replace(training=training), merge=f"training.{name}")


def change_optimizer(document: Document, optimizer: OptimizerSpec, name: str) -> None:
    """Take other settings of the optimizer."""
    training = document.spec.training.replace(optimizer=optimizer)
    document.edit(_words(optimizer, name), document.spec.replace(training=training), merge=f"optimizer.{name}")


def choose_optimizer(document: Document, kind: str) -> None:
    """Take another optimizer, with its own defaults."""
    training = document.spec.training.replace(optimizer=OPTIMIZERS[kind].item.Spec())
    document.edit(_tr("Change optimizer"), document.spec.replace(training=training))


def change_schedule(document: Document, schedule: ScheduleSpec, name: str) -> None:
    """Take other settings of the schedule."""
    training = document.spec.training.replace(schedule=schedule)
    document.edit(_words(schedule, name), document.spec.replace(training=training), merge=f"schedule.{name}")


def choose_schedule(document: Document, kind: str) -> None:
    """Take another schedule, with its own defaults; the warm-up stays."""
    before = document.spec.training
    schedule = SCHEDULES[kind].item(warm_up=before.schedule.warm_up)
    project = document.spec.replace(training=before.replace(schedule=schedule))
    document.edit(_tr("Change schedule"), project)


def change_loss(document: Document, loss: LossSpec, name: str) -> None:
    """Take other settings of the loss."""
    network = dataclasses.replace(document.network, loss=loss)
    document.edit(_words(loss, name), network, merge=f"loss.{name}", focus=(LOSS_UID,))


def choose_loss(document: Document, kind: str) -> None:
    """Take another loss."""
    network = dataclasses.replace(document.network, loss=LOSSES[kind].item.Spec())
    document.edit(_tr("Change loss"), network, focus=(LOSS_UID,))


def change_in_shape(document: Document, shape: Shape) -> None:
    """Take inputs of another size."""
    network = dataclasses.replace(document.network, in_shape=shape)
    document.edit(_tr("Change input size"), network, merge="input.size", focus=(INPUT_UID,))


def fit_to_data(document: Document, project: ProjectSpec) -> None:
    """Take the network that was fitted to the data."""
    document.edit(_tr("Fit the network"), project, focus=(INPUT_UID,))


def _words(spec: Spec, name: str) -> str:
    label = next(info.label for info in describe(type(spec)) if info.name == name)
    return _tr("Change {field}").format(field=label[:1].lower() + label[1:])


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspector", text)
