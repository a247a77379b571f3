"""Batches prepared ahead by a process: the same bits whoever prepares them, and nothing depends on the process."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import times
from leftovers import shared_memory
from process_kit import alive, idle, left_behind, within
from small_runs import assert_same_model, everything, prepared, project, trained

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.batches import Batcher, epoch_order
from fishlab.core.events import StepDone
from fishlab.core.parallel import ahead
from fishlab.core.parallel.ahead import Ahead
from fishlab.core.parallel.board import Board, board_bytes, private_memory
from fishlab.core.parallel.preparer import fill_on
from fishlab.core.parallel.ring import SLOTS, Ring, ring_layout
from fishlab.core.parallel.way import Way
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer

LONG = 60.0  # seconds that a process may take for anything, on a machine however busy
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into Linux's own tables")


def changing(draws: int = 2, scaling: str = "standard", **training: Any) -> ProjectSpec:
    """Images changed in all ways there are, drawn in the way of this version (2) or of an earlier one (1)."""
    spec = project(everything(), **training)
    specs = tuple(entry.item.Spec() for entry in AUGMENTATIONS)
    specs = tuple(spec.replace(draws=draws) if hasattr(spec, "draws") else spec for spec in specs)
    return spec.replace(data=spec.data.replace(augmentation=specs, scaling=scaling))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process from the first step on, also on a machine with one processor."""
    monkeypatch.setattr(ahead, "WORTH_IT", 0.0)
    monkeypatch.setattr(ahead, "processors", lambda: 2)


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many batches were taken from the ring, and how many were not there when they were looked for."""
    found, take = {"taken": 0, "missed": 0}, Ring.take

    def counted(ring: Ring, *place: Any) -> Any:
        batch = take(ring, *place)
        found["missed" if batch is None else "taken"] += 1
        return batch

    monkeypatch.setattr(Ring, "take", counted)
    return found


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    before, files = left_behind(), open_files()
    yield
    assert left_behind() == before
    assert open_files() == files


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def helper(trainer: Trainer) -> Ahead:
    gatherer = trainer._place.lead.fetch.__self__
    assert isinstance(gatherer, Ahead)
    return gatherer


def pid(trainer: Trainer) -> int:
    process = helper(trainer)._child.process
    assert process is not None
    return process.pid


def holds(trainer: Trainer, step: int) -> bool:
    """Whether the batch of a step lies there."""
    ring = helper(trainer)._ring
    assert ring is not None
    return ring.slots[step % SLOTS].holds(step)


def driven(
    trainer: Trainer, steps: int | None = None, meanwhile: Callable[[Trainer], None] = lambda trainer: None
) -> Trainer:
    """A run to its end, or so many steps; `meanwhile` is called after each."""
    events, before = trainer.events(), trainer.position.step
    for event in events:
        if isinstance(event, StepDone):
            if event.position.step - before == steps:
                break
            meanwhile(trainer)
    events.close()
    return trainer


def waiting(trainer: Trainer) -> None:
    """Let the process be the first with every batch."""
    assert within(LONG, lambda: holds(trainer, trainer.position.step))


def alone(spec: ProjectSpec, monkeypatch: pytest.MonkeyPatch, **words: Any) -> Checkpoint:
    """What comes of a run without a process."""
    with monkeypatch.context() as patch:
        patch.setattr(ahead, "processors", lambda: 1)
        return trained(spec, **words)


# -- the same bits ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"epochs": 3}, marks=pytest.mark.slow),
        pytest.param({"draws": 1, "sampling": "replacement"}, marks=pytest.mark.slow),
        {"scaling": "whitened", "precision": "float64", "epochs": 2},
        pytest.param({"scaling": "pixels", "batch_size": 1000, "epochs": 4}, marks=pytest.mark.slow),
    ],
    ids=["three epochs", "as before", "whitened in float64", "all images at once"],
)
def test_batches_that_a_process_prepared_change_no_bit(
    words: dict[str, Any], counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = changing(**words)
    trainer = driven(Trainer(spec, prepared(spec)), meanwhile=waiting)
    assert counts == {"taken": trainer.position.step - 1, "missed": 1}  # the first began it all
    assert_same_model(trainer.checkpoint(), alone(spec, monkeypatch))


@pytest.mark.slow
def test_a_run_that_goes_on_takes_what_comes_where_it_stopped(
    counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = changing(epochs=2)
    for steps in (3, 6):  # in an epoch, and at the end of one
        counts["taken"] = 0
        first = driven(Trainer(spec, prepared(spec)), steps, waiting)
        second = driven(Trainer(spec, prepared(spec), resume=first.checkpoint()), meanwhile=waiting)
        assert counts["taken"] == 12 - 2
        assert_same_model(second.checkpoint(), alone(spec, monkeypatch))


@pytest.mark.slow
def test_with_other_batches_a_run_goes_on_in_the_middle_of_an_epoch(
    counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, stopped = changing(batch_size=15), trained(changing(epochs=2), steps=9)
    second = driven(Trainer(spec, prepared(spec), resume=stopped), meanwhile=waiting)
    assert counts["taken"] == second.position.step - 9 - 1
    assert_same_model(second.checkpoint(), alone(spec, monkeypatch, resume=stopped))


@pytest.mark.slow
def test_a_batch_stays_what_it_is_until_the_next_one_is_fetched(counts: dict[str, int]) -> None:
    spec = changing()
    data, rng = prepared(spec), np.random.default_rng(2)
    place = Trainer(spec, data)._place
    own = Batcher(data.train, data.scaling, 20, place.task.pipeline(data.train))
    with closing(Ahead(place.lead.batcher, place.task, 0)) as gatherer:
        for step in range(times(300, 3000)):
            order = epoch_order(len(data.train), spec.training.seed, step // 6)
            indices = own.batch(order, step % 6)
            images, labels = gatherer.gather(indices, step)
            if step == 0:
                assert within(LONG, lambda: gatherer._ring.slots[1].holds(1))
            time.sleep(rng.choice([0.0, 0.0, 0.001, 0.01]))
            wanted, classes = own.gather(indices, step)
            assert images.tobytes() == wanted.tobytes()
            assert labels.tobytes() == classes.tobytes()
    assert counts["taken"] > 0


# -- a process that is slow, killed or not to be had -----------------------------------------------------------------
@pytest.mark.slow
@linux
def test_a_process_that_is_overtaken_is_not_waited_for_and_finds_its_place_again(
    counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, signals = changing(epochs=4), {3: signal.SIGSTOP, 13: signal.SIGCONT}

    def hindering(trainer: Trainer) -> None:
        step = trainer.position.step
        if step in signals:
            os.kill(pid(trainer), signals[step])
        if not 3 <= step < 13:
            assert within(LONG, lambda: holds(trainer, step) or holds(trainer, step + 1))

    trainer = driven(Trainer(spec, prepared(spec)), meanwhile=hindering)
    assert counts["missed"] >= 13 - 3 - SLOTS
    assert counts["taken"] >= 2 + (24 - 13) // 2
    assert_same_model(trainer.checkpoint(), alone(spec, monkeypatch))


@pytest.mark.slow
@linux
@pytest.mark.usefixtures("nothing_stays")
def test_a_process_killed_in_the_middle_changes_no_bit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spec = changing(epochs=2)

    def killing(trainer: Trainer) -> None:
        if trainer.position.step < 5:
            waiting(trainer)
        if trainer.position.step == 5:
            helper(trainer)._child.process.kill()
            helper(trainer)._child.process.wait()

    trainer = driven(Trainer(spec, prepared(spec)), meanwhile=killing)
    assert "ended with code -9" in caplog.text
    assert_same_model(trainer.checkpoint(), alone(spec, monkeypatch))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("sys.executable", "/nowhere/python"),
        ("sys.frozen", True),
        ("fishlab.core.parallel.ahead.START", "raise OSError('odd day')"),
        ("fishlab.core.parallel.ahead.helper_fits", lambda size: False),
        ("fishlab.core.parallel.ahead.Block", None),
    ],
)
def test_where_no_process_can_be_had_the_run_goes_on_without(
    place: str, value: Any, monkeypatch: pytest.MonkeyPatch, counts: dict[str, int]
) -> None:
    def refuse(size: int) -> None:
        raise PermissionError("not here")

    spec = changing()
    with monkeypatch.context() as patch:
        patch.setattr(place, value or refuse, raising=False)
        trainer = driven(Trainer(spec, prepared(spec)))
    assert counts["taken"] == 0
    assert_same_model(trainer.checkpoint(), alone(spec, monkeypatch))


# -- when there is one -----------------------------------------------------------------------------------------------
def started(spec: ProjectSpec, **words: Any) -> bool:
    """Whether two steps of a run begin a process."""
    seen = []

    def look(trainer: Trainer) -> None:
        gatherer = getattr(trainer._place.lead.fetch, "__self__", None)
        seen.append(isinstance(gatherer, Ahead) and gatherer._child.process is not None)

    driven(Trainer(spec, prepared(spec), **words), 3, look)
    return any(seen)


def test_there_is_a_process_only_where_it_has_something_to_do_and_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert started(changing())
    assert not started(project())
    assert not started(changing(), way=Way("threads", 2))
    monkeypatch.setattr(ahead, "processors", lambda: 1)
    assert not started(changing())


def test_there_is_none_until_preparing_has_taken_as_long_as_starting_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT", 10.0)
    moments = iter(np.cumsum([0.0] + 20 * [4.0, 1.0]))
    monkeypatch.setattr(ahead, "clock", lambda: next(moments))
    spec, seen = changing(), []
    driven(Trainer(spec, prepared(spec)), 5, lambda trainer: seen.append(helper(trainer)._child.process is not None))
    assert seen == [False, False, True, True]


# -- nothing stays behind --------------------------------------------------------------------------------------------
@pytest.mark.slow
@linux
@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("end", ["close", "drop", "break"])
def test_a_run_closed_dropped_or_broken_leaves_nothing(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = changing(epochs=100)
    trainer = Trainer(spec, prepared(spec))
    events = trainer.events()
    while trainer.position.step < 2:
        next(events)
    waiting(trainer)
    if end == "close":
        events.close()
    elif end == "break":
        monkeypatch.setattr(trainer.network, "gradient_step", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            next(events)


@pytest.mark.slow
@linux
def test_while_a_run_is_paused_the_process_sleeps_and_then_it_goes_on(
    counts: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = changing(epochs=2)

    def pausing(trainer: Trainer) -> None:
        waiting(trainer)
        if trainer.position.step == 5:
            assert within(LONG, lambda: idle(pid(trainer)))

    trainer = driven(Trainer(spec, prepared(spec)), meanwhile=pausing)
    assert counts == {"taken": 11, "missed": 1}
    assert_same_model(trainer.checkpoint(), alone(spec, monkeypatch))


PARENT = """
import os, signal, sys, time
sys.path[:0] = {path!r}
from fishlab.core.parallel import ahead
ahead.WORTH_IT, ahead.processors = 0.0, lambda: 2
from test_ahead import changing, pid, prepared, waiting
from fishlab.core.events import StepDone
from fishlab.core.training import Trainer
spec = changing(epochs=10**4)
trainer = Trainer(spec, prepared(spec))
for event in trainer.events():
    if isinstance(event, StepDone) and event.position.step == 3:
        waiting(trainer)
        print(pid(trainer), flush=True)
        if {pause}:
            time.sleep(600)
"""


@linux
@pytest.mark.slow
@pytest.mark.parametrize("pause", [False, True], ids=["training", "paused"])
def test_neither_the_process_nor_memory_outlives_a_parent_that_is_killed(pause: bool) -> None:
    before = shared_memory()
    code = PARENT.format(path=sys.path, pause=pause)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        assert within(LONG, lambda: not alive(child))
    assert shared_memory() == before


# -- the ring --------------------------------------------------------------------------------------------------------
def ring() -> Ring:
    layout = ring_layout(4, (1, 2, 2), "float32")
    return Ring(Board(layout, private_memory(board_bytes(layout))))


def test_a_slot_gives_a_batch_only_for_its_own_step_and_images() -> None:
    made, images = ring(), np.arange(3)
    batch = np.full((1, 2, 2, 3), 7, np.float32), np.array([4, 5, 6])
    made.slots[6 % SLOTS].fill(6, images, batch)
    assert made.take(5, images) is None
    assert made.take(6, images[:2]) is None
    assert made.take(6, images + 1) is None
    found = made.take(6, images)
    assert found is not None
    assert [part.tolist() for part in found] == [part.tolist() for part in batch]
    assert made.take(6 + SLOTS, images) is None
    assert made.take(6, images) is None  # nobody goes back: it may be written over by now


def test_a_batch_that_is_half_written_is_not_there() -> None:
    made, images = ring(), np.arange(3)
    with pytest.raises(ValueError, match="broadcast"):
        made.slots[6 % SLOTS].fill(6, images, (np.ones((1, 2, 2, 3), np.float32), np.arange(2)))
    assert made.take(6, images) is None


def test_no_slot_is_filled_that_is_looked_at_and_who_waits_for_room_is_woken_once() -> None:
    made = ring()
    made.take(10, np.arange(3))
    assert [made.room(step) for step in (11, 9 + SLOTS, 10 + SLOTS)] == [True, True, False]
    assert made.may_sleep(10 + SLOTS)
    made.take(11, np.arange(3))
    assert not made.wanted()
    made.take(12, np.arange(3))
    assert [made.wanted(), made.wanted()] == [True, False]
    assert not made.may_sleep(10 + SLOTS)


def test_steps_that_were_passed_are_left_out_and_the_one_that_would_come_too_late() -> None:
    made, filled = ring(), []
    moves = iter([0, 5, 7, 8, 8, 8])  # where the one that takes is after each

    class Filler:
        def fill(self, ring: Ring, step: int) -> None:
            filled.append(step)
            ring.take(next(moves), np.arange(3))

    fill_on(made, Filler(), io.BytesIO())
    assert filled == [1, 2, 7, 9, 10, 11]
