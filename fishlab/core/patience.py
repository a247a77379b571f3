"""The best epoch of a run, and when to stop waiting for a better one: early stopping (Prechelt 1998).

The validation loss falls as long as what is learned holds for images that were never seen, and rises once it no longer
does. The weights of its lowest point are kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fishlab.core.data.prepare import Prepared
from fishlab.core.errors import TrainingError
from fishlab.core.events import Score
from fishlab.core.layers.base import Array
from fishlab.core.network import Network
from fishlab.core.spec import DataSpec, ProjectSpec, TrainingSpec

if TYPE_CHECKING:
    from fishlab.core.checkpoint import Checkpoint


@dataclass(frozen=True)
class Best:
    """The epoch with the lowest validation loss so far, and the weights it ended with (as `Checkpoint.weights`)."""

    epoch: int
    loss: float
    weights: Mapping[str, Array]


def refuse_unwatched(project: ProjectSpec, data: Prepared) -> None:
    """Raise TrainingError where a run is to wait for a better epoch and there are no images to find it with."""
    patience = project.training.patience
    if not patience or len(data.validation):
        return
    raise TrainingError(
        f"Patience is {patience}, and there are no images to validate: a share of {project.data.validation:g} of "
        f"{len(data.train):,} training images is none. Set a larger share aside to validate (1/12 is usual), or "
        "set Patience to 0."
    )


def _validated_on(project: ProjectSpec, name: str) -> tuple[str, DataSpec, int]:
    """All that the validation images depend on: what augmentation does to the others is not part of it."""
    return name, project.data.replace(augmentation=()), project.training.seed


@dataclass
class Watch:
    """`best` so far, and the epoch from which patience counts: where Run was pressed. Both belong to a checkpoint."""

    best: Best | None = None
    since: int = 0

    @classmethod
    def going_on(
        cls, resume: Checkpoint | None, project: ProjectSpec, data: Prepared, epoch: int, *, same_run: bool
    ) -> Watch:
        """The watch over a run that goes on; over other images than before, what was best is no longer known."""
        if resume is None or not project.training.wants_best:
            return cls()
        same = _validated_on(resume.project, resume.data_name) == _validated_on(project, data.name)
        since = resume.patient_since if same_run else epoch
        return cls(resume.best if same else None, since if project.training.patience else 0)

    def look(self, spec: TrainingSpec, epoch: int, score: Score | None, network: Network) -> None:
        """An epoch is over: keep its weights if it is the best. One that was not validated, or is lost, never is."""
        if score is None or not spec.wants_best or not math.isfinite(score.loss):
            return
        if self.best is None or score.loss < self.best.loss:
            self.best = Best(epoch, score.loss, network.arrays())

    def verdict(self, spec: TrainingSpec, epoch: int) -> str:
        """Why a run is to end after this epoch, in a sentence; empty where it goes on."""
        if not spec.patience or self.best is None or epoch - max(self.best.epoch, self.since) < spec.patience:
            return ""
        waited = f"{spec.patience} {'epoch' if spec.patience == 1 else 'epochs'}"
        return f"No better for {waited}; the best was epoch {self.best.epoch}. Its weights are kept."
