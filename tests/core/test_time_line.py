"""Moments of a run, evenly spread, in bounded memory, however long it is."""

from __future__ import annotations

import numpy as np

from fishlab.core.events import Position
from fishlab.core.moment import Moment
from fishlab.core.templates import find_template
from fishlab.core.time_line import TimeLine

PROJECT = find_template("TwoLayerNet").item()
START = {"w": np.zeros(100, np.float32)}


def moment(step: int, numbers: int = 100) -> Moment:
    return Moment(PROJECT, {"w": np.zeros(numbers, np.float32)}, START, Position(0, step, step), step / 100)


def steps(line: TimeLine) -> list[int]:
    return [one.step for one in line.moments]


def test_all_moments_are_kept_while_there_is_room() -> None:
    line = TimeLine(most=10)
    for step in range(10):
        line.add(moment(step))
    assert steps(line) == list(range(10)) and line.stride == 1


def test_a_long_run_is_thinned_evenly_and_keeps_its_first_and_its_newest_moment() -> None:
    line = TimeLine(most=20)
    for step in range(0, 10_001, 10):
        line.add(moment(step))
        assert len(line.moments) <= 20 and steps(line)[-1] == step and steps(line)[0] == 0
    gaps = np.diff(steps(line)[:-1])
    assert len(line.moments) > 9, "half of them stay, each time"
    assert gaps.min() >= line.stride and gaps.max() <= 2 * line.stride


def test_moments_that_come_at_odd_times_are_thinned_as_evenly() -> None:
    rng = np.random.default_rng(3)
    line = TimeLine(most=30)
    for step in np.cumsum(rng.integers(1, 40, 3000)):
        line.add(moment(int(step)))
    gaps = np.diff(steps(line)[:-1])
    assert 15 <= len(line.moments) <= 30 and gaps.max() <= 2 * gaps.min() + 40


def test_large_networks_have_fewer_moments_and_never_more_bytes_than_they_may() -> None:
    line = TimeLine(most=200, most_bytes=10 * 4 * 1000)
    for step in range(1000):
        line.add(moment(step, numbers=1000))
        assert sum(one.nbytes for one in line.moments) <= 10 * 4 * 1000
    assert 5 <= len(line.moments) <= 10


def test_of_networks_of_which_no_two_fit_the_newest_is_there() -> None:
    line = TimeLine(most_bytes=6_000)
    for step in range(5):
        line.add(moment(step, numbers=1000))
        assert steps(line) == [step]
    line = TimeLine(most_bytes=1)
    line.begin(moment(0))
    line.add(moment(7))
    assert steps(line) == [7]


def test_the_same_step_again_takes_the_place_of_the_first() -> None:
    line = TimeLine()
    line.add(moment(0))
    line.add(moment(7))
    again = moment(7)
    line.add(again)
    assert steps(line) == [0, 7] and line.moments[-1] is again


def test_a_run_that_begins_forgets_the_one_before() -> None:
    line = TimeLine(most=4)
    for step in range(50):
        line.add(moment(step))
    first = moment(0)
    line.begin(first)
    assert line.moments == (first,) and line.stride == 1
