"""The worker: it obeys between two batches, survives what goes wrong, and what views want changes no number."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, dataset, everything, project, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.control import Control
from fishlab.core.data.dataset import Dataset
from fishlab.core.errors import DataError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import EpochDone, Evaluating, Finished, Marked, Position, Running, Started, StepDone
from fishlab.core.mailbox import Failed, Mail, Mailbox, Paused, Preparing, Resumed, Snapshot, Stopped
from fishlab.core.mailbox import TestScored as Scored  # pytest would take the name for a test's
from fishlab.core.moment import Moment
from fishlab.core.parallel import calibration
from fishlab.core.parallel.remembered import remember
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.runner import Runner
from fishlab.core.spec import DataSpec, ProjectSpec

Progress = Callable[[str, int, int], None]
LONG = 10_000


def load(spec: DataSpec, progress: Progress) -> Dataset:
    progress("Drawing digits", 1, 1)
    return dataset()


class Owner:
    """Drains a runner's mailbox as a window would, and keeps everything in order."""

    def __init__(self, loader: Callable[[DataSpec, Progress], Dataset] = load) -> None:
        self.runner = Runner(loader)
        self.events: list[Any] = []
        self.steps: list[StepDone] = []
        self.snapshots: dict[str, Snapshot] = {}
        self.moments: list[Moment] = []

    def look(self) -> None:
        mail = self.runner.mailbox.drain()
        self.events += mail.events
        self.steps += mail.metrics
        self.snapshots |= mail.snapshots
        self.moments += mail.moments

    def until(self, reached: Callable[[], bool]) -> None:
        """Look again and again until it is so; half a minute is never."""
        end = time.monotonic() + 30
        while True:
            self.look()
            if reached():
                return
            assert time.monotonic() < end, f"never came; events: {self.events[-5:]}"
            time.sleep(0.001)

    def until_event(self, kind: type) -> Any:
        self.until(lambda: any(isinstance(event, kind) for event in self.events))
        return next(event for event in self.events if isinstance(event, kind))

    def finish(self) -> Any:
        """Wait for the end; the last lifecycle event."""
        assert self.runner.join(30)
        self.look()
        return self.events[-1]

    @property
    def model(self) -> Checkpoint:
        checkpoint: Checkpoint = self.snapshots["model"].data
        return checkpoint


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.enumerate()
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(30)  # it may be at its last line
    assert not [thread for thread in left if thread.is_alive()]


def started(spec: ProjectSpec, **more: Any) -> Owner:
    owner = Owner()
    owner.runner.train(spec, **{"way": ONE, **more})
    return owner


def as_many_threads(way: Way) -> Way:
    """Gives the same bits, and starts no processes."""
    return Way("threads", way.workers) if way.kind == "processes" else way


@pytest.fixture(params=["one", "threads:2", "processes:2"])
def way(request: pytest.FixtureRequest) -> Way:
    return Way.parse(request.param)


# -- a run -----------------------------------------------------------------------------------------------------------
def test_a_run_ends_with_the_model_and_says_so() -> None:
    spec = project(epochs=2)
    owner = started(spec)
    assert owner.finish() == Finished("done", "Finished 2 epochs.")
    kinds = [type(event) for event in owner.events if not isinstance(event, Evaluating)]
    assert kinds == [Preparing, Started, Running, EpochDone, EpochDone, Finished]
    assert len(owner.steps) == 12
    assert_same_model(owner.model, trained(spec))


@pytest.mark.one_in(3)
def test_what_views_want_changes_no_number(way: Way) -> None:
    spec = project(everything(), epochs=5)
    owner = Owner()
    owner.runner.train(spec, way=way)
    while owner.runner.alive:
        owner.runner.control.ask_model()
        time.sleep(0.001)
    owner.finish()
    assert set(owner.snapshots) == {"model", "data"} and owner.moments[-1].step == owner.model.position.step
    assert_same_model(owner.model, trained(spec, way=as_many_threads(way)))


def test_snapshots_share_no_memory_with_the_run() -> None:
    owner = started(project(epochs=LONG))
    owner.runner.control.ask_model()
    owner.until(lambda: "model" in owner.snapshots)
    early = owner.model
    kept = {key: array.copy() for key, array in early.weights.items()}
    owner.until(lambda: len(owner.steps) > early.position.step + 10)
    assert all((early.weights[key] == array).all() for key, array in kept.items())
    owner.runner.control.stop()
    owner.finish()
    assert any((owner.model.weights[key] != array).any() for key, array in kept.items())


def test_a_runner_starts_once() -> None:
    owner = started(project())
    with pytest.raises(RuntimeError, match="starts once"):
        owner.runner.train(project())
    owner.finish()


# -- control ---------------------------------------------------------------------------------------------------------
@pytest.mark.one_in(3)
def test_paused_nothing_is_learned_until_it_goes_on(way: Way) -> None:
    spec = project(everything(), epochs=LONG)
    owner = started(spec, way=way)
    owner.until(lambda: len(owner.steps) > 3)
    owner.runner.control.pause()
    owner.until_event(Paused)
    standing = len(owner.steps)
    time.sleep(0.05)
    owner.look()
    assert len(owner.steps) == standing
    assert owner.model.position.step == standing
    owner.runner.control.resume()
    owner.until(lambda: len(owner.steps) > standing + 3)
    owner.runner.control.stop()
    assert owner.finish() == Stopped()
    assert any(isinstance(event, Resumed) for event in owner.events)
    assert owner.model.position.step == len(owner.steps)
    assert_same_model(owner.model, trained(spec, at=owner.model.position, way=as_many_threads(way)))


def test_a_step_learns_one_batch_and_stands_still() -> None:
    spec = project(everything(), epochs=40)
    owner = Owner()
    owner.runner.control.pause()
    owner.runner.train(spec)
    owner.until_event(Paused)
    assert owner.steps == []
    for done in range(1, 8):  # over the end of an epoch
        owner.runner.control.step()
        owner.until(lambda done=done: len(owner.steps) == done and isinstance(owner.events[-1], Paused))
        assert owner.model.position.step == done
    time.sleep(0.02)
    owner.look()
    assert len(owner.steps) == 7
    owner.runner.control.stop()
    assert owner.finish() == Stopped()
    assert_same_model(owner.model, trained(spec, steps=7))


@pytest.mark.one_in(3)
def test_stopped_the_run_ends_with_what_was_learned(way: Way) -> None:
    spec = project(epochs=LONG)
    owner = started(spec, way=way)
    owner.until(lambda: len(owner.steps) > 3)
    owner.runner.control.stop()
    assert owner.finish() == Stopped()
    assert owner.model.position.step == len(owner.steps)
    again = trained(spec, steps=len(owner.steps), way=as_many_threads(way))
    assert_same_arrays(owner.model.weights, again.weights)


@pytest.mark.one_in(3)
def test_stopped_while_it_stands_still_it_ends(way: Way) -> None:
    owner = started(project(epochs=LONG), way=way)
    owner.runner.control.pause()
    owner.until_event(Paused)
    owner.runner.control.stop()
    assert owner.finish() == Stopped()


@pytest.mark.one_in(3)
def test_a_stopped_run_goes_on_in_another_runner_as_if_unbroken(way: Way) -> None:
    spec = project(everything(), epochs=LONG)
    first = started(spec, way=way)
    first.until(lambda: len(first.steps) > 8)
    first.runner.control.stop()
    assert first.finish() == Stopped()
    second = started(spec, resume=first.model, way=way)
    second.until(lambda: len(second.steps) > 8)
    second.runner.control.stop()
    assert second.finish() == Stopped()
    assert second.model.position.step == len(first.steps) + len(second.steps)
    assert_same_model(second.model, trained(spec, at=second.model.position, way=as_many_threads(way)))


@pytest.mark.one_in(3)
def test_a_live_rate_takes_effect_and_is_marked(way: Way) -> None:
    spec = project(optimizer="sgd", rate=0.1, epochs=LONG)
    owner = started(spec, way=way)
    owner.until(lambda: len(owner.steps) > 3)
    owner.runner.control.set_live(spec.training.optimizer.replace(learning_rate=0.05), 0.001)
    owner.until(lambda: sum(isinstance(event, Marked) for event in owner.events) == 2)
    owner.runner.control.stop()
    owner.finish()
    texts = [event.mark.text for event in owner.events if isinstance(event, Marked)]
    assert texts == ["rate 0.1 → 0.05", "decay 0 → 0.001"]
    assert [mark.text for mark in owner.model.history.marks] == texts
    assert owner.model.project.training.optimizer.learning_rate == 0.05
    assert owner.model.project.training.weight_decay == 0.001


def test_paused_it_still_answers_what_is_asked(way: Way) -> None:
    owner = started(project(epochs=LONG), way=way)
    owner.runner.control.pause()
    owner.until_event(Paused)
    owner.look()
    owner.snapshots.clear()
    owner.runner.control.ask_model()
    owner.until(lambda: "model" in owner.snapshots)
    owner.runner.control.stop()
    owner.finish()


@pytest.mark.slow
def test_unless_told_how_to_run_it_finds_out_and_says_so(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a computer that does nothing else: what is found there is sure.
    monkeypatch.setattr(calibration.Race, "calm", lambda race: True)
    monkeypatch.setattr(calibration, "remember", lambda spec, way, sure: remember(spec, way))
    spec = project(epochs=LONG)
    owner = started(spec, way=None)
    running = owner.until_event(Running)
    tries = [event.done for event in owner.events if isinstance(event, Preparing) and event.what.startswith("Finding")]
    assert tries == sorted(tries)
    assert len(tries) >= 4
    owner.until(lambda: len(owner.steps) > 3)
    owner.runner.control.stop()
    owner.finish()
    assert owner.model.way == running.way
    again = started(spec, way=None)
    assert again.until_event(Running) == running
    again.runner.control.stop()
    again.finish()
    assert not any(isinstance(event, Preparing) and event.what.startswith("Finding") for event in again.events)


def test_finding_out_how_to_run_can_be_stopped(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look, seen = Runner._look_for_way, []

    def stop_while_it_looks(runner: Runner, tried: int, total: int) -> None:
        seen.append(tried)
        runner.control.stop()
        look(runner, tried, total)

    monkeypatch.setattr(Runner, "_look_for_way", stop_while_it_looks)
    owner = started(project(epochs=LONG), way=None)
    assert owner.finish() == Stopped()
    assert len(seen) == 1 and not owner.steps


# -- what goes wrong -------------------------------------------------------------------------------------------------
def test_a_diverging_run_keeps_the_last_finite_weights() -> None:
    owner = started(project(everything(), optimizer="sgd", rate=100.0, epochs=LONG, weight_decay=10.0))
    last = owner.finish()
    assert (type(last), last.reason) == (Finished, "diverged")
    assert all(np.isfinite(array).all() for array in owner.model.weights.values())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DataError("“mnist” has no images."), "“mnist” has no images."),
        (MemoryError(), "The memory is not enough. Use fewer images, smaller layers or batches."),
        (ZeroDivisionError("odd"), "The run ended in an error that it should not: ZeroDivisionError('odd')."),
    ],
)
def test_a_loader_that_fails_ends_the_run_with_a_sentence(error: Exception, text: str) -> None:
    def fail(spec: DataSpec, progress: Progress) -> Dataset:
        raise error

    owner = Owner(fail)
    owner.runner.train(project())
    assert owner.finish() == Failed(text, error)
    assert owner.snapshots == {}


def test_a_network_that_does_not_fit_ends_the_run_with_a_sentence() -> None:
    owner = started(project(everything()[1:5]))
    last = owner.finish()
    assert isinstance(last, Failed)
    assert "needs a row of 10" in last.text


def test_loading_can_be_stopped() -> None:
    def slow(spec: DataSpec, progress: Progress) -> Dataset:
        while True:
            progress("Fetching", 0, 1)
            time.sleep(0.001)

    owner = Owner(slow)
    owner.runner.train(project())
    owner.until_event(Preparing)
    owner.runner.control.stop()
    assert owner.finish() == Stopped()


# -- evaluating and loading --------------------------------------------------------------------------------------------
def test_the_test_images_are_scored_as_in_the_foreground() -> None:
    model = trained(project(everything()))
    owner = Owner()
    owner.runner.evaluate_test(model)
    last = owner.finish()
    score = evaluate_now(model.network(), dataset().test, model.scaling)
    assert last == Scored(score, "Bright spots")
    assert score.total == 70


def test_loading_alone_says_what_is_here() -> None:
    owner = Owner()
    owner.runner.load(project().data)
    assert owner.finish() == Finished("loaded", "Bright spots is here: 120 training images.")


@pytest.mark.one_in(3)
def test_runs_started_paused_and_stopped_in_any_order_leave_nothing(way: Way) -> None:
    choose = random.Random(7)
    for _ in range(30 if way == ONE else 10):
        owner = started(project(epochs=LONG), way=way)
        for _ in range(choose.randrange(6)):
            control = owner.runner.control
            choose.choice([control.pause, control.step, control.resume, control.ask_model])()
            time.sleep(choose.choice([0, 0.001]))
        owner.runner.control.stop()
        assert owner.finish() == Stopped()


# -- the two halves alone ----------------------------------------------------------------------------------------------
def test_in_the_mailbox_metrics_append_snapshots_replace_and_lifecycle_queues() -> None:
    mailbox = Mailbox()
    steps = [StepDone(0.1 * i, 1.0, 0.5, 10, Position(0, i, i)) for i in range(3)]
    for step in steps:
        mailbox.post(step)
        mailbox.post(Snapshot("weights", step.position.step, None))
    mailbox.post(Paused())
    mailbox.post(Resumed())
    assert mailbox.drain() == Mail(steps, {"weights": Snapshot("weights", 2, None)}, [Paused(), Resumed()])
    assert mailbox.drain() == Mail()


def test_control_allows_any_number_of_batches_one_or_none() -> None:
    control = Control()
    control.count_step()
    assert not control.standing
    control.step()
    assert not control.standing
    control.count_step()
    assert control.standing
    control.resume()
    assert not control.standing
    control.pause()
    assert control.standing
    assert not control.stopping
    control.stop()
    assert control.stopping


def test_control_gives_what_was_asked_once() -> None:
    control = Control()
    optimizer = project().training.optimizer
    control.set_live(optimizer, 0.5)
    control.ask_model()
    assert control.take_live() == {"optimizer": optimizer, "weight_decay": 0.5}
    assert control.take_live() == {}
    assert (control.take_ask(), control.take_ask()) == (True, False)


def test_one_dear_moment_keeps_no_view_waiting_and_dear_ones_take_their_share_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, looks = [0.0], []
    costs = [0.5, 0.003, 0.5, 0.003, *[0.3] * 9]
    monkeypatch.setattr("fishlab.core.runner.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def moment(_: Any) -> None:
        looks.append(clock[0])
        clock[0] += costs[len(looks) - 1]

    worker = Runner()
    monkeypatch.setattr("fishlab.core.runner.Moment", SimpleNamespace(now=moment))
    monkeypatch.setattr(worker.mailbox, "post", lambda _: None)
    while len(looks) < len(costs):
        worker._serve(None)  # type: ignore[arg-type]
        clock[0] += 0.01
    waits = [after - before for before, after in pairwise(looks)]
    assert max(waits[:4]) < 0.6, "half a second of it is the dear moment itself"
    assert min(waits[5:]) > 0.3 / 0.015
