"""The fastest way is measured once, remembered, and found without any of that where it does not matter."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small_runs import dense, layer, prepared, project, trained

from fishlab.core.data.cache import cache_dir
from fishlab.core.errors import Cancelled
from fishlab.core.parallel import calibration
from fishlab.core.parallel.calibration import Trial, candidates, choose_way
from fishlab.core.parallel.remembered import remember, remembered
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.parallel.workplace import Workplace

THREADS, PROCESSES = Way("threads", 2), Way("processes", 2)


@pytest.fixture(autouse=True)
def two_processors(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh cache, and as many processors here as anywhere."""
    monkeypatch.setattr(calibration, "processors", lambda: 2)


class Machine:
    """A made-up one: its clock moves by what is computed, and by nothing else. A step takes `times` of its way.

    `others`: from when to when another program has one of the two processors, so that a team takes twice as long.
    Those who work at a step are `tried`.
    """

    def __init__(self, times: dict[str, float], others: Sequence[tuple[float, float]] = (), unrest: float = 0) -> None:
        self.times, self.others, self.now = times, others, 0.0
        self.tried: list[Way] = []
        self._chance, self._unrest = np.random.default_rng(0), unrest

    def crew(self, way: Way) -> SimpleNamespace:
        """What a workplace gives."""

        def step(*_orders: int) -> None:
            self.tried.append(way)
            busy = any(begin <= self.now < end for begin, end in self.others)
            self.now += self.times[way.kind] * (2 if busy and way.workers > 1 else 1) * self.chance()

        return SimpleNamespace(lost=(), close=lambda: None, step=step)

    def chance(self) -> float:
        return 1 + float(self._chance.exponential(self._unrest)) if self._unrest else 1.0


def run_on(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(calibration, "clock", lambda: machine.now)
    monkeypatch.setattr(Workplace, "crew", lambda place, way: machine.crew(way))
    return machine


def set_times(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> list[Way]:
    """Let a step take so many seconds, without anybody who works; returns the ways of all steps."""
    return run_on(Machine(seconds), monkeypatch).tried


@pytest.mark.parametrize(
    ("one", "threads", "processes", "best"),
    [
        (1.0, 0.9, 0.5, PROCESSES),
        (1.0, 0.6, 0.58, THREADS),
        (1.0, 0.95, 0.94, ONE),
        (1.0, 1.5, 1.5, ONE),
        (1.0, 1.5, 0.9, PROCESSES),
    ],
)
def test_the_simplest_way_that_is_about_as_fast_as_any_is_chosen(
    one: float, threads: float, processes: float, best: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_times(monkeypatch, one=one, threads=threads, processes=processes)
    spec = project(epochs=10)
    assert choose_way(spec, prepared(spec)) == best
    assert choose_way(spec, prepared(spec)) == best
    assert remembered(spec) == best


def test_what_was_found_is_not_measured_again_for_the_same_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set_times(monkeypatch, one=0.04, threads=0.08, processes=0.02)
    spec = project(epochs=100)
    assert choose_way(spec, prepared(spec)) == PROCESSES
    tried.clear()
    again = project(dense(), epochs=20, seed=7, optimizer="adam", rate=0.5)
    assert choose_way(again, prepared(again)) == PROCESSES
    assert tried == []
    for other in (project(epochs=10, batch_size=30), project(epochs=10, optimizer="sgd")):
        assert remembered(other) is None


def test_a_short_run_is_one_thread_and_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set_times(monkeypatch, one=0.01, threads=0.001, processes=0.001)
    spec = project(epochs=10)
    assert choose_way(spec, prepared(spec)) == ONE
    assert set(tried) == {ONE}
    assert remembered(spec) is None
    assert choose_way(spec, prepared(spec), epochs=1000) == THREADS


@pytest.mark.parametrize("epochs", [200, 1_000, 10_000])
def test_looking_takes_a_fiftieth_of_a_run_and_between_one_second_and_four(
    epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread is the fastest here, which takes the longest to believe."""
    machine = run_on(Machine({"one": 0.02, "threads": 0.03, "processes": 0.03}), monkeypatch)
    spec = project(epochs=epochs)
    data = prepared(spec)
    assert choose_way(spec, data) == ONE
    run = 0.02 * epochs * -(-len(data.train) // spec.training.batch_size)
    assert machine.now == pytest.approx(min(max(run / 50, 1), 4), abs=0.5)


def test_a_run_of_few_long_steps_is_not_kept_waiting_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 2.0, "threads": 1.5, "processes": 1.0}), monkeypatch)
    spec = project(epochs=50)
    assert choose_way(spec, prepared(spec)) == PROCESSES
    assert len(machine.tried) <= 5 * 3  # two to warm up, and what fits in twice the time


def test_a_team_that_is_faster_every_time_is_found_in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.02, "threads": 0.015, "processes": 0.01}, unrest=0.05), monkeypatch)
    spec = project(epochs=10**4)
    assert choose_way(spec, prepared(spec)) == PROCESSES
    assert machine.now < 1.5
    assert remembered(spec) == PROCESSES


def test_a_long_run_is_not_misled_by_another_program_at_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.006, "threads": 0.005, "processes": 0.0033}, [(0.0, 3.0)], 0.05), monkeypatch)
    spec = project(epochs=10**4)
    assert choose_way(spec, prepared(spec)) == PROCESSES
    assert machine.now < 4.5


def test_what_another_program_made_of_a_short_look_is_mended_by_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.006, "threads": 0.005, "processes": 0.0035}, [(0.0, 10.0)]), monkeypatch)
    spec = project(epochs=300)
    data = prepared(spec)
    assert choose_way(spec, data) == ONE  # true for now
    assert remembered(spec) is None
    machine.now = 20.0
    assert choose_way(spec, data) == PROCESSES
    assert remembered(spec) == PROCESSES


def test_fewer_workers_are_remembered_when_two_looks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.02, "threads": 0.03, "processes": 0.03}), monkeypatch)
    spec = project(epochs=1000)
    data = prepared(spec)
    assert (choose_way(spec, data), remembered(spec)) == (ONE, None)
    assert (choose_way(spec, data), remembered(spec)) == (ONE, ONE)
    machine.tried.clear()
    assert choose_way(spec, data) == ONE
    assert machine.tried == []


def test_what_is_found_in_great_unrest_is_used_and_never_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine({"one": 0.02, "threads": 0.03, "processes": 0.03}, unrest=1.0)
    run_on(machine, monkeypatch)
    spec = project(epochs=1000)
    data = prepared(spec)
    for _ in range(4):
        assert choose_way(spec, data) == ONE
        assert remembered(spec) is None


def test_ways_nearly_alike_are_told_apart_on_a_restless_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth between the two teams, steps that are up to half as long again, others there half of the time."""
    found = []
    for number in range(20):
        others = [(begin + 0.1 * number, begin + 0.1 * number + 0.5) for begin in range(20)]
        run_on(Machine({"one": 0.044, "threads": 0.026, "processes": 0.023}, others, 0.1), monkeypatch)
        spec = project(epochs=10**4, batch_size=number + 10)
        found.append(choose_way(spec, prepared(spec)))
    assert found.count(PROCESSES) >= 19


def test_a_way_whose_helpers_died_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.02, "threads": 0.015, "processes": 0.01}), monkeypatch)

    def crew(place: Workplace, way: Way) -> SimpleNamespace:
        made = machine.crew(way)
        made.lost = "gone" if way == PROCESSES else ""
        return made

    monkeypatch.setattr(Workplace, "crew", crew)
    spec = project(epochs=10**4)
    assert choose_way(spec, prepared(spec)) == THREADS


def test_a_way_that_has_not_the_memory_for_its_first_step_is_not_tried_further(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = run_on(Machine({"one": 0.02, "threads": 0.015, "processes": 0.01}), monkeypatch)

    def crew(place: Workplace, way: Way) -> SimpleNamespace:
        def too_large(*_orders: int) -> None:
            raise MemoryError

        made = machine.crew(way)
        return SimpleNamespace(lost="", close=made.close, step=too_large if way == PROCESSES else made.step)

    monkeypatch.setattr(Workplace, "crew", crew)
    spec = project(epochs=10**4)
    assert choose_way(spec, prepared(spec)) == THREADS


@pytest.mark.slow
def test_real_trials_find_one_of_the_ways_and_tell_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "MOST_TIME", 1.0)
    spec = project([layer("flatten"), layer("affine", units=30), layer("affine", units=10)], epochs=10**4)
    looks: list[tuple[int, int]] = []
    way = choose_way(spec, prepared(spec), look=lambda done, total: looks.append((done, total)))
    assert way in candidates(20)
    assert [done for done, _ in looks] == sorted(done for done, _ in looks)
    assert looks[0] == (0, 100) and looks[-1][0] < 100
    with_one = Trial(spec, prepared(spec), ONE)
    with_one.warm_up()
    assert 0 < with_one.run(3) < 0.1


def test_a_run_that_goes_on_keeps_its_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(epochs=10)
    model = trained(spec, steps=1)
    tried = set_times(monkeypatch, one=1.0, threads=0.9, processes=0.5)
    three = dataclasses.replace(model, way=Way("threads", 3))
    two = dataclasses.replace(model, way=THREADS)
    data = prepared(spec)
    assert [choose_way(spec, data, resume=resume) for resume in (model, two, three)] == [ONE, THREADS, three.way]
    assert tried == []
    remember(spec, PROCESSES)
    assert [choose_way(spec, data, resume=resume) for resume in (model, two, three)] == [ONE, PROCESSES, three.way]


@pytest.mark.slow
def test_it_can_be_stopped_at_any_time() -> None:
    spec = project(epochs=10**4)
    for last in (0, 10, 20):  # before anything, between two ways, and when helpers are at work

        def look(done: int, total: int, last: int = last) -> None:
            if done >= last:
                raise Cancelled("enough")

        with pytest.raises(Cancelled):
            choose_way(spec, prepared(spec), epochs=10**9, look=look)  # long enough, however fast it is
    assert remembered(spec) is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b"null", b'{"a": 1}'], ids=lambda damage: damage[:4]
)
def test_a_damaged_memory_is_as_good_as_none(damage: bytes) -> None:
    spec = project()
    remember(spec, PROCESSES)
    (cache_dir() / "ways.json").write_bytes(damage)
    assert remembered(spec) is None
    remember(spec, THREADS)
    assert remembered(spec) == THREADS


def test_a_remembered_way_that_is_none_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project()
    remember(spec, SimpleNamespace(__str__=lambda: ""))  # type: ignore[arg-type]
    assert remembered(spec) is None


def test_a_memory_that_cannot_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    set_times(monkeypatch, one=1.0, threads=2.0, processes=0.5)
    spec = project(epochs=10)
    assert choose_way(spec, prepared(spec)) == PROCESSES
    assert remembered(spec) is None


def test_the_memory_keeps_the_latest_entries_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fishlab.core.parallel.remembered.MOST", 3)
    specs: list[Any] = [project(batch_size=size) for size in (1, 2, 3, 4)]
    for spec in specs:
        remember(spec, THREADS)
    assert [remembered(spec) for spec in specs] == [None, THREADS, THREADS, THREADS]


def test_candidates_are_never_more_than_images_or_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    def ways(count: int, batch: int) -> list[str]:
        monkeypatch.setattr(calibration, "processors", lambda: count)
        return [str(way) for way in candidates(batch)]

    assert ways(1, 100) == ["one"]
    assert ways(2, 100) == ["one", "threads:2", "processes:2"]
    assert ways(2, 1) == ["one"]
    assert ways(32, 100) == ["one", "threads:4", "threads:8", "processes:4", "processes:8"]


def test_where_there_is_one_processor_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "processors", lambda: 1)
    tried = set_times(monkeypatch, one=1.0, threads=0.1, processes=0.1)
    spec = project(epochs=10)
    assert choose_way(spec, prepared(spec)) == ONE
    assert (tried, remembered(spec)) == ([], None)
