"""A run that has found its stride takes no more memory, however long it goes on."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from counts import times
from small_runs import everything, layer, project

from fishlab.core.data.dataset import ImageSet
from fishlab.core.data.prepare import Prepared, Scaling
from fishlab.core.events import StepDone, TrainEvent
from fishlab.core.layers.base import Shape
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import TEMPLATES
from fishlab.core.training import Trainer

WAYS = [ONE, Way("threads", 2), Way("processes", 2)]
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into Linux's own tables")
STEP_BYTES = 32_000  # NumPy's own buffers, and the random generators of dropout


def noise(shape: Shape, count: int) -> Prepared:
    rng = np.random.default_rng(1)
    known = ImageSet(rng.integers(0, 256, (count, *shape), dtype=np.uint8), rng.integers(0, 10, count).astype(np.intp))
    none = ImageSet(known.images[:0].copy(), known.labels[:0].copy())
    return Prepared("Noise", "digits", known, none, none, Scaling(1 / 255, 0.0))


def after(trainer: Trainer, steps: int) -> Iterator[TrainEvent]:
    """The events of a run that has made so many steps."""
    events = trainer.events()
    while trainer.position.step < steps:
        next(events)
    return events


def step(events: Iterator[TrainEvent]) -> None:
    while not isinstance(next(events), StepDone):
        pass


BOOK = (
    "lenet_5",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("two_layer_net", "three_layer_mlp", "simple_conv_net", "deep_conv_net")
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOK)
def test_once_warm_a_step_of_a_network_of_the_book_makes_no_array(name: str) -> None:
    """What NumPy takes to work with is the same for twice as many images: no array of a batch is among it."""
    spec, batch = TEMPLATES[name].item(), 25 if name == "deep_conv_net" else 100
    one = least_peak(spec, 2 * batch, ONE)
    assert abs(one - least_peak(spec, batch, ONE)) < 1_000
    assert one < STEP_BYTES
    assert least_peak(spec, batch, Way("threads", 2)) < 2 * one + 4_000


@pytest.mark.slow
@linux
def test_once_warm_a_step_of_two_processes_makes_no_array() -> None:
    spec = TEMPLATES["lenet_5"].item()
    assert least_peak(spec, 200, Way("processes", 2)) < least_peak(spec, 200, ONE) + 4_000


def least_peak(spec: ProjectSpec, batch: int, way: Way) -> int:
    """The bytes that a step takes for a while, at least, of three steps."""
    spec = spec.replace(training=spec.training.replace(batch_size=batch, epochs=10))
    events = after(Trainer(spec, noise(spec.network.in_shape, 8 * batch), way=way), steps=4)
    peaks = [peak_of_a_step(events) for _ in range(3)]
    events.close()
    return min(peaks)


def peak_of_a_step(events: Iterator[TrainEvent]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step(events)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def resident(pid: int | str = "self") -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def small_with_everything() -> ProjectSpec:
    return project([*everything()[:-1], layer("affine", units=10)], batch_size=10, epochs=10_000)


@linux
@pytest.mark.slow
@every_way
def test_thousands_of_steps_take_no_more_memory_than_their_history(way: Way) -> None:
    steps = times(4_000 if way.kind == "one" else 2_000, 10_000)  # helpers wait for each other at every small step
    spec = small_with_everything()
    trainer = Trainer(spec, noise(spec.network.in_shape, 95), way=way)  # the last batch of an epoch is smaller
    events = after(trainer, steps=500)
    helpers = [helper.process.pid for helper in trainer._crew.team._helpers] if way.kind == "processes" else []
    tracemalloc.start()
    step(events)
    gc.collect()
    traced, _ = tracemalloc.get_traced_memory()
    before, history = [resident(pid) for pid in ("self", *helpers)], trainer.history.steps.rows.nbytes
    while trainer.position.step < 500 + steps:
        step(events)
    gc.collect()
    grown, told = tracemalloc.get_traced_memory()[0] - traced, trainer.history.steps.rows.nbytes - history
    tracemalloc.stop()
    assert told >= steps * 8, "the history is what may grow"
    assert grown < 2.5 * told + 50_000  # it is kept with room to spare, and doubles
    mine, *others = (resident(pid) - start for pid, start in zip(("self", *helpers), before, strict=True))
    assert mine < 2.5 * told + 3_000_000  # with what tracemalloc keeps for itself
    assert all(other < 500_000 for other in others), others
    events.close()
