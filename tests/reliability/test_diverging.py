"""Row 5, a training that diverges: it stops within one step of the first value that is not finite, keeps the last
finite weights and the best epoch, says what to try, and the window's plots live on.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from small_runs import dataset, images, layer, prepared, project, run

from fishlab.core import automatic
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.errors import FieldError, TrainingError
from fishlab.core.events import Finished, StepDone
from fishlab.core.mailbox import Failed
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.runner import Runner
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer
from fishlab.ui.session import State

WAYS = ["one", "threads:2", "processes:2"]


def steep(optimizer: str = "sgd", **more: Any) -> ProjectSpec:
    """Three products of weights: with the highest rate that the field takes, numbers soon leave all bounds."""
    layers = [layer("flatten"), *(layer("affine", units=units) for units in (30, 30, 10))]
    return project(layers, optimizer=optimizer, rate=100.0, **{"epochs": 50, **more})


def assert_finite(model: Checkpoint) -> None:
    tables = [model.weights, *model.memory.values(), *([model.best.weights] if model.best else [])]
    assert all(np.isfinite(array).all() for table in tables for array in table.values())


@pytest.mark.parametrize("way", WAYS)
def test_it_stops_within_one_step_and_keeps_the_last_finite_weights(way: str) -> None:
    trainer, events = run(steep(), way=Way.parse(way))
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    assert losses and all(map(math.isfinite, losses)) and len(losses) == trainer.position.step
    last = events[-1]
    assert isinstance(last, Finished) and last.reason == "diverged"
    assert "Try a learning rate of 10 or less; it was 100. The last finite weights are kept." in last.text
    assert_finite(trainer.checkpoint())


def test_with_one_step_more_the_loss_is_not_finite() -> None:
    """So it was stopped no earlier than need be."""
    spec = steep()
    steps = run(spec)[0].position.step
    trainer = Trainer(spec, prepared(spec))
    events = trainer.events()
    while trainer.position.step < steps:
        next(events)
    found = trainer._crew.step(steps, 0, 20, 0)
    assert not found.finite


@pytest.mark.parametrize("optimizer", OPTIMIZERS.kinds())
@pytest.mark.parametrize("scale", [1e3, 1e30, 3e38])
def test_pixels_beyond_all_measure_do_no_harm(optimizer: str, scale: float) -> None:
    spec = steep(optimizer, epochs=3).replace(data=project().data.replace(scaling="raw"))
    huge = images(120, 1).images.astype(np.float32) / 255 * np.float32(scale)
    data = dataclasses.replace(
        prepared(spec), train=ImageSet(huge[:110], images(120, 1).labels[:110]), validation=images(10, 3)
    )
    trainer, events = run(spec, data=data)
    assert isinstance(events[-1], Finished)
    assert_finite(trainer.checkpoint())


@pytest.mark.parametrize("pixel", [np.inf, -np.inf, np.nan])
def test_infinite_pixels_are_refused_before_the_first_step(pixel: float) -> None:
    values = images(120, 1).images.astype(np.float32)
    values[41, 0, 3, 3] = pixel
    spoiled = Dataset("Spoiled", "digits", ImageSet(values, images(120, 1).labels), images(70, 2))
    runner = Runner(lambda data, progress: spoiled)
    runner.train(steep().replace(data=steep().data.replace(scaling="unit")), way=ONE)
    assert runner.join(30)
    mail = runner.mailbox.drain()
    failed = mail.events[-1]
    assert isinstance(failed, Failed) and isinstance(failed.error, TrainingError)
    assert "hold numbers that are not finite (NaN or infinity)" in failed.text and "Replace" in failed.text
    assert not mail.metrics and "model" not in mail.snapshots


def test_a_rate_of_a_billion_is_refused_by_its_field() -> None:
    with pytest.raises(FieldError, match=r"Learning rate is 1000000000\.0: it takes a number, above 0 to 100"):
        project(rate=1e9)


def test_the_best_epoch_outlives_the_divergence() -> None:
    spec = steep(keep_best=True)
    calm = spec.replace(training=spec.training.replace(optimizer=spec.training.optimizer.replace(learning_rate=0.01)))
    trainer = Trainer(calm, prepared(calm), epochs=9)
    events = trainer.events()
    while trainer.position.epoch < 2:
        next(events)
    trainer.set_optimizer(spec.training.optimizer)
    last = [event for event in events if isinstance(event, Finished)]
    model = trainer.checkpoint()
    assert last[0].reason == "diverged" and model.best is not None and model.best.epoch == 2
    assert_finite(model)


def test_the_worker_hands_over_finite_weights_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model that was ever posted, for each of them may be in a file when the power fails."""
    for name, value in (("SECONDS", 0.0), ("SHARE", 1.0)):  # after every batch
        monkeypatch.setattr(automatic, name, value)
    runner, models = Runner(lambda data, progress: dataset()), []
    runner.train(steep(), way=ONE)
    while runner.alive:
        mail = runner.mailbox.drain()
        models += [mail.snapshots["model"].data] if "model" in mail.snapshots else []
    last = runner.mailbox.drain().snapshots
    models += [last["model"].data] if "model" in last else []
    assert models
    for model in models:
        assert_finite(model)


def test_the_plots_live_on_and_run_goes_on_with_a_smaller_rate(open_window: Any, qtbot: Any) -> None:
    window, _ = open_window()
    session, document = window.session, window.document
    spec = steep()
    first = dataclasses.replace(spec.network, in_shape=(1, 28, 28))
    document.replace(spec.replace(network=first, data=spec.data.replace(scaling="standard")))
    said: list[str] = []
    session.failed.connect(said.append)
    session.run()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    assert len(said) == 1 and "Try a learning rate of 10 or less" in said[0]
    assert_finite(document.model)
    assert np.isfinite(session.history.steps.rows).all()
    steps = len(session.history.steps)
    optimizer = spec.training.optimizer.replace(learning_rate=1e-9)
    document.edit("Rate", document.spec.replace(training=spec.training.replace(optimizer=optimizer, epochs=1)))
    session.one_more_epoch()
    qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    assert len(session.history.steps) > steps
    assert not window.grab().isNull()
