"""Verify: batches learned once more give the same numbers, and where something is not as it was, that is seen."""

from __future__ import annotations

import dataclasses
import math
import threading
from typing import Any

import numpy as np
import pytest
from small_runs import dense, everything, layer, prepared, project, run, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import TrainingError
from fishlab.core.events import Finished
from fishlab.core.history import METRIC_COLUMNS, Table
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer
from fishlab.core.verify import Replaying, Verified, related, verify

WAYS = ["one", "threads:2", "processes:2"]


def outcome(earlier: Checkpoint, later: Checkpoint) -> Verified:
    steps = verify(earlier, later, prepared(later.project))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Verified = end.value
            return found


def two(spec: ProjectSpec, first: int, second: int | None, way: Way = ONE) -> tuple[Checkpoint, Checkpoint]:
    """Two checkpoints of one unbroken run: after so many steps, and after more, or at its end."""
    trainer = Trainer(spec, prepared(spec), way=way)
    events, earlier = trainer.events(), None
    for _ in events:
        if earlier is None and trainer.position.step == first:
            earlier = trainer.checkpoint()
        if trainer.position.step == second:
            break
    events.close()
    assert earlier is not None
    return earlier, trainer.checkpoint()


@pytest.mark.one_in(9)
@pytest.mark.parametrize(
    ("first", "second", "way"),
    [
        pytest.param(*span, way, marks=[pytest.mark.slow] if way == "processes:2" and span != (3, 8) else [])
        for span in [(0, 1), (0, None), (3, 8), (6, 12), (7, None)]
        for way in WAYS  # processes take their time to start
    ],
)
def test_batches_learned_again_give_exactly_the_same(first: int, second: int | None, way: str) -> None:
    spec = project(everything(), epochs=3)
    earlier, later = two(spec, first, second, Way.parse(way))
    assert outcome(earlier, later) == Verified((second or 18) - first, 0.0)


def test_a_run_from_before_steps_were_measured_is_verified_without_them() -> None:
    models = two(project(dense(), epochs=3), 3, 8)
    for model in models:
        model.history.metrics = Table(METRIC_COLUMNS)
    assert outcome(*models) == Verified(5, 0.0)


def test_a_run_that_waited_and_has_a_schedule_is_verified_to_its_end() -> None:
    schedule = SCHEDULES["cosine"].item(warm_up=1.0)
    spec = project(dense(), rate=0.5, epochs=30, patience=2, schedule=schedule)
    earlier, later = two(spec, 10, None)
    assert later.target == later.position.epoch < 30
    assert outcome(earlier, later).exact


def test_a_run_that_lost_its_footing_is_verified_with_the_weights_it_took_back() -> None:
    deep = [layer("flatten"), *(layer("affine", units=units) for units in (30, 30, 10))]
    spec = project(deep, optimizer="sgd", rate=100.0, epochs=50)
    trainer, events = run(spec)
    assert isinstance(events[-1], Finished) and events[-1].reason == "diverged"
    later = trainer.checkpoint()
    earlier = Trainer(spec, prepared(spec)).checkpoint()
    assert outcome(earlier, later) == Verified(later.position.step, 0.0)


def test_a_second_run_is_verified_from_the_end_of_the_first() -> None:
    first = trained(project(dense()))
    second = trained(first.project, resume=first)
    assert outcome(first, second) == Verified(6, 0.0)


def changed(model: Checkpoint, group: str) -> Checkpoint:
    """The same with one number a little larger."""
    if group == "loss":
        history = model.history.copy()
        history.steps.rows[-1, 1] += 0.25
        return dataclasses.replace(model, history=history)
    table = dict(model.weights if group == "weights" else model.memory["m"])
    key = next(iter(table))
    table[key] = table[key].copy()
    table[key].flat[3] += np.float32(0.25)
    if group == "weights":
        return dataclasses.replace(model, weights=table)
    return dataclasses.replace(model, memory={**model.memory, "m": table})


@pytest.mark.parametrize("group", ["weights", "memory", "loss"])
def test_one_other_number_is_found(group: str) -> None:
    earlier, later = two(project(dense(), epochs=2), 2, None)
    found = outcome(earlier, changed(later, group))
    assert not found.exact
    assert found.difference == pytest.approx(0.25, rel=1e-5)


def test_a_number_that_is_none_is_an_infinite_difference() -> None:
    earlier, later = two(project(dense(), epochs=2), 2, None)
    weights = {key: np.full_like(array, np.nan) for key, array in later.weights.items()}
    assert outcome(earlier, dataclasses.replace(later, weights=weights)).difference == math.inf


def test_it_tells_how_far_it_is_and_ends_when_it_is_closed() -> None:
    earlier, later = two(project(dense(), epochs=2), 2, None, Way("threads", 2))
    before = threading.active_count()
    steps = verify(earlier, later, prepared(later.project))
    seen = [next(steps) for _ in range(6)]
    assert seen[0] == Replaying(0, 10) and seen[-1].done > 0
    steps.close()
    assert threading.active_count() == before


def live_rate(_: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    trainer, _ = run(project(dense(), epochs=2), steps=3)
    earlier = trainer.checkpoint()
    trainer.set_optimizer(trainer.spec.optimizer.replace(learning_rate=0.5))
    return earlier, trained(trainer.project, resume=trainer.checkpoint())


UNRELATED: dict[str, tuple[Any, str]] = {
    "the same place": (lambda model: (model, model), "no batch between"),
    "the wrong way round": (lambda model: (model, trained(model.project, steps=2)), "no batch between"),
    "another network": (lambda model: (trained(project(everything()), steps=2), model), "layers differ"),
    "another seed": (
        lambda model: (trained(model.project.replace(training=model.project.training.replace(seed=9)), steps=2), model),
        "histories differ",
    ),
    "a live change": (live_rate, "histories differ|Settings were changed"),
    "another run": (
        lambda model: (trained(model.project, steps=2), trained(model.project, resume=model)),
        "Another run was begun",
    ),
}


@pytest.mark.parametrize("name", list(UNRELATED))
def test_what_is_no_part_of_the_run_is_refused(name: str) -> None:
    make, sentence = UNRELATED[name]
    earlier, later = make(trained(project(dense())))
    assert not related(earlier, later)
    with pytest.raises(TrainingError, match=sentence):
        outcome(earlier, later)


def test_other_images_are_refused() -> None:
    earlier, later = two(project(dense(), epochs=2), 2, None)
    for other in ({"name": "Others"}, {"scaling": dataclasses.replace(later.scaling, shift=0.125)}):
        with pytest.raises(TrainingError, match="cannot be learned from again"):
            next(verify(earlier, later, dataclasses.replace(prepared(later.project), **other)))
