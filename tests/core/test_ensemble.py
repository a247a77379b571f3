"""Several networks that answer together: the mean of what they answer, each seeing the images as it did in training."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_runs import dense, images, layer, project, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.scaling import Scaling
from fishlab.core.ensemble import Ensemble, Member
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import evaluate_now, finish, recognise

UNSEEN = images(600, 21)


@pytest.fixture(scope="module")
def models() -> list[Checkpoint]:
    """Five that began with other weights, saw other images and scale them each in its own way."""
    return [trained(project(dense(), seed=seed, epochs=25, optimizer="adam", rate=0.01)) for seed in range(5)]


def by_hand(models: list[Checkpoint]) -> np.ndarray:
    found = [model.network().predict(model.scaling.apply(UNSEEN.images)) for model in models]
    return np.mean([answer.astype(np.float64) for answer in found], axis=0)


def test_it_answers_the_mean_of_its_members_each_with_its_own_scaling(models: list[Checkpoint]) -> None:
    assert len({model.scaling.scale for model in models}) == 5
    ensemble = Ensemble.of(models)
    np.testing.assert_allclose(ensemble.predict(UNSEEN.images), by_hand(models), rtol=1e-12)
    np.testing.assert_allclose(finish(ensemble.answers(UNSEEN)), by_hand(models), rtol=1e-6)


def test_it_is_right_more_often_than_its_members_are_on_average(models: list[Checkpoint]) -> None:
    score = finish(Ensemble.of(models).evaluate(UNSEEN))
    single = [evaluate_now(model.network(), UNSEEN, model.scaling) for model in models]
    assert score.accuracy > np.mean([member.accuracy for member in single])
    assert score.loss < np.mean([member.loss for member in single])
    assert score.correct == int((by_hand(models).argmax(axis=1) == UNSEEN.labels).sum())


def test_one_alone_answers_as_it_does(models: list[Checkpoint]) -> None:
    score = finish(Ensemble.of(models[:1]).evaluate(UNSEEN))
    alone = evaluate_now(models[0].network(), UNSEEN, models[0].scaling)
    assert (score.correct, score.total) == (alone.correct, alone.total)
    assert score.loss == pytest.approx(alone.loss, rel=1e-5)


def test_it_answers_wherever_a_network_and_its_scaling_are_asked(models: list[Checkpoint]) -> None:
    ensemble = Ensemble.of(models)
    digit = UNSEEN.images[3]
    np.testing.assert_allclose(recognise(ensemble, digit, ensemble.scaling), by_hand(models)[3], rtol=1e-5)


def test_its_progress_goes_over_all_members(models: list[Checkpoint]) -> None:
    done = [(event.done, event.total) for event in Ensemble.of(models[:3]).answers(UNSEEN)]
    assert done == sorted(done) and done[-1] == (1800, 1800)
    assert len(done) >= 18


def test_it_takes_the_best_epochs_and_half_precision() -> None:
    kept = [trained(project(dense(), seed=seed, epochs=2, keep_best=True)) for seed in (1, 2)]
    half = Ensemble.of(kept, best=True, precision="float16")
    assert all((member.network.values == member.network.values.astype(np.float16)).all() for member in half.members)
    with pytest.raises(TrainingError, match="kept no best epoch"):
        Ensemble.of([trained(project(dense(), keep_best=False))], best=True)


def test_networks_for_other_images_or_classes_do_not_go_together(models: list[Checkpoint]) -> None:
    one = models[0]
    spec = dataclasses.replace(one.project.network, classes=7, name="Seven").with_layers(
        [layer("flatten"), layer("affine", units=7)]
    )
    seven = dataclasses.replace(one, project=one.project.replace(network=spec), weights={})
    with pytest.raises(TrainingError, match="tells 10 classes apart, “Seven” takes 1 × 8 × 8 and tells 7"):
        Ensemble.of([one, seven])
    with pytest.raises(TrainingError, match="at least one network"):
        Ensemble([])


def test_members_are_networks_with_their_scalings(models: list[Checkpoint]) -> None:
    member = Member(models[0].network(), Scaling(1 / 255, 0.0))
    alone = member.network.predict(UNSEEN.images[:4].astype(np.float32) / np.float32(255))
    assert Ensemble([member, member]).predict(UNSEEN.images[:4]) == pytest.approx(alone, rel=1e-5)
