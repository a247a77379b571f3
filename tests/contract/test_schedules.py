"""The contract of every registered schedule, and each against its formula."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest

from fishlab.core.errors import FieldError, SpecError, UnknownKindError
from fishlab.core.fields import describe
from fishlab.core.schedules import CONSTANT, SCHEDULES, ScheduleSpec, schedule_from_dict

every_kind = pytest.mark.parametrize("kind", SCHEDULES.kinds())


def build(kind: str, **values: Any) -> ScheduleSpec:
    return SCHEDULES[kind].item(**values)


@every_kind
def test_a_schedule_describes_itself_and_comes_back_from_json(kind: str) -> None:
    entry = SCHEDULES[kind]
    assert entry.title and entry.chapter and entry.help.endswith(".")
    assert all(info.label and info.help.endswith(".") for info in describe(entry.item))
    spec = build(kind, warm_up=2.5)
    assert spec.kind == kind
    assert schedule_from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@every_kind
def test_a_schedule_begins_with_the_whole_rate_and_never_rises(kind: str) -> None:
    factors = [build(kind).factor(step / 7, 10) for step in range(100)]  # also beyond the end of the run
    assert factors[0] == 1
    assert all(0 <= later <= earlier for earlier, later in pairwise(factors))


@every_kind
def test_a_warm_up_climbs_in_a_straight_line_and_the_schedule_begins_after_it(kind: str) -> None:
    warm, cold = build(kind, warm_up=3.0), build(kind)
    assert [warm.factor(x, 10) for x in (0, 0.75, 1.5)] == [0, 0.25, 0.5]
    assert [warm.factor(3 + x, 10) for x in (0, 2, 6.5)] == [cold.factor(x, 7) for x in (0, 2, 6.5)]


@every_kind
def test_in_a_warm_up_the_first_step_learns_and_the_last_has_the_whole_rate(kind: str) -> None:
    warm = build(kind, warm_up=2.0)
    assert [warm.factor(step / 4, 10, 1 / 4) for step in range(8)] == [(step + 1) / 8 for step in range(8)]


def test_every_schedule_has_its_formula() -> None:
    places = (0.0, 0.5, 3.0, 4.99, 5.0, 9.75)
    wanted: dict[str, list[float]] = {
        "constant": [1.0] * 6,
        "step": [1, 1, 0.5, 0.5, 0.5, 0.125],
        "exponential": [0.8**x for x in places],
        "cosine": [(1 + math.cos(math.pi * x / 10)) / 2 for x in places],
        "inverse_time": [1 / (1 + 0.25 * x) for x in places],
    }
    values = {"step": {"every": 3, "gamma": 0.5}, "exponential": {"gamma": 0.8}, "inverse_time": {"decay": 0.25}}
    assert set(wanted) == set(SCHEDULES.kinds()), "Write the formula of the new schedule here."
    for kind, factors in wanted.items():
        spec = build(kind, **values.get(kind, {}))
        assert [spec.factor(x, 10) for x in places] == pytest.approx(factors, rel=1e-14), kind


def test_a_cosine_ends_with_the_run_or_where_it_is_told_and_stays_there() -> None:
    assert build("cosine", floor=0.1).factor(10, 10) == 0.1
    short = build("cosine", length=4, warm_up=1.0, floor=0.1)
    assert short.factor(2.5, 10) == pytest.approx(0.55)
    assert [short.factor(x, 10) for x in (4, 7)] == [0.1, 0.1]


def test_what_is_no_schedule_is_refused() -> None:
    assert schedule_from_dict(None) is CONSTANT
    for data in (3, "cosine", [], {}, {"kind": 5}):
        with pytest.raises(SpecError, match="A schedule is no table"):
            schedule_from_dict(data)
    with pytest.raises(UnknownKindError, match="did you mean 'cosine'"):
        schedule_from_dict({"kind": "cosin"})
    with pytest.raises(FieldError, match="Gamma is 2"):
        build("step", gamma=2.0)
