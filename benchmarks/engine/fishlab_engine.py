"""FishLab's engine as the program drives it: a `Trainer` and its events, nothing left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
from threadpoolctl import threadpool_info

from fishlab.core.data.dataset import Dataset
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import Finished, HelperLost, StepDone, TrainEvent
from fishlab.core.parallel.calibration import choose_way
from fishlab.core.parallel.way import Way
from fishlab.core.spec import DataSpec, ProjectSpec
from fishlab.core.training import Trainer

SPLIT = DataSpec(validation=0.0)  # no evaluation between the steps


class FishLabEngine:
    """One run of a project at a time, in the way that is asked for ('auto' lets FishLab choose)."""

    def __init__(self, way: str) -> None:
        self._wanted = way
        self._events: Iterator[TrainEvent] = iter(())

    def load(self, project: ProjectSpec, data: Dataset) -> dict[str, Any]:
        """Begin a run; says in which way it computes."""
        self.close()
        self._prepared = prepare(data, SPLIT)
        self._trainer = Trainer(project, self._prepared, way=self._way(project, self._prepared))
        self._events = self._trainer.events()
        self.step()
        return {"way": str(self._trainer.way)}

    def _way(self, project: ProjectSpec, prepared: Prepared) -> Way:
        return choose_way(project, prepared) if self._wanted == "auto" else Way.parse(self._wanted)

    def step(self) -> None:
        """One batch: gathered, learned from, its loss known. To go on without helpers is an error here."""
        for event in self._events:
            if isinstance(event, StepDone):
                return
            if isinstance(event, Finished | HelperLost):
                raise RuntimeError(event.text)

    def evaluate(self, batch: int | None = None) -> float:
        """Loss and accuracy over the test images, as after an epoch; the batch size is FishLab's own."""
        prepared = self._prepared
        return evaluate_now(self._trainer.network, prepared.test, prepared.scaling).accuracy

    def close(self) -> None:
        """End the run; helper threads and processes go."""
        close = getattr(self._events, "close", None)
        if close:
            close()

    @staticmethod
    def about() -> dict[str, str]:
        """NumPy and the kernels its products run on."""
        return {"NumPy": numpy.__version__, "BLAS of NumPy": blas_of_numpy()}


def blas_of_numpy() -> str:
    """'openblas 0.3.31, SkylakeX kernels'."""
    pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
    return "; ".join(f"{p['internal_api']} {p['version']}, {p.get('architecture', 'own')} kernels" for p in pools)
