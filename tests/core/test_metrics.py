"""Precision, recall, F1 and top-k, counted by hand and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from fishlab.core.errors import DataError
from fishlab.core.evaluation import confusion_matrix
from fishlab.core.metrics import ClassScore, class_scores, score_answers, top_accuracy


def test_scores_of_a_small_matrix_counted_by_hand() -> None:
    """Five cats of which three are seen, four dogs all seen, one fish seen as a cat."""
    found = class_scores(np.array([[3, 2, 0], [0, 4, 0], [1, 0, 0]]))
    cat, dog, fish = found.classes
    assert cat == ClassScore(precision=3 / 4, recall=3 / 5, f1=pytest.approx(2 / (4 / 3 + 5 / 3)), support=5)
    assert dog == ClassScore(precision=4 / 6, recall=1.0, f1=pytest.approx(0.8), support=4)
    assert fish == ClassScore(precision=0.0, recall=0.0, f1=0.0, support=1)
    assert found.precision == pytest.approx((0.75 + 2 / 3 + 0) / 3)
    assert found.recall == pytest.approx((0.6 + 1 + 0) / 3)
    assert found.f1 == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert found.accuracy == 0.7


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_what_counting_image_by_image_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, 300)
    seen = np.where(rng.random(300) < 0.5, labels, rng.integers(0, 7, 300))
    found = class_scores(confusion_matrix(labels, seen, 7))
    for number, score in enumerate(found.classes):
        there, called = labels == number, seen == number
        assert score.precision == pytest.approx((there & called).sum() / called.sum())
        assert score.recall == pytest.approx((there & called).sum() / there.sum())
        assert score.f1 == pytest.approx(2 / (1 / score.precision + 1 / score.recall))
        assert score.support == there.sum()
    assert found.accuracy == (labels == seen).mean()


def test_a_class_that_no_image_is_of_and_none_is_seen_as_scores_nothing() -> None:
    found = class_scores(confusion_matrix(np.array([0, 1]), np.array([0, 1]), 3))
    assert found.classes[2] == ClassScore(0.0, 0.0, 0.0, 0)
    assert (found.precision, found.accuracy) == (pytest.approx(2 / 3), 1.0)


def test_a_confusion_matrix_has_a_row_for_each_class() -> None:
    labels, seen = np.array([0, 1, 1]), np.array([0, 0, 1])
    assert confusion_matrix(labels, seen).tolist() == [[1, 0], [1, 1]]
    assert confusion_matrix(labels, seen, 3).tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]


def test_top_k_accuracy_looks_among_the_largest_answers() -> None:
    answers = np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5]])
    labels = np.array([2, 0, 0])
    assert [top_accuracy(answers, labels, k) for k in (1, 2, 3)] == [pytest.approx(n / 3) for n in (1, 2, 3)]


def test_of_equal_answers_the_first_is_the_largest_as_for_argmax() -> None:
    equal = np.ones((3, 4))
    assert top_accuracy(equal, np.array([0, 1, 2]), 1) == pytest.approx(1 / 3)
    assert top_accuracy(equal, np.array([0, 1, 2]), 2) == pytest.approx(2 / 3)


def test_the_score_of_answers_is_cross_entropy_and_the_share_that_is_right() -> None:
    score = score_answers(np.array([[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]]), np.array([0, 0, 0]))
    assert (score.correct, score.total, score.accuracy) == (2, 3, 2 / 3)
    assert score.loss == pytest.approx((np.log(2) + np.log(4) + 0) / 3)
    assert np.isfinite(score_answers(np.array([[1.0, 0.0]]), np.array([1])).loss)


def test_nothing_cannot_be_scored() -> None:
    with pytest.raises(DataError, match="no images to score"):
        class_scores(np.zeros((3, 3), np.intp))
    with pytest.raises(DataError, match="no images to score"):
        top_accuracy(np.empty((0, 3)), np.empty(0, np.intp), 1)
    with pytest.raises(DataError, match="no images to score"):
        score_answers(np.empty((0, 3)), np.empty(0, np.intp))
