"""What is measured of a step is what it was, costs little, and changes nothing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, everything, layer, prepared, project, run, trained

from fishlab.core import training
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FileFormatError
from fishlab.core.events import StepDone
from fishlab.core.files import open_project, save_project
from fishlab.core.history import History, Mark
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.update import Update
from fishlab.core.parallel.way import Way
from fishlab.core.step_metrics import measure, measured_every
from fishlab.core.templates import TEMPLATES


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is measured."""
    monkeypatch.setattr(training, "measured_every", lambda *_: 1)


def norm(arrays: dict[str, np.ndarray]) -> float:
    return math.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in arrays.values()))


def moved(model: Checkpoint) -> float:
    return norm({key: array - model.start[key].astype(np.float64) for key, array in model.weights.items()})


@pytest.mark.one_in(3)
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("way", ["one", "threads:2", "processes:3"])
def test_gradient_and_ratio_are_those_of_the_step(way: str) -> None:
    rate = 0.25  # plain SGD moves by rate times gradient
    model = trained(project(optimizer="sgd", rate=rate), steps=1, way=Way.parse(way))
    ((x, gradient, ratio),) = model.history.metrics.rows.tolist()
    assert x == model.history.steps.column("x")[0]
    assert gradient == pytest.approx(moved(model) / rate, rel=1e-4)
    assert ratio == pytest.approx(moved(model) / norm(model.start), rel=1e-4)


@pytest.mark.usefixtures("always")
def test_the_gradient_is_that_before_clipping_and_the_ratio_that_after() -> None:
    free, clipped = (trained(project(optimizer="sgd", rate=0.25, clip_norm=most), steps=1) for most in (0.0, 0.01))
    (one,), (other,) = free.history.metrics.rows, clipped.history.metrics.rows
    assert one[1] == other[1] > 0.01
    assert other[2] == pytest.approx(0.25 * 0.01 / norm(clipped.start), rel=1e-3)


def test_measuring_changes_no_bit_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ends, spec = [], project(everything(), weight_decay=0.01, clip_norm=1.0)
    for every in (1, 10**9):
        monkeypatch.setattr(training, "measured_every", lambda *_, every=every: every)
        for way in ("one", "threads:2"):
            ends.append(trained(spec, way=Way.parse(way)))
    often, often_shared, once, once_shared = ends
    assert (len(often.history.metrics), len(once.history.metrics)) == (len(often.history.steps), 1)
    for one, other in ((often, once), (often_shared, once_shared)):
        assert_same_arrays(one.weights, other.weights)
        assert one.history.steps.rows.tobytes() == other.history.steps.rows.tobytes()


@pytest.mark.slow
@pytest.mark.usefixtures("always")
def test_threads_and_processes_measure_the_same_bits() -> None:
    ways = [Way.parse(way) for way in ("threads:2", "processes:2")]
    one, other = (trained(project(everything()), way=way).history.metrics.rows for way in ways)
    assert len(one) == 6 and one.tobytes() == other.tobytes()


def test_a_run_that_was_stopped_and_goes_on_is_measured_at_the_same_steps() -> None:
    spec = project(epochs=8)
    whole, part = trained(spec), trained(spec, steps=27)
    assert 1 < len(part.history.metrics) < len(part.history.steps)
    assert_same_model(trained(spec, resume=part), whole)


def test_steps_are_measured_by_their_number_and_events_say_which() -> None:
    spec = project(epochs=8)
    trainer, seen = run(spec)
    every = measured_every(spec)
    steps = [event for event in seen if isinstance(event, StepDone)]
    assert every > 1
    assert [not math.isnan(step.gradient_norm) for step in steps] == [i % every == 0 for i in range(len(steps))]
    told = [(step.x, step.gradient_norm, step.update_ratio) for step in steps[::every]]
    assert trainer.history.metrics.rows.tolist() == [list(row) for row in told]


def test_small_networks_are_measured_seldom_and_large_batches_often() -> None:
    two, deep = (TEMPLATES[kind].item() for kind in ("two_layer_net", "deep_conv_net"))
    assert measured_every(deep) == 1 < measured_every(two) < 20
    larger = two.replace(training=two.training.replace(batch_size=5000))
    assert measured_every(larger) < measured_every(two) < measured_every(two, workers=2) <= 50


def update(values: np.ndarray, grads: np.ndarray) -> Update:
    optimizer = OPTIMIZERS["sgd"].item
    return Update(values, values.copy(), grads, 0, optimizer(optimizer.Spec(learning_rate=0.5), values.size, "float32"))


def test_a_gradient_whose_squares_are_too_large_for_32_bits_has_a_norm() -> None:
    grads = np.full((2, 16), 1e25, np.float32)
    with np.errstate(all="ignore"):
        found = measure(update(np.ones(16, np.float32), grads), 2)
    assert found.gradient_norm == pytest.approx(8e25)


def test_weights_that_are_all_zero_have_no_ratio() -> None:
    found = measure(update(np.zeros(16, np.float32), np.ones((1, 16), np.float32)), 1)
    assert found.gradient_norm == 4.0
    assert math.isnan(found.update_ratio)


def test_a_project_file_brings_them_back_and_one_without_them_has_none(tmp_path: Path) -> None:
    spec = project(epochs=2)
    model = trained(spec)
    save_project(tmp_path / "run.fishlab", spec, model, preview=False)
    _, again = open_project(tmp_path / "run.fishlab")
    assert again is not None and len(again.history.metrics)
    assert_same_model(again, model)
    arrays = model.history.arrays()
    del arrays["metrics"]
    assert len(History.from_arrays(arrays, []).metrics) == 0


def test_marks_of_a_file_are_in_the_order_in_which_they_were_made() -> None:
    arrays = History().arrays()
    marks = [Mark(2.0, "second"), Mark(1.0, "first"), Mark(2.0, "third")]
    assert [mark.text for mark in History.from_arrays(arrays, marks).marks] == ["first", "second", "third"]


def test_a_measured_step_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    spec = project([layer("flatten"), layer("affine", units=10)])
    model = trained(spec, steps=3)
    model.history.metrics.rows[0, 0] = np.nan
    save_project(tmp_path / "odd.fishlab", spec, model, preview=False)
    with pytest.raises(FileFormatError, match="measured steps that are nowhere"):
        open_project(tmp_path / "odd.fishlab")


def test_a_batch_smaller_than_the_number_of_workers_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "measured_every", lambda *_: 1)
    spec = project(optimizer="sgd", rate=0.25, batch_size=109)
    data = prepared(spec)
    trainer, _ = run(spec, data=data, way=Way.parse("threads:3"))
    assert len(data.train) == 110
    assert np.isfinite(trainer.history.metrics.rows).all() and len(trainer.history.metrics) == 2
