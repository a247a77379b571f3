"""Transfer learning: what a network has learned, kept for another task (chapter 8.2.4; Yosinski et al. 2014).

A frozen layer is not moved by training: it gets no step, no weight decay and no place in the optimizer's memory, and a
batch normalization answers with its running statistics. Below the lowest layer that learns no gradient is computed at
all, which is what makes it fast: a step of SimpleConvNet or DeepConvNet of which only the head learns takes a third of
the time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import NetworkError, TrainingError
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.affine import AffineSpec
from fishlab.core.layers.base import Array, new_uid
from fishlab.core.network import learning_keys
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import NetworkSpec, ProjectSpec


def freeze_features(network: NetworkSpec) -> NetworkSpec:
    """The network with all frozen that has weights, but for the last such layer: its head, which goes on learning.

    Raises NetworkError where there is no layer below the head that could be frozen.
    """
    holders = _holders(network, infer(network))
    if len(holders) < 2:
        raise NetworkError(
            f"There is nothing to freeze below the last layer with weights: “{network.name}” has "
            f"{len(holders)} {'layer' if len(holders) == 1 else 'layers'} with weights, and two are needed."
        )
    return _with_frozen(network, holders[:-1])


def replace_head(
    project: ProjectSpec, model: Checkpoint, classes: int, *, freeze: bool = True
) -> tuple[ProjectSpec, Mapping[str, Array]]:
    """A project for so many classes on the features that a model has learned, and the weights to start it from.

    The network is the model's. Its last layer with weights, an affine one, gives way to a new one of `classes` units
    with fresh weights; everything below keeps its weights, and with `freeze` is frozen. Give both to
    `Trainer(project, data, start=weights)`. `project` says how to train and on what. Raises NetworkError where the
    last layer with weights is not affine.
    """
    network = model.project.network
    head = _head(network)
    new = dataclasses.replace(head, uid=new_uid(), units=classes, frozen=False)
    stack = (new if layer.uid == head.uid else layer for layer in network.layers)
    renewed = dataclasses.replace(network, layers=tuple(stack), classes=classes)
    if freeze:
        renewed = freeze_features(renewed)
    kept = {key: value for key, value in model.weights.items() if key.rpartition("/")[0] != head.uid}
    return project.replace(network=renewed), kept


def refuse_all_frozen(network: NetworkSpec) -> None:
    """Raise TrainingError where training could move nothing because all that has weights is frozen."""
    report = infer(network)
    if report.problem or learning_keys(network, report) or not network.frozen_uids():
        return
    raise TrainingError(
        f"Nothing would learn: all {len(_holders(network, report))} layers with weights are frozen. Let at least one "
        "of them learn, usually the last."
    )


def _head(network: NetworkSpec) -> AffineSpec:
    holders = _holders(network, infer(network))
    last = network.find(holders[-1]) if holders else None
    if isinstance(last, AffineSpec):
        return last
    found = f"is {last.name or last.kind.replace('_', ' ')}" if last else "does not exist"
    raise NetworkError(f"The head of a network is an affine layer, and the last layer with weights {found}.")


def _holders(network: NetworkSpec, report: NetworkReport) -> list[str]:
    """The uids of the layers of the stack, or blocks, that have weights, from first to last."""
    learned = [entry.uid for entry in report.layers if any(info.role != "state" for info in entry.parameters)]
    return [layer.uid for layer in network.layers if layer.uid in learned]


def _with_frozen(network: NetworkSpec, uids: list[str]) -> NetworkSpec:
    def frozen(layer: LayerSpec) -> LayerSpec:
        return layer.replace(frozen=True) if layer.uid in uids else layer

    return network.with_layers(map(frozen, network.layers))
