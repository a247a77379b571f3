"""Evaluation and predictions: the same bits from any number of threads, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from small_runs import everything, images, layer

from fishlab.core import evaluation
from fishlab.core.data.prepare import Scaling
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import (
    confusion_matrix,
    evaluate,
    evaluate_now,
    finish,
    predictions,
    recognise,
    worth_threads,
)
from fishlab.core.events import Evaluating
from fishlab.core.network import PREDICTED_AT_ONCE, Network
from fishlab.core.spec import NetworkSpec
from fishlab.core.templates import find_template

SCALING = Scaling(1 / 255, -0.1)
SEEN = images(1030, 4)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def network() -> Network:
    return Network(NetworkSpec(name="Small", in_shape=(1, 8, 8), layers=tuple(everything())), seed=5)


def classes_in_one_pass(built: Network) -> np.ndarray:
    return built.predict(SCALING.apply(SEEN.images)).argmax(axis=1)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_the_score_has_the_same_bits_from_any_number_of_threads(threads: int) -> None:
    built = network()
    alone = evaluate_now(built, SEEN, SCALING, threads=1)
    assert evaluate_now(built, SEEN, SCALING, threads=threads) == alone
    assert alone.total == 1030
    assert alone.correct == np.count_nonzero(classes_in_one_pass(built) == SEEN.labels)


@pytest.mark.parametrize("threads", [1, 3])
def test_predictions_stand_in_the_order_of_the_images(threads: int) -> None:
    built = network()
    found = finish(predictions(built, SEEN, SCALING, threads=threads))
    np.testing.assert_array_equal(found, classes_in_one_pass(built))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_progress_only_grows_and_ends_with_all_images(threads: int) -> None:
    steps = list(evaluate(network(), SEEN, SCALING, threads=threads))
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert steps[-1] == Evaluating(1030, 1030)


def test_evaluation_changes_nothing_in_the_network() -> None:
    built = network()
    before = {key: array.tobytes() for key, array in built.arrays().items()}
    evaluate_now(built, SEEN, SCALING, threads=2)
    assert {key: array.tobytes() for key, array in built.arrays().items()} == before


@pytest.mark.parametrize("size", [1, PREDICTED_AT_ONCE])
def test_looking_at_a_network_between_steps_leaves_the_bits_of_its_training(size: int) -> None:
    """With batches of the size that the look takes, so that both use the same buffers."""
    plain, watched = network(), network()
    x, labels = np.moveaxis(SCALING.apply(SEEN.images[:size]), 0, -1), SEEN.labels[:size]
    for step in range(3):
        for built in (plain, watched):
            built.begin_step(step)
            built.gradient_step(x, labels)
            built.values -= 0.1 * built.grads
        recognise(watched, SEEN.images[step], SCALING)
        evaluate_now(watched, SEEN, SCALING, threads=2)
    assert watched.values.tobytes() == plain.values.tobytes()
    assert watched.state.tobytes() == plain.state.tobytes()


def test_a_digit_is_recognised_without_a_warning_however_wild_the_weights() -> None:
    built = network()
    built.values[...] = 1e30
    assert recognise(built, SEEN.images[0], SCALING).shape == (10,)


def test_more_threads_than_batches_are_fine() -> None:
    assert len(finish(predictions(network(), images(7, 1), SCALING, threads=4))) == 7


def test_every_thread_that_computes_goes_through_arrays_alike_and_the_setting_is_given_back() -> None:
    before, seen = np.getbufsize(), set()
    finish(evaluation.over_batches(network(), SEEN, SCALING, lambda *_: seen.add(np.getbufsize()), threads=3))
    assert seen == {evaluation.UFUNC_BUFFER}
    assert np.getbufsize() == before


class Broken(Exception):
    """Raised where a test wants an error."""


def test_a_generator_closed_early_ends_its_threads_before_they_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []
    gather = evaluation.Batcher.gather
    monkeypatch.setattr(evaluation.Batcher, "gather", lambda *words: gathered.append(1) or gather(*words))
    many = images(30_000, 4)
    steps = evaluate(network(), many, SCALING, threads=3)
    next(steps)
    steps.close()
    assert len(gathered) < 250


@pytest.mark.parametrize("where", ["the caller's thread", "a helping thread"])
def test_an_error_in_any_thread_reaches_the_caller(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main, both = threading.current_thread(), threading.Barrier(2)
    met: set[threading.Thread] = set()

    def broken(built: Network, x: np.ndarray, labels: np.ndarray) -> None:
        this = threading.current_thread()
        if this not in met:  # else one thread could be done before the other has begun
            met.add(this)
            both.wait(30)
        if (this is main) == (where == "the caller's thread"):
            raise Broken(where)

    with pytest.raises(Broken, match=where):
        finish(evaluation.over_batches(network(), SEEN, SCALING, broken, threads=2))


def test_images_of_another_size_are_refused_before_a_thread_starts() -> None:
    spec = find_template("TwoLayerNet").item().network
    with pytest.raises(TrainingError, match="the images are 1 × 8 × 8"):
        next(predictions(Network(spec), SEEN, SCALING, threads=2))


def test_threads_pay_for_much_work_and_not_beyond_processors_batches_and_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "processors", lambda: 6)
    deep, small = find_template("DeepConvNet").item().network, find_template("TwoLayerNet").item().network
    assert worth_threads(deep, 10_000) == 6
    assert worth_threads(deep, 250) == 3
    assert worth_threads(deep, 100) == 1
    assert worth_threads(small, 1_000) == 1
    monkeypatch.setattr(evaluation, "TWIN_BYTES", 2 * evaluation._working_bytes(evaluation.infer(deep)))
    assert worth_threads(deep, 10_000) == 3


def test_a_network_without_a_product_is_evaluated_by_one_thread() -> None:
    assert worth_threads(NetworkSpec(name="Flat", in_shape=(1, 2, 5), layers=(layer("flatten"),)), 60_000) == 1


def test_a_confusion_matrix_has_the_true_classes_as_rows() -> None:
    counts = confusion_matrix(np.array([0, 0, 2, 2, 2], np.uint8), np.array([0, 1, 2, 2, 0]))
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 2]]
