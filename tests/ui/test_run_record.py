"""The window's record of runs: the one in sight, those before it, how fast they were and why they ended."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_kit import blobs, small_project

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.events import Position, StepDone
from fishlab.core.exchange.model import imported_model
from fishlab.core.history import History
from fishlab.core.network import Network
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.ui import run_record
from fishlab.ui.document import Document
from fishlab.ui.run_record import MOST_EARLIER, RunRecord
from fishlab.ui.session import State, TrainSession


def steps(count: int, seed: int = 0, first: int = 0) -> list[StepDone]:
    rng = np.random.default_rng(seed)
    return [
        StepDone((first + i + 1) / 10, rng.uniform(), 0.5, 20, Position(0, i, i), 0.1, 2.0 if i % 2 else math.nan, 0.01)
        for i in range(count)
    ]


def model(history: History, epochs: int = 1, batch: int = 0) -> Checkpoint:
    project = small_project(epochs)
    found = imported_model(project, Network(project.network, seed=0).arrays())
    return dataclasses.replace(found, history=history, position=Position(epochs, batch, 10), target=epochs)


@pytest.fixture
def record() -> RunRecord:
    made = RunRecord()
    made.begin(None, small_project())
    made.add_steps(steps(10), running=False)
    return made


def test_a_run_keeps_what_its_steps_say(record: RunRecord) -> None:
    assert len(record.history.steps) == 10
    assert record.history.rates.rows.tolist() == [[0.1, 0.1]]
    assert record.history.metrics.column("x").tolist() == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert record.title == "Small, Adam 0.001, batch 20"


def test_a_run_that_begins_anew_leaves_the_last_one_to_be_laid_over(record: RunRecord) -> None:
    record.end("Finished 1 epoch.")
    record.begin(None, small_project())
    assert (record.number, record.ended, len(record.history.steps)) == (2, "", 0)
    (past,) = record.past
    assert (past.number, past.ended, past.title) == (1, "Finished 1 epoch.", "Small, Adam 0.001, batch 20")
    assert record.earlier is past.history and len(past.history.steps) == 10


def test_only_the_last_runs_are_kept(record: RunRecord) -> None:
    for _ in range(MOST_EARLIER + 2):
        record.begin(None)
        record.add_steps(steps(3), running=False)
    assert [run.number for run in record.past] == [3, 4, 5, 6]
    assert record.number == 7


def test_a_run_that_never_began_is_none(record: RunRecord) -> None:
    record.begin(None)
    record.begin(None)
    assert len(record.past) == 1 and record.number == 2


def test_starting_over_keeps_the_run_for_comparison_and_another_project_does_not(record: RunRecord) -> None:
    record.show(None)
    assert len(record.past) == 1 and not len(record.history.steps)
    record.forget()
    assert not record.past and record.number == 1 and record.title == ""


def test_the_model_of_the_run_in_sight_is_no_other_run(record: RunRecord) -> None:
    record.end("Stopped.")
    record.show(model(record.history))
    assert not record.past and record.ended == "Stopped."
    other = History()
    other.steps.append(0.1, 9.0, 0.1, 20)
    record.show(model(other))
    assert [run.number for run in record.past] == [1]
    assert (record.number, record.ended) == (2, "Ended after epoch 1.")


def test_a_model_that_stands_within_an_epoch_was_stopped(record: RunRecord) -> None:
    fresh = RunRecord()
    fresh.show(model(record.history, batch=3))
    assert fresh.ended == "Stopped at epoch 1.0."


def test_going_on_keeps_the_speeds_as_far_as_the_run_goes_on(record: RunRecord) -> None:
    for x in (0.2, 0.9):
        record.speeds.append(x, 1000.0)
    short = History()
    for row in record.history.steps.rows[:5].tolist():
        short.steps.append(*row)
    record.begin(model(short))
    assert record.speeds.column("x").tolist() == [0.2]
    assert len(record.history.steps) == 5 and not record.past


def test_the_speed_is_images_over_half_a_second_and_pauses_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=100.0)
    monkeypatch.setattr(run_record, "time", clock)
    record = RunRecord()
    for i in range(8):
        clock.now += 0.2
        record.add_steps(steps(1, first=i), running=True)
    np.testing.assert_allclose(record.speeds.rows, [[0.4, 100.0], [0.7, 100.0]])
    record.rest()
    clock.now += 1000
    for i in range(8, 13):
        record.add_steps(steps(1, first=i), running=True)
        clock.now += 0.2
    np.testing.assert_allclose(record.speeds.rows[2:], [[1.2, 100.0]])


def test_a_copy_stands_still(record: RunRecord) -> None:
    still = record.copy()
    record.add_steps(steps(3, first=10), running=False)
    record.speeds.append(1.0, 5.0)
    assert (len(still.history.steps), len(still.speeds), still.title) == (10, 0, record.title)


def test_a_real_run_says_why_it_ended_and_the_next_one_lies_beside_it(qtbot: QtBot) -> None:
    document = Document(small_project(1))
    session = TrainSession(document, load=blobs)
    for rate in (0.001, 0.01):
        training = document.spec.training
        spec = OPTIMIZERS["adam"].item.Spec(learning_rate=rate)
        document.edit("rate", document.spec.replace(training=training.replace(optimizer=spec)))
        session.start_over()
        session.run()
        qtbot.waitUntil(lambda: session.state is State.IDLE, timeout=20_000)
    record = session.record
    assert record.ended == record.past[0].ended == "Finished 1 epoch."
    titles = [run.title for run in (*record.past, record)]
    assert titles == ["Small, Adam 0.001, batch 20", "Small, Adam 0.01, batch 20"]
    assert document.model is not None and len(record.history.metrics)
    assert record.history.metrics.rows.tobytes() == document.model.history.metrics.rows.tobytes()
    document.replace(small_project())
    assert not record.past and not len(record.history.steps)
