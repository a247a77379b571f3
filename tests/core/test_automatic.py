"""Automatic checkpoints: when they are due, what is kept of a run that ends in an error, and what a file costs."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_model, dataset, everything, prepared, project, run, trained

from fishlab.commands import keeping
from fishlab.core import automatic
from fishlab.core.automatic import SECONDS, SHARE, Due
from fishlab.core.events import Position, StepDone
from fishlab.core.files import SaveError, open_project
from fishlab.core.history import Mark
from fishlab.core.layers.dropout import Dropout
from fishlab.core.mailbox import Failed
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.parallel.worker import Worker
from fishlab.core.runner import Runner
from fishlab.core.training import Trainer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# -- when ------------------------------------------------------------------------------------------------------------
def test_it_is_due_every_two_minutes() -> None:
    clock = Clock()
    due = Due(clock)
    clock.now += SECONDS - 0.1
    assert not due.now
    clock.now += 0.1
    assert due.now
    due.begin()
    due.kept(0.01)
    assert not due.now
    clock.now += SECONDS
    assert due.now


def test_what_happens_is_kept_at_once_and_seldom_enough_to_cost_little() -> None:
    clock = Clock()
    due, spent, began = Due(clock), 0.0, clock.now
    for _ in range(100_000):
        due.hurry()  # something happens all the time
        clock.now += 0.01
        if due.now:
            due.begin()
            clock.now += 0.3
            due.kept(0.3)
            spent += 0.3
    assert 0.9 * SHARE < spent / (clock.now - began) <= 1.05 * SHARE


def test_what_happens_while_one_is_written_is_kept_afterwards() -> None:
    clock = Clock()
    due = Due(clock)
    due.begin()
    due.hurry()
    due.kept(1.0)
    assert not due.now
    clock.now += 1.0 / SHARE
    assert due.now


def test_the_worker_hands_over_a_model_in_the_middle_of_an_epoch_when_it_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("SECONDS", 0.0), ("SHARE", 1.0)):
        monkeypatch.setattr(automatic, name, value)
    spec = project(everything(), epochs=1)
    runner = Runner(lambda data, progress: dataset())
    runner.control.step()
    runner.train(spec, way=ONE)
    end, learned = time.monotonic() + 20, 0
    while not learned and time.monotonic() < end:  # the first one is from before the first batch
        found = runner.mailbox.drain().snapshots.get("model")
        learned = found.data.position.step if found else 0
        time.sleep(0.001)
    runner.control.stop()
    assert runner.join(30) and learned
    places = [kept.position.step for kept in runner.automatic._kept]
    assert places == [0, 1], "where it began, and after the first batch"
    assert_same_model(runner.automatic._kept[1], trained(spec, steps=1))


# -- a run that ends in an error -------------------------------------------------------------------------------------
class Broken(Exception):
    """What a layer of somebody's own may raise."""


@pytest.mark.parametrize("way", ["one", "threads:2"])
def test_after_an_error_in_a_batch_the_worker_hands_over_the_batch_before_and_its_best(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropout fails in the backward pass, when batch normalization has already moved its statistics."""
    spec, chosen = project(everything(), epochs=3), Way.parse(way)
    unbroken = trained(spec, way=chosen)
    before, whole = Dropout.backward, trained(spec, steps=9, way=chosen)
    runner = Runner(lambda data, progress: dataset())
    calls = []

    def backward(layer: Dropout, dout: np.ndarray) -> np.ndarray:
        calls.append(1)
        if len(calls) == 10 * chosen.workers:
            raise Broken
        return before(layer, dout)

    monkeypatch.setattr(Dropout, "backward", backward)
    runner.train(spec, way=chosen)
    assert runner.join(30)
    monkeypatch.undo()
    mail = runner.mailbox.drain()
    assert isinstance(mail.events[-1], Failed) and isinstance(mail.events[-1].error, Broken)
    model = mail.snapshots["model"].data
    assert_same_model(model, whole)
    assert model.best is not None and model.best.epoch == 1
    assert_same_model(trained(spec, resume=model, way=chosen), unbroken)


def test_after_an_error_while_weights_were_moved_the_last_epoch_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(everything(), epochs=3)
    before, calls = Worker.renew, []

    def renew(worker: Worker, *words: Any) -> None:
        calls.append(1)
        before(worker, *words)
        if len(calls) == 9:
            raise MemoryError

    monkeypatch.setattr(Worker, "renew", renew)
    runner = Runner(lambda data, progress: dataset())
    runner.train(spec, way=ONE)
    assert runner.join(30)
    monkeypatch.undo()
    mail = runner.mailbox.drain()
    model = mail.snapshots["model"].data
    assert isinstance(mail.events[-1], Failed)
    assert model.position == Position(1, 0, 6)
    assert_same_model(trained(spec, resume=model), trained(spec))


def test_an_error_before_the_first_batch_leaves_no_model() -> None:
    spec = project()
    runner = Runner(lambda data, progress: dataset())
    other = dataclasses.replace(spec.network, in_shape=(1, 9, 9))
    runner.train(spec.replace(network=other), way=ONE)
    assert runner.join(30)
    mail = runner.mailbox.drain()
    assert isinstance(mail.events[-1], Failed) and "model" not in mail.snapshots


# -- live changes ----------------------------------------------------------------------------------------------------
def test_a_run_with_live_changes_goes_on_bit_for_bit(tmp_path: Path) -> None:
    spec = project(everything(), epochs=3)

    def turned(trainer: Trainer) -> None:
        trainer.set_optimizer(trainer.spec.optimizer.replace(learning_rate=0.05))
        trainer.set_decay(0.01)

    unbroken = Trainer(spec, prepared(spec))
    for event in unbroken.events():
        if isinstance(event, StepDone) and event.position.step == 8:
            turned(unbroken)
    first, _ = run(spec, steps=8)
    turned(first)
    model = first.checkpoint()
    assert [type(mark) for mark in model.history.marks] == [Mark, Mark]
    assert_same_model(trained(first.project, resume=model), unbroken.checkpoint())


# -- on the command line ---------------------------------------------------------------------------------------------
def test_a_disk_that_is_full_for_a_while_is_told_and_the_next_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, _ = run(project(epochs=3), steps=2)
    event = StepDone(0.3, 1.0, 0.5, 20, trainer.position)
    writer, path = keeping.Keeping(tmp_path / "out.fishlab"), tmp_path / "out.fishlab"
    writer._due._next = 0.0

    def full(*_: Any) -> None:
        raise SaveError("“out.fishlab” cannot be saved: the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "save_project", full)
        writer.look(event, trainer)
        writer.close()
    assert "disk is full" in writer.trouble and not path.exists()
    writer._due._next = 0.0
    writer.look(event, trainer)
    writer.close()
    assert not writer.trouble
    _, model = open_project(path)
    assert model is not None
    assert_same_model(model, trainer.checkpoint())
