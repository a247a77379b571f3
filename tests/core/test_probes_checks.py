"""What is found out on request: the gradient check and the cost, asked of an observer's sight."""

from __future__ import annotations

import pytest
import small_runs

from fishlab.core.errors import Cancelled, DataError
from fishlab.core.free_memory import free_bytes
from fishlab.core.moment import Moment
from fishlab.core.probes import PROBES
from fishlab.core.sight import Sight

PROJECT = small_runs.project(small_runs.everything())


def sight(moment: Moment | None = None, **options: object) -> Sight:
    return Sight(moment or Moment.fresh(PROJECT), data=lambda _: small_runs.prepared(PROJECT), **options)


@pytest.fixture(scope="module")
def trained() -> Moment:
    return Moment.of(small_runs.trained(PROJECT))


def test_the_gradients_of_a_trained_network_and_of_one_before_its_first_step_are_right(trained: Moment) -> None:
    for moment in (trained, None):
        report = PROBES["gradient_check"].item(sight(moment), images=3, numbers=6)
        assert report.images == 3 and report.compared > 50 and not report.culprits and not report.spoiled


def test_the_check_leaves_the_moment_as_it_is_and_can_be_cancelled(trained: Moment) -> None:
    before = {key: value.copy() for key, value in trained.weights.items()}
    PROBES["gradient_check"].item(sight(trained), images=2, numbers=2)
    small_runs.assert_same_arrays(trained.weights, before)

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        PROBES["gradient_check"].item(sight(trained, look=cancel))


def test_another_attempt_draws_other_numbers(trained: Moment) -> None:
    first, again, other = (
        PROBES["gradient_check"].item(sight(trained), images=2, numbers=4, attempt=attempt) for attempt in (0, 0, 1)
    )
    assert first == again != other


def test_the_cost_is_measured_for_a_batch_and_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    found = PROBES["cost"].item(sight(look=lambda done, total: told.append((done, total))), images=20, steps=2)
    assert found.images == 20 and found.step > 0
    assert [uid for cost in found.costs[:-1] for uid in cost.uids] == [one.uid for one in PROJECT.network.layers]
    assert told == [(done, len(told)) for done in range(len(told))]


def test_a_batch_larger_than_the_memory_is_refused_before_it_is_taken() -> None:
    if free_bytes() is None:
        pytest.skip("this system does not say how much memory is free")
    with pytest.raises(DataError, match="Set a smaller batch size"):
        PROBES["cost"].item(sight(), images=10**12)


def test_fewer_images_than_asked_for_are_all_there_are() -> None:
    images = len(sight().data.train)
    assert PROBES["cost"].item(sight(), images=images + 50, steps=1).images == images
