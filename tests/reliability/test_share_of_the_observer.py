"""Beside a run, questions take no more than their share of the time, however dear they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from small_runs import dataset, project

from fishlab.core.moment import Moment
from fishlab.core.observer import Observer, Subject
from fishlab.core.probes import Question
from fishlab.core.registry import Registry
from fishlab.core.sight import Sight

SHARE = 0.2
COSTS = {"cheap": 0.001, "dear": 0.03}  # seconds


@dataclass
class Clock:
    """Moves by what is worked, and by what the test says."""

    now: float = 1000.0
    worked: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.worked

    def work(self, seconds: float) -> None:
        self.now, self.worked = self.now + seconds, self.worked + seconds


def test_beside_a_run_dear_questions_are_asked_seldom_and_cheap_ones_often(monkeypatch: pytest.MonkeyPatch) -> None:
    probes: Registry[Any] = Registry("probe")
    clock, looks = Clock(), dict.fromkeys(COSTS, 0)
    monkeypatch.setattr("fishlab.core.observer.PROBES", probes)
    monkeypatch.setattr("fishlab.core.observer.time", clock)

    def work(name: str) -> Callable[[Sight], None]:
        def probe(_: Sight) -> None:
            looks[name] += 1
            clock.work(COSTS[name])

        return probe

    for name in COSTS:
        probes.register(name, title=name)(work(name))
    observer = Observer(lambda spec, progress: dataset())
    try:
        observer.set_share(SHARE)
        observer.want([Question(name) for name in COSTS])
        moment, began = Moment.fresh(project()), clock.now
        while clock.now < began + 3.0:
            observer.show(Subject(replace(moment)))
            until_nothing_is_due(observer, clock)
            clock.now += 0.005
        passed, spent = clock.now - began, sum(looks[name] * cost for name, cost in COSTS.items())
    finally:
        assert observer.stop(30)
    assert looks["dear"] == pytest.approx(SHARE / 2 * passed / COSTS["dear"], rel=0.2), "half of the share each"
    assert looks["cheap"] > 10 * looks["dear"]
    assert 0.7 * SHARE * passed < spent < SHARE * passed + sum(COSTS.values())


def until_nothing_is_due(observer: Observer, clock: Clock) -> None:
    """Wait for the observer's thread, which answers what is due now; half a minute is never."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with observer._condition:
            if all(due > clock.now for due, _ in observer._open()):
                return
        time.sleep(0.0005)
    pytest.fail("what is due is not answered")
