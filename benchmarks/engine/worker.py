"""One engine in a process of its own. It waits for its turn on stdin: one JSON line asks, one JSON line answers.

    {"do": "load", "project": {...}}             builds the network and takes a first step
    {"do": "steps", "seconds": 0.4}              {"median_ms": ..., "mean_ms": ..., "steps": ...}
    {"do": "evaluate", "batch": 100}             {"ms": ..., "accuracy": ...}
    {"do": "burn", "on": true}                   a thread of pure Python work that takes 10 ms in every 33
    {"do": "quit"}

An answer {"error": "..."} says why something cannot be done.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from benchmarks.engine.nets import TEST_IMAGES, TRAINING_IMAGES, dataset
from fishlab.core.data.dataset import Dataset
from fishlab.core.layers import Shape
from fishlab.core.spec import ProjectSpec

BURN, PERIOD = 0.010, 0.033
LEAST_STEPS = 4


class Engine(Protocol):
    """What is measured."""

    def load(self, project: ProjectSpec, data: Dataset) -> dict[str, Any]:
        """Build a network and take a first step."""

    def step(self) -> Any:
        """One training step, from the images to the loss."""

    def evaluate(self, batch: int | None = None) -> float:
        """Accuracy over the test images."""

    def close(self) -> None:
        """Give back what runs beside it."""

    def about(self) -> dict[str, str]:
        """Versions and kernels."""


def make(name: str) -> Engine:
    """'fishlab:auto', 'fishlab:processes:2', 'torch:eager', 'book': the engine of that name."""
    family, _, manner = name.partition(":")
    if family == "fishlab":
        from benchmarks.engine.fishlab_engine import FishLabEngine

        return FishLabEngine(manner)
    if family == "torch":
        from benchmarks.engine.torch_engine import TorchEngine

        return TorchEngine(manner)
    from benchmarks.engine.book import BookEngine

    return BookEngine()


class Burner:
    """A thread that keeps the interpreter busy for 10 ms in every 33, as a window that draws does."""

    def __init__(self) -> None:
        self._on = False

    def set(self, on: bool) -> None:
        """Start or end it."""
        self._on, before = on, self._on
        if on and not before:
            threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while self._on:
            end, number = time.perf_counter() + BURN, 0
            while time.perf_counter() < end:
                number += 1
            time.sleep(PERIOD - BURN)


def timed(step: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Steps for so long, and for no fewer than LEAST_STEPS; the first one is not counted, it finds the caches cold."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST_STEPS:
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    counted = times[1:]
    return {"median_ms": statistics.median(counted), "mean_ms": statistics.fmean(counted), "steps": len(counted)}


class Worker:
    """The engine, its images, and an answer to each question."""

    def __init__(self, engine: Engine, images: tuple[int, int]) -> None:
        self.engine = engine
        self._images = images
        self._data: tuple[Shape, Dataset] | None = None
        self._burner = Burner()

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """What `do` asks for."""
        return getattr(self, f"_{question.pop('do')}")(**question)

    def _load(self, project: dict[str, Any]) -> dict[str, Any]:
        spec = ProjectSpec.from_dict(project)
        return self.engine.load(spec, self._dataset(spec.network.in_shape)) | {"about": self.engine.about()}

    def _dataset(self, in_shape: Shape) -> Dataset:
        if self._data is None or self._data[0] != in_shape:
            self._data = None
            self._data = in_shape, dataset(in_shape, *self._images)
        return self._data[1]

    def _steps(self, seconds: float) -> dict[str, float]:
        return timed(self.engine.step, seconds)

    def _evaluate(self, batch: int | None = None) -> dict[str, float]:
        begin = time.perf_counter()
        accuracy = self.engine.evaluate(batch)
        return {"ms": 1000 * (time.perf_counter() - begin), "accuracy": accuracy}

    def _burn(self, on: bool) -> dict[str, Any]:
        self._burner.set(on)
        return {}


def main(name: str, train: int, test: int) -> None:
    """Answer until told to quit, or until nobody asks any more."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is not an answer

    def say(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    try:
        worker = Worker(make(name), (train, test))
    except Exception as error:
        say({"error": str(error)})
        return
    say({})
    try:
        for line in sys.stdin:
            question = json.loads(line)
            if question["do"] == "quit":
                break
            try:
                say(worker.answer(question))
            except Exception as error:
                say({"error": f"{type(error).__name__}: {error}".partition("\n")[0][:300]})
    finally:
        worker.engine.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:] or (TRAINING_IMAGES, TEST_IMAGES)))
