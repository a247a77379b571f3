"""Checkpoint: a run between two batches, frozen, and what it can be continued with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fishlab.core.data.dataset import DIGITS
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import TrainingError
from fishlab.core.events import Position
from fishlab.core.history import History, Mark
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.patience import Best
from fishlab.core.precision import network_in
from fishlab.core.spec import NetworkSpec, ProjectSpec, each_layer


@dataclass(frozen=True)
class Checkpoint:
    """A run between two batches, frozen: everything that going on, predicting or saving needs.

    `weights` and `start` (the values before the first step) map parameter keys to arrays in public shape; `memory`
    maps an optimizer's slots to such tables. `target` is the epoch the run is heading for, `test_looks` how often
    the test images were evaluated or browsed, `way` how its last steps were computed: with the same number of workers
    a run that goes on gives the bits of one that was never stopped. `best` is the best epoch where the run keeps it,
    and `patient_since` the epoch from which its patience counts (see fishlab.core.patience). `class_names` are those
    of the data.
    """

    project: ProjectSpec
    weights: Mapping[str, Array]
    start: Mapping[str, Array]
    memory: Mapping[str, Mapping[str, Array]]
    optimizer_steps: int
    position: Position
    target: int
    history: History
    scaling: Scaling
    data_name: str
    test_looks: int = 0
    way: Way = ONE
    best: Best | None = None
    patient_since: int = 0
    class_names: tuple[str, ...] = DIGITS

    def network(self, *, best: bool = False, precision: str = "") -> Network:
        """A network of its own with these weights, or those of the best epoch, to predict with.

        It computes in the precision of the training unless another is named (see fishlab.core.precision). Raises
        TrainingError where no best epoch was kept.
        """
        weights = self.best_weights() if best else self.weights
        return network_in(precision or self.project.training.precision, self.project.network, weights)

    def best_weights(self) -> Mapping[str, Array]:
        """The weights of the best epoch; raises TrainingError where none was kept."""
        if self.best is None:
            raise TrainingError(
                "This run kept no best epoch. Train a whole epoch with images to validate, and with “Keep the best” on."
            )
        return self.best.weights

    def at_best(self) -> Checkpoint:
        """This run with the weights of its best epoch in place of its last ones, and an optimizer without a memory.

        The curve goes on where it was, with a mark. Raises TrainingError where no best epoch was kept.
        """
        weights, history = self.best_weights(), self.history.copy()
        assert self.best is not None
        steps = history.steps.column("x")
        x = float(steps[-1]) if len(steps) else float(self.position.epoch)
        history.marks.append(Mark(x, f"weights of epoch {self.best.epoch}"))
        memory = {
            slot: {key: np.zeros_like(array) for key, array in table.items()} for slot, table in self.memory.items()
        }
        return replace(self, weights=weights, memory=memory, optimizer_steps=0, history=history)


def same_structure(one: NetworkSpec, other: NetworkSpec) -> bool:
    """Whether the weights of one network are the other's: all but names and what is frozen agrees."""

    def bare(spec: NetworkSpec) -> NetworkSpec:
        layers = each_layer(spec.layers, lambda layer: layer.replace(name="", frozen=False))
        return replace(spec, name="", layers=layers)

    return bare(one) == bare(other)


def continues(project: ProjectSpec, model: Checkpoint | None) -> bool:
    """Whether Run would go on with `model` instead of starting a new run."""
    return (
        model is not None
        and same_structure(project.network, model.project.network)
        and project.training.seed == model.project.training.seed
    )
