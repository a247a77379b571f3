"""A series that grows is averaged as if it had been there all at once. The module is the plots', but knows no Qt."""

from __future__ import annotations

import math

import numpy as np
import pytest
from instructions import instructions

from fishlab.core.history import Table
from fishlab.ui.plots.series import Series, averaged


def table(values: np.ndarray) -> Table:
    made = Table(("x", "images", "loss"))
    for index, value in enumerate(values.tolist()):
        made.append((index + 1) / 600, 100, value)
    return made


def one_by_one(values: np.ndarray, span: float) -> np.ndarray:
    """The definition, value by value."""
    keep, average, found = 1 - 1 / span, 0.0, []
    for number, value in enumerate(values.tolist(), 1):
        average = keep * average + (1 - keep) * value
        found.append(average / (1 - keep**number))
    return np.array(found)


@pytest.mark.parametrize("span", [1, 1.5, 25, 10_000])
def test_the_average_is_that_of_its_definition(span: float) -> None:
    values = np.random.default_rng(0).normal(3, 1, 3000)
    series = Series(table(values), "loss", span)
    np.testing.assert_allclose(series.smooth, one_by_one(values, span), rtol=1e-9)
    assert series.smooth[0] == pytest.approx(values[0])
    np.testing.assert_array_equal(series.y, values)


def test_a_series_that_grows_is_averaged_as_one_that_was_there_all_at_once() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    grown = table(values[:1])
    series = Series(grown, "loss", 40)
    for begin, end in ((1, 2), (2, 700), (700, 700), (700, 5000)):
        for index in range(begin, end):
            grown.append((index + 1) / 600, 100, values[index])
        series.follow()
        assert len(series.x) == end
    np.testing.assert_allclose(series.smooth, Series(grown, "loss", 40).smooth, rtol=1e-9)


def test_another_span_averages_all_anew() -> None:
    values = np.random.default_rng(2).normal(size=500)
    series = Series(table(values), "loss", 3)
    series.set_span(50)
    np.testing.assert_allclose(series.smooth, one_by_one(values, 50), rtol=1e-9)
    series.set_span(1)
    np.testing.assert_array_equal(series.smooth, values)


def test_what_is_not_finite_is_left_out_and_the_average_goes_on() -> None:
    values = np.array([1.0, math.nan, 3.0, math.inf, 5.0, -math.inf])
    series = Series(table(values), "loss", 2)
    assert series.y.tolist() == [1.0, 3.0, 5.0]
    assert series.x.tolist() == [1 / 600, 3 / 600, 5 / 600]
    np.testing.assert_allclose(series.smooth, one_by_one(np.array([1.0, 3.0, 5.0]), 2))


def test_a_series_of_nothing_has_nothing() -> None:
    series = Series(table(np.array([math.nan])), "loss", 25)
    assert len(series.x) == len(series.smooth) == 0
    series.set_span(3)
    assert len(series.smooth) == 0


def test_averaging_leaves_what_it_gets() -> None:
    values = np.ones(10)
    averaged(values, 0.5)
    assert values.tolist() == [1.0] * 10


def test_many_values_are_averaged_in_a_few_calls_of_numpy_and_gone_on_with_without_a_look_at_them() -> None:
    rows = np.random.default_rng(3).normal(size=(100_000, 3))
    grown = Table(("x", "images", "loss"), rows)
    series = Series(grown, "loss", 25)
    assert instructions(lambda: series.set_span(10_000)) < 2000
    series._store[...] = math.nan  # who looks at the past finds nothing there
    for row in rows[:100].tolist():
        grown.append(*row)
    assert instructions(series.follow) < 2000
    whole = Series(Table(grown.columns, grown.rows), "loss", 10_000)
    np.testing.assert_allclose(series.smooth[-100:], whole.smooth[-100:], rtol=1e-9)
