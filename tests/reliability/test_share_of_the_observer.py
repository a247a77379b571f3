"""Beside a run, questions take no more than their share of the time, however dear they are."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from small_runs import dataset, project

from fishlab.core.moment import Moment
from fishlab.core.observer import Observer, Subject
from fishlab.core.probes import Question
from fishlab.core.registry import Registry
from fishlab.core.sight import Sight


@pytest.mark.alone
def test_beside_a_run_dear_questions_are_asked_seldom_and_cheap_ones_often(monkeypatch: pytest.MonkeyPatch) -> None:
    probes: Registry[Any] = Registry("probe")
    monkeypatch.setattr("fishlab.core.observer.PROBES", probes)
    looks = {"cheap": 0, "dear": 0}

    def work(name: str, seconds: float) -> Callable[[Sight], None]:
        def probe(_: Sight) -> None:
            looks[name] += 1
            end = time.thread_time() + seconds
            while time.thread_time() < end:
                pass

        return probe

    probes.register("cheap", title="Cheap")(work("cheap", 0.001))
    probes.register("dear", title="Dear")(work("dear", 0.03))
    observer = Observer(lambda spec, progress: dataset())
    try:
        observer.set_share(0.2)
        observer.want([Question("cheap"), Question("dear")])
        moment = Moment.fresh(project())
        began = time.monotonic()
        while (passed := time.monotonic() - began) < 1.5:
            observer.show(Subject(replace(moment)))
            time.sleep(0.005)
        assert looks["dear"] <= 1 + passed / 0.3 and looks["cheap"] > 2 * looks["dear"]
        assert looks["dear"] * 0.03 + looks["cheap"] * 0.001 < 0.2 * passed + 0.06
    finally:
        assert observer.stop(10)
