"""Weights that came from elsewhere, as a model that FishLab can save, try and go on training with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import DIGITS
from fishlab.core.data.scaling import Scaling
from fishlab.core.events import Position
from fishlab.core.history import History
from fishlab.core.layers.base import Array
from fishlab.core.network import Network, learning_keys
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec

UNIT = Scaling(1 / 255, 0.0)  # grey levels 0..255 become 0..1, as in the book


def imported_model(
    project: ProjectSpec,
    weights: Mapping[str, Array],
    *,
    scaling: Scaling = UNIT,
    data_name: str = "imported",
    class_names: tuple[str, ...] = DIGITS,
) -> Checkpoint:
    """A checkpoint of zero epochs with these weights (parameter key to array, all of them) and an empty history."""
    network = Network(project.network, seed=project.training.seed, dtype=project.training.precision, start=weights)
    arrays = network.arrays()
    slots = OPTIMIZERS[project.training.optimizer.kind].item.slots
    learned = learning_keys(project.network, infer(project.network))
    return Checkpoint(
        project=project,
        weights=arrays,
        start=arrays,
        memory={slot: {key: np.zeros_like(arrays[key]) for key in learned} for slot in slots},
        optimizer_steps=0,
        position=Position(),
        target=0,
        history=History(),
        scaling=scaling,
        data_name=data_name,
        class_names=class_names,
    )
