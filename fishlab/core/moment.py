"""A moment of a run: its weights between two batches, frozen, with all that looking at them takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import DIGITS
from fishlab.core.data.scaling import Scaling
from fishlab.core.events import Position
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import NetworkSpec, ProjectSpec

if TYPE_CHECKING:
    from fishlab.core.training import Trainer


_BEGINNING = Position()


@dataclass(frozen=True, eq=False)
class Moment:
    """`weights` and `start`, those before the first step, map parameter keys to arrays in public shape.

    `x` is the place in epochs. `scaling` is None where no data have been prepared yet. A moment is only itself: two
    of them are never compared.
    """

    project: ProjectSpec
    weights: Mapping[str, Array]
    start: Mapping[str, Array]
    position: Position = _BEGINNING
    x: float = 0.0
    scaling: Scaling | None = None
    way: Way = ONE
    class_names: tuple[str, ...] = DIGITS

    @property
    def network(self) -> NetworkSpec:
        """The stack."""
        return self.project.network

    @property
    def precision(self) -> str:
        """What it was trained in."""
        return self.project.training.precision

    @property
    def step(self) -> int:
        """How many batches it has learned."""
        return self.position.step

    @property
    def nbytes(self) -> int:
        """The memory of its weights; those of the start are shared by all moments of a run."""
        return sum(array.nbytes for array in self.weights.values())

    @classmethod
    def now(cls, trainer: Trainer) -> Moment:
        """That of a run, copied between two of its events."""
        data = trainer.data
        return cls(
            trainer.project, trainer.network.arrays(), trainer.start, trainer.position, trainer.x, data.scaling,
            trainer.way, data.class_names,
        )  # fmt: skip

    @classmethod
    def of(cls, model: Checkpoint) -> Moment:
        """That of a model at rest, which is frozen already."""
        steps = model.history.steps.column("x")
        x = float(steps[-1]) if len(steps) else float(model.position.epoch)
        return cls(
            model.project, model.weights, model.start, model.position, x, model.scaling, model.way, model.class_names
        )

    @classmethod
    def fresh(cls, project: ProjectSpec) -> Moment:
        """That before the first step; raises NetworkError where the stack cannot be built."""
        spec = project.training
        weights = Network(project.network, seed=spec.seed, dtype=spec.precision).arrays()
        return cls(project, weights, weights)
