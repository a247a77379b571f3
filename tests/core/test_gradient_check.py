"""The gradient check of whole stacks: no false alarm, corners counted, progress told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from checked_stacks import batch, checked, on_rows
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.checking import Comparison, GradientReport, Verdict, check, check_gradients
from fishlab.core.errors import Cancelled, NetworkError
from fishlab.core.losses import LOSSES
from fishlab.core.network import Network
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec
from fishlab.core.templates import TEMPLATES


def test_a_loss_with_a_wrong_gradient_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = LOSSES["softmax_cross_entropy"].item
    right = loss.backward
    monkeypatch.setattr(loss, "backward", lambda self: right(self) * 2)
    spec = on_rows(layer("tanh"), "in the middle")
    report = checked(spec)
    assert [culprit.title for culprit in report.culprits] == ["Softmax + loss"]
    assert {spoiled.gradient for spoiled in report.spoiled} == {"dW", "db"}


# -- no false alarm --------------------------------------------------------------------------------------------------
def all_right(report: GradientReport) -> bool:
    return {finding.verdict for finding in report.findings} == {Verdict.RIGHT}


TRAINABLE = [entry.kind for entry in TEMPLATES if infer(entry.item().network).ok]


@pytest.mark.one_in(15)
@pytest.mark.parametrize("kind", TRAINABLE)
def test_a_template_is_right_on_images_with_a_black_border(kind: str) -> None:
    spec = TEMPLATES[kind].item().network
    images, labels = batch(spec, count=2)
    images = np.abs(images)
    images[:, : len(images[0]) // 3] = 0
    assert all_right(check_gradients(spec, Network(spec, seed=2).arrays(), images, labels, most=3))


@pytest.mark.one_in(4)
@pytest.mark.parametrize("seed", range(500, 512))
def test_a_generated_stack_is_right(seed: int) -> None:
    assert all_right(checked(random_stack(seed, small=True), seed=seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(512, 620))
def test_many_generated_stacks_are_right(seed: int) -> None:
    assert all_right(checked(random_stack(seed, small=True), most=30, seed=seed))


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_every_loss_is_right(kind: str) -> None:
    spec = dataclasses.replace(on_rows(layer("tanh"), "in the middle"), loss=LOSSES[kind].item.Spec())
    assert all_right(checked(spec))


def test_frozen_layers_are_checked_for_what_they_pass_on() -> None:
    spec = on_rows(layer("batch_normalization", frozen=True), "in the middle")
    report = checked(spec)
    assert all_right(report)
    assert [finding.gradient for finding in report.findings if finding.number == "3"] == ["dx"]


# -- corners ---------------------------------------------------------------------------------------------------------
def test_numbers_on_the_corner_of_a_relu_are_counted_and_not_called_wrong() -> None:
    spec = NetworkSpec(in_shape=(8,), layers=(layer("relu"), layer("affine", units=10)))
    images, labels = batch(spec)
    images[:4] = 0
    report = check_gradients(spec, Network(spec, seed=1).arrays(), images, labels, most=32)
    relu = report.findings[0]
    assert (relu.title, relu.verdict) == ("ReLU", Verdict.RIGHT)
    assert relu.alone == Comparison(relu.alone.largest, compared=16, corners=16, wrong=0)
    assert report.corners == 16


def test_where_all_numbers_stand_on_corners_those_beside_are_compared() -> None:
    spec = NetworkSpec(in_shape=(1, 4, 4), layers=(layer("max_pool"), layer("flatten"), layer("affine", units=10)))
    _, labels = batch(spec)
    report = check_gradients(spec, Network(spec, seed=1).arrays(), np.zeros((1, 4, 4, 4)), labels, most=10)
    pool = report.findings[0].alone
    assert pool.compared == 10 and pool.wrong == 0


def test_a_step_is_right_away_from_its_edge() -> None:
    spec = on_rows(layer("step", forward_only=True), "in the middle")
    assert all_right(checked(spec))


# -- manners ---------------------------------------------------------------------------------------------------------
def test_progress_rises_to_the_end_and_the_check_can_be_cancelled() -> None:
    spec, told = on_rows(layer("tanh"), "in a body"), list[tuple[int, int]]()
    weights = Network(spec, seed=1).arrays()
    check_gradients(spec, weights, *batch(spec), look=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1] and told[0][0] == 0
    assert len({total for _, total in told}) == 1

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        check_gradients(spec, weights, *batch(spec), look=cancel)


def test_weights_and_images_are_left_as_they_are_and_the_same_seed_finds_the_same() -> None:
    spec = random_stack(503, small=True)
    weights, (images, labels) = Network(spec, seed=1).arrays(), batch(spec)
    before = {key: value.copy() for key, value in weights.items()}, images.copy()
    first, again = (check_gradients(spec, weights, images, labels, most=5) for _ in range(2))
    assert first == again
    assert all(np.array_equal(before[0][key], value) for key, value in weights.items())
    assert np.array_equal(before[1], images)


def test_a_check_that_needs_more_memory_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = on_rows(layer("tanh"), "in the middle")
    monkeypatch.setattr(check, "free_bytes", lambda: 10_000)
    with pytest.raises(NetworkError, match="Check fewer images"):
        checked(spec)
