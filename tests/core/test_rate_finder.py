"""The rate finder: rates that grow until the loss explodes, and which of them to take."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_runs import prepared, project

from fishlab.core.errors import TrainingError
from fishlab.core.losses import LOSSES
from fishlab.core.parallel.way import Way
from fishlab.core.rate_finder import EXPLODED, RateSearch, find_rate, smoothed


def test_the_rate_that_is_found_learns_and_its_ends_do_not() -> None:
    spec = project(optimizer="sgd")
    found = find_rate(spec, prepared(spec), lowest=1e-4, highest=100.0, steps=60)
    assert 0.01 < found.steepest < found.least < 100
    assert found.smooth[0] == pytest.approx(found.losses[0])
    assert found.smooth.min() < 0.8 * found.smooth[0]


def test_it_ends_once_the_loss_explodes() -> None:
    spec = project(optimizer="sgd").edit_network(
        lambda network: dataclasses.replace(network, loss=LOSSES["squared_error"].item.Spec())
    )
    found = find_rate(spec, prepared(spec), lowest=0.01, highest=100.0, steps=80)
    assert len(found.rates) == len(found.losses) < 80
    allowed = EXPLODED * np.minimum.accumulate(found.smooth)
    assert np.all(found.smooth[:-1] <= allowed[:-1])


def test_rates_grow_by_the_same_factor() -> None:
    spec = project(optimizer="sgd")
    found = find_rate(spec, prepared(spec), lowest=1e-5, highest=1e-3, steps=21)
    assert len(found.rates) == 21
    np.testing.assert_allclose(found.rates[1:] / found.rates[:-1], 100 ** (1 / 20))


def test_steps_are_made_with_the_rates_they_are_said_to_be() -> None:
    """With a rate of nearly nothing the losses are those of the start weights; a schedule takes no part."""
    spec = project(optimizer="sgd")
    frozen = find_rate(spec, prepared(spec), lowest=1e-12, highest=1e-11, steps=10)
    moved = find_rate(spec, prepared(spec), lowest=1e-12, highest=10.0, steps=10)
    np.testing.assert_allclose(moved.losses[:4], frozen.losses[:4], rtol=1e-4)
    assert abs(moved.losses[-1] - frozen.losses[len(moved.losses) - 1]) > 0.1


@pytest.mark.slow
def test_the_same_seed_finds_the_same_in_threads_and_processes() -> None:
    spec = project()
    one, other = (find_rate(spec, prepared(spec), steps=12, way=Way(kind, 2)) for kind in ("threads", "processes"))
    np.testing.assert_array_equal(one.losses, other.losses)


def test_the_steepest_fall_is_found_before_the_least_loss() -> None:
    losses = np.array([2.3, 2.3, 2.2, 1.6, 1.2, 1.1, 1.1, 3.0])
    found = RateSearch(np.geomspace(1e-4, 1, 8), losses, losses)
    assert found.steepest == pytest.approx(found.rates[3])
    assert found.least == pytest.approx(found.rates[5])
    assert RateSearch(found.rates[:1], losses[:1], losses[:1]).steepest == found.rates[0]


def test_smoothing_keeps_a_constant_and_forgets_its_start() -> None:
    np.testing.assert_allclose(smoothed(np.full(30, 1.7)), 1.7)


@pytest.mark.parametrize(
    "given", [{"lowest": 0.0}, {"lowest": 1.0, "highest": 0.1}, {"highest": 1e6}, {"steps": 3}], ids=str
)
def test_rates_that_cannot_be_tried_are_refused(given: dict[str, float]) -> None:
    spec = project()
    with pytest.raises(TrainingError, match="cannot be tried"):
        find_rate(spec, prepared(spec), **given)
