"""The fastest way is measured once, remembered, and found without any of that where it does not matter."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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


def set_times(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> list[Way]:
    """Let the ways take these times, without anybody who works; returns those that were tried."""
    tried: list[Way] = []

    def time(trial: Trial) -> None:
        tried.append(trial.way)
        trial.seconds = seconds[trial.way.kind]

    monkeypatch.setattr(Trial, "warm_up", time)
    monkeypatch.setattr(Trial, "run", time)
    monkeypatch.setattr(Workplace, "crew", lambda place, way: SimpleNamespace(lost=(), close=lambda: None))
    return tried


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
    assert remembered(spec) == best


def test_what_was_found_is_not_measured_again_for_the_same_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set_times(monkeypatch, one=1.0, threads=2.0, processes=0.5)
    spec = project(epochs=10)
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
    assert tried == [ONE]
    assert remembered(spec) is None
    assert choose_way(spec, prepared(spec), epochs=100) == THREADS


def test_real_trials_take_about_as_long_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project([layer("flatten"), layer("affine", units=30), layer("affine", units=10)], epochs=10**4)
    looks: list[tuple[int, int]] = []
    way = choose_way(spec, prepared(spec), look=lambda tried, total: looks.append((tried, total)))
    assert way in candidates(20)
    assert looks == [(number, 12) for number in range(12)]
    with_one = Trial(spec, prepared(spec), ONE)
    with_one.warm_up()
    with_one.run()
    assert 0 < with_one.seconds < 0.1


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


def test_it_can_be_stopped_at_any_time() -> None:
    spec = project(epochs=10**4)
    for last in (0, 2, 5):  # before anything, between two ways, and when helpers are at work

        def look(tried: int, total: int, last: int = last) -> None:
            if tried == last:
                raise Cancelled("enough")

        with pytest.raises(Cancelled):
            choose_way(spec, prepared(spec), look=look)
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
