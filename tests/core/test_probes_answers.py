"""What a network answers to images whose labels are known, and how far its confidence can be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import small_runs

from fishlab.core.errors import DataError, FishLabError
from fishlab.core.evaluation import answers as evaluated
from fishlab.core.evaluation import finish
from fishlab.core.losses import LOSSES
from fishlab.core.metrics import calibration, class_scores
from fishlab.core.moment import Moment
from fishlab.core.probes import PROBES
from fishlab.core.probes import answers as probe
from fishlab.core.sight import Sight
from fishlab.core.spec import ProjectSpec


def sight_of(project: ProjectSpec) -> Sight:
    return Sight(Moment.of(small_runs.trained(project)), data=lambda _: small_runs.prepared(project))


def ask(sight: Sight, **options: object) -> probe.Answers:
    found = PROBES["answers"].item(sight, **options)
    assert found is not None
    return found


@pytest.fixture
def project() -> ProjectSpec:
    spec = small_runs.project(epochs=2)
    return replace(spec, data=replace(spec.data, validation=0.5))


@pytest.fixture
def sight(project: ProjectSpec) -> Sight:
    return sight_of(project)


# -- the answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["validation", "train", "test"])
def test_the_answers_are_those_of_an_evaluation(sight: Sight, split: str) -> None:
    images = getattr(sight.data, split)
    expected = finish(evaluated(sight.network, images, sight.scaling))
    found = ask(sight, split=split)
    assert (found.split, len(found), found.total) == (split, len(images), len(images))
    np.testing.assert_array_equal(found.labels, images.labels)
    np.testing.assert_array_equal(found.seen, expected.argmax(axis=1))
    np.testing.assert_allclose(found.confidence, expected.max(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found.right, expected[np.arange(len(images)), images.labels], rtol=1e-5, atol=1e-7)
    assert found.probabilities and found.class_names == tuple("0123456789") and found.x == sight.moment.x


def test_the_same_moment_gives_the_same_answers_to_the_last_bit(sight: Sight) -> None:
    one, other = ask(sight), ask(Sight(sight.moment, data=lambda _: sight.data))
    assert one.confidence.tobytes() == other.confidence.tobytes()


def test_looking_changes_nothing_of_the_moment(sight: Sight) -> None:
    before = {key: value.copy() for key, value in sight.moment.weights.items()}
    ask(sight)
    small_runs.assert_same_arrays(before, dict(sight.moment.weights))


def test_fewer_images_are_said_of_how_many(sight: Sight, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "FEWEST", 25)
    monkeypatch.setattr(probe, "QUICK_WORK", 1)
    assert len(ask(sight, split="train")) == 60
    found = ask(sight, split="train", quick=True)
    assert (len(found), found.total) == (25, 60)
    np.testing.assert_array_equal(found.images, sight.data.train.images[:25])


def test_a_network_of_much_work_sees_fewer_images(sight: Sight) -> None:
    each = 64 * 12 + 12 * 10
    assert probe.affordable(sight, 4_321 * each) == 4_300
    assert probe.affordable(sight, 1) == probe.FEWEST


def test_without_a_split_to_validate_the_training_images_answer_and_it_is_said() -> None:
    project = small_runs.project()
    project = replace(project, data=replace(project.data, validation=0.0))
    found = ask(sight_of(project))
    assert (found.split, found.total) == ("train", 120)


def test_confusion_and_scores_come_from_the_same_answers(sight: Sight) -> None:
    found = ask(sight)
    assert found.confusion.sum() == len(found)
    assert np.diag(found.confusion).sum() == found.correct.sum()
    assert found.scores == class_scores(found.confusion)
    for label, seen in [(0, None), (None, 3), (2, 2), (None, None)]:
        places = found.of(label, seen)
        assert len(places) == found.confusion[slice(label, label + 1) if label is not None else slice(None)][
            :, slice(seen, seen + 1) if seen is not None else slice(None)
        ].sum()
        assert label is None or set(found.labels[places]) <= {label}
        assert seen is None or set(found.seen[places]) <= {seen}


def test_a_network_of_squared_error_gives_no_probabilities(project: ProjectSpec) -> None:
    network = replace(project.network, loss=LOSSES["squared_error"].item.Spec())
    found = ask(sight_of(replace(project, network=network)))
    assert not found.probabilities and found.loss == "Squared error"
    assert len(found.confusion) == 10


def test_somebody_who_waits_no_longer_stops_it_between_two_parts(sight: Sight, monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(FishLabError):
        pass

    told = []

    def look(done: int, total: int) -> None:
        told.append((done, total))
        if done:
            raise Enough("enough")

    monkeypatch.setattr(probe, "AT_ONCE", 20)
    sight.look = look
    with pytest.raises(Enough):
        ask(sight, split="train")
    assert told == [(0, 60), (20, 60)]


def test_images_that_do_not_fit_the_network_are_refused(sight: Sight) -> None:
    other = replace(sight.moment.project, network=small_runs.project().network)
    images = small_runs.images(20, 3)
    wide = replace(sight.data, validation=type(images)(images.images.repeat(2, axis=3), images.labels))
    with pytest.raises(FishLabError, match="8"):
        ask(Sight(replace(sight.moment, project=other), data=lambda _: wide))


def test_own_images_are_answered_all_together(sight: Sight) -> None:
    images = small_runs.images(7, 9).images
    found = PROBES["answers_to"].item(sight, images=images.tobytes())
    np.testing.assert_allclose(found, sight.network.predict(sight.scaling.apply(images)), rtol=1e-6)
    assert PROBES["answers_to"].item(sight, images=b"") is None
    assert PROBES["answers_to"].item(sight, images=b"123") is None


# -- calibration -----------------------------------------------------------------------------------------------------


def test_calibration_of_four_answers_counted_by_hand() -> None:
    """Two bins: 0.4 and 0.5 with one right, 0.8 and 1.0 with both right."""
    found = calibration(np.array([0.4, 0.5, 0.8, 1.0]), np.array([True, False, True, True]), bins=2)
    assert found.edges.tolist() == [0, 0.5, 1]
    assert found.counts.tolist() == [2, 2]
    assert found.confidence == pytest.approx([0.45, 0.9])
    assert found.accuracy.tolist() == [0.5, 1.0]
    assert found.error == pytest.approx((0.05 + 0.1) / 2)
    assert found.largest == pytest.approx(0.1)
    assert found.excess == pytest.approx(0.675 - 0.75), "it could be surer of itself"


def test_answers_that_are_right_as_often_as_they_say_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.1, 1, 200_000)
    found = calibration(sure, rng.random(len(sure)) < sure)
    assert found.error < 0.01 and abs(found.excess) < 0.01
    shifted = calibration(np.minimum(1, sure + 0.08), rng.random(len(sure)) < sure)
    assert shifted.excess == pytest.approx(0.08, abs=0.01)


def test_the_error_is_the_mean_gap_weighted_by_how_many_answers_are_in_each_bin() -> None:
    rng = np.random.default_rng(1)
    sure, right = rng.random(500), rng.random(500) < 0.6
    found = calibration(sure, right, bins=10)
    expected = 0.0
    for low in range(10):
        inside = (sure > low / 10) & (sure <= (low + 1) / 10)
        if inside.any():
            expected += inside.sum() / 500 * abs(right[inside].mean() - sure[inside].mean())
    assert found.error == pytest.approx(expected)


def test_an_empty_bin_counts_for_nothing() -> None:
    found = calibration(np.full(3, 0.99), np.array([True, True, True]))
    assert found.counts.sum() == found.counts[-1] == 3
    assert found.error == found.largest == pytest.approx(0.01)


@pytest.mark.parametrize("wrong", [np.array([1.5]), np.array([-0.1]), np.array([np.nan])])
def test_what_is_no_probability_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        calibration(wrong, np.array([True]))


def test_no_answers_cannot_be_calibrated() -> None:
    with pytest.raises(DataError, match="no images to score"):
        calibration(np.empty(0), np.empty(0, bool))
    with pytest.raises(DataError, match="not both"):
        calibration(np.ones(3), np.ones(2, bool))
