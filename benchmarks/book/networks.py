"""How claims make a project, train it and measure: the same `Trainer` as the program's, on the real MNIST."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import ImageSet, load_dataset
from fishlab.core.data.prepare import Prepared, Scaling, prepare
from fishlab.core.ensemble import Ensemble
from fishlab.core.evaluation import evaluate_now, finish
from fishlab.core.events import EpochDone, StepDone
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.layers.base import new_uid
from fishlab.core.network import Network
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

THREADS = 1  # a claim takes one processor, so that two may run side by side


def layer(kind: str, **values: Any) -> LayerSpec:
    """A layer with fields other than the usual ones."""
    spec: LayerSpec = LAYERS[kind].item.Spec(**values)
    return spec


def dense(*units: int, activation: str = "relu", between: tuple[LayerSpec, ...] = (), **values: Any) -> NetworkSpec:
    """Flatten, then affine layers with an activation between them, and `between` before (normalization) each one."""
    *hidden, scores = units
    stack = [layer("flatten")]
    for width in hidden:
        stack += [layer("affine", units=width, **values), *_fresh(between), layer(activation)]
    return NetworkSpec(layers=(*stack, layer("affine", units=scores, **values)))


def dropped_out(network: NetworkSpec, rate: float) -> NetworkSpec:
    """The network with a dropout behind every ReLU."""
    pairs = ((spec, layer("dropout", rate=rate)) if spec.kind == "relu" else (spec,) for spec in network.layers)
    return network.with_layers(itertools.chain.from_iterable(pairs))


def _fresh(layers: tuple[LayerSpec, ...]) -> list[LayerSpec]:
    return [spec.replace(uid=new_uid()) for spec in layers]


def project(
    network: NetworkSpec, seed: int, optimizer: str = "sgd", rate: float = 0.01, *, subset: int = 0, **training: Any
) -> ProjectSpec:
    """A project on all 60,000 images, or a random `subset` of them; nothing is set aside, as in the book."""
    return ProjectSpec(
        network=network,
        data=DataSpec(source="mnist", validation=0.0, subset=subset),
        training=TrainingSpec(optimizer=OPTIMIZERS[optimizer].item.Spec(learning_rate=rate), seed=seed, **training),
    )


def from_template(name: str, seed: int, **training: Any) -> ProjectSpec:
    """A template's project on all 60,000 images."""
    found = find_template(name).item()
    return found.replace(
        data=found.data.replace(source="mnist", validation=0.0),
        training=dataclasses.replace(found.training, seed=seed, **training),
    )


def images(spec: ProjectSpec) -> Prepared:
    """The images of a project."""
    return prepare(load_dataset(spec.data), spec.data, seed=spec.training.seed)


def trained(spec: ProjectSpec, data: Prepared | None = None, *, steps: int = 0, **more: Any) -> Trainer:
    """A run to its end, or to so many `steps`."""
    trainer = Trainer(spec, data or images(spec), **more)
    follow(trainer, steps=steps)
    return trainer


def follow(trainer: Trainer, *, steps: int = 0, each_epoch: Any = None) -> None:
    """Drive a run to its end, or to so many `steps`; `each_epoch` is called with every EpochDone."""
    events = trainer.events()
    for event in events:
        if isinstance(event, EpochDone) and each_epoch:
            each_epoch(event)
        if isinstance(event, StepDone) and trainer.position.step == steps:
            break
    events.close()


def accuracy(network: Network, chosen: ImageSet, scaling: Scaling) -> float:
    """The share of images that the network sees rightly."""
    return evaluate_now(network, chosen, scaling, threads=THREADS).accuracy


def both(trainer: Trainer) -> dict[str, float]:
    """Accuracy on the images that were learned from, and on the 10,000 test images."""
    data, network = trainer.data, trainer.network
    return {name: accuracy(network, getattr(data, name), data.scaling) for name in ("train", "test")}


def together(models: list[Checkpoint], test: ImageSet) -> dict[str, float]:
    """Accuracy of networks that answer together, and of the best and the worst of them."""
    scores = [accuracy(found.network(), test, found.scaling) for found in models]
    whole = finish(Ensemble.of(models).evaluate(test)).accuracy
    return {"together": whole, "best": max(scores), "worst": min(scores)}


def losses(trainer: Trainer) -> NDArray[np.float64]:
    """The loss of every step."""
    return trainer.history.steps.column("loss")
