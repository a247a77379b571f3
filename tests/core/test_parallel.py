"""Threads and processes: the same bits for as many workers, and one worker's numbers to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import assert_same_model, dense, everything, images, layer, prepared, project, run, trained
from threadpoolctl import threadpool_info, threadpool_limits

from fishlab.core import optimizers
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset
from fishlab.core.data.prepare import prepare
from fishlab.core.events import EpochDone, Evaluating, Finished, Running, Started, StepDone
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.share import Share
from fishlab.core.training import Trainer

OPTIMIZERS = [
    kind if kind == "adam" else pytest.param(kind, marks=pytest.mark.slow) for kind in optimizers.OPTIMIZERS.kinds()
]
TWO_THREADS, TWO_PROCESSES = Way("threads", 2), Way("processes", 2)
THREE_THREADS, THREE_PROCESSES = Way("threads", 3), Way("processes", 3)


def wide() -> list[object]:
    """Weights enough that every worker updates a part of them."""
    return [layer("flatten"), *(layer("affine", units=units) for units in (1200, 120)), layer("relu"), *dense()[1:]]


def close(one: Checkpoint, other: Checkpoint) -> None:
    """Equal to rounding, after a few steps."""
    for key, array in one.weights.items():
        np.testing.assert_allclose(other.weights[key], array, rtol=2e-3, atol=2e-4, err_msg=key)
    np.testing.assert_allclose(other.history.steps.rows, one.history.steps.rows, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_three_threads_and_three_processes_give_the_same_bits(optimizer: str) -> None:
    spec = project(everything(), optimizer=optimizer, epochs=2, weight_decay=0.01)
    assert_same_model(trained(spec, way=THREE_PROCESSES), trained(spec, way=THREE_THREADS))


def test_three_workers_compute_what_one_computes() -> None:
    spec = project(everything(), optimizer="sgd", rate=0.05, weight_decay=0.01)
    close(trained(spec), trained(spec, way=THREE_THREADS))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_large_vector_is_updated_in_parts_with_the_same_result(optimizer: str) -> None:
    spec = project(wide(), optimizer=optimizer, rate=0.01, weight_decay=0.01)
    threads = trained(spec, way=TWO_THREADS)
    assert_same_model(trained(spec, way=TWO_PROCESSES), threads)
    close(trained(spec), threads)


@pytest.mark.parametrize("way", [THREE_THREADS, pytest.param(THREE_PROCESSES, marks=pytest.mark.slow)], ids=str)
def test_the_same_seed_and_number_of_workers_give_the_same_bits_again(way: Way) -> None:
    spec = project(everything(), epochs=2)
    assert_same_model(trained(spec, way=way), trained(spec, way=way))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [THREE_THREADS, THREE_PROCESSES], ids=str)
def test_batches_smaller_than_the_number_of_workers_have_fewer_shares(way: Way) -> None:
    spec = project(everything(), batch_size=2, epochs=1)
    spec = spec.replace(data=spec.data.replace(subset=5, validation=0.0))
    data = prepare(Dataset("Few", "digits", images(30, 1), images(5, 2)), spec.data)
    models = []
    for chosen in (ONE, way):
        trainer = Trainer(spec, data, way=chosen)
        assert [event.images for event in trainer.events() if isinstance(event, StepDone)] == [2, 2, 1]
        models.append(trainer.checkpoint())
    np.testing.assert_allclose(models[1].history.steps.rows[0], models[0].history.steps.rows[0], rtol=1e-4)


def test_batch_normalization_has_the_statistics_of_the_whole_batch_however_it_is_split() -> None:
    spec = project([layer("batch_normalization"), layer("flatten"), layer("affine", units=10)], optimizer="sgd")
    alone, shared = trained(spec), trained(spec, way=Way("threads", 7))
    for key in alone.weights:
        np.testing.assert_allclose(shared.weights[key], alone.weights[key], rtol=1e-4, atol=1e-6, err_msg=key)


@pytest.fixture(scope="module")
def unbroken() -> Checkpoint:
    """A run of two epochs in two processes."""
    return trained(project(everything(), epochs=2, weight_decay=0.01), way=TWO_PROCESSES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "way"), [*((steps, TWO_THREADS) for steps in (1, 6, 9)), (1, TWO_PROCESSES), (9, TWO_PROCESSES)], ids=str
)
def test_a_run_stopped_and_resumed_in_any_way_of_as_many_workers_is_as_if_unbroken(
    way: Way, steps: int, unbroken: Checkpoint
) -> None:
    stopped = trained(unbroken.project, steps=steps, way=way)
    assert stopped.way == way
    assert_same_model(trained(unbroken.project, resume=stopped, way=TWO_THREADS), unbroken)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [TWO_THREADS, TWO_PROCESSES], ids=str)
def test_live_settings_take_effect_in_every_worker(way: Way) -> None:
    spec = project(wide(), optimizer="adam", rate=0.01, epochs=2)

    def changed(way: Way) -> Checkpoint:
        trainer = Trainer(spec, prepared(spec), way=way)
        for event in trainer.events():
            if isinstance(event, StepDone) and event.position.step == 3:
                trainer.set_optimizer(spec.training.optimizer.replace(learning_rate=0.001))
                trainer.set_decay(0.1)
        return trainer.checkpoint()

    close(changed(ONE), changed(way))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [TWO_THREADS, TWO_PROCESSES], ids=str)
def test_events_are_the_same_in_every_way(way: Way) -> None:
    trainer, events = run(project(), way=way)
    assert [type(event) for event in events] == [Started, Running, *[StepDone] * 6, Evaluating, EpochDone, Finished]
    assert events[1] == Running(way)
    assert trainer.checkpoint().way == way


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [TWO_THREADS, TWO_PROCESSES], ids=str)
def test_a_diverging_run_keeps_finite_weights_in_every_way(way: Way) -> None:
    spec = project(wide(), optimizer="sgd", rate=100.0, epochs=50)
    models = []
    for chosen in (TWO_THREADS, way):
        trainer, events = run(spec, way=chosen)
        assert events[-1].reason == "diverged"
        models.append(trainer.checkpoint())
        assert all(np.isfinite(array).all() for array in models[-1].weights.values())
    assert_same_model(*models)


def test_a_run_holds_blas_to_one_thread_and_gives_it_back() -> None:
    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    with threadpool_limits(2, "blas"):
        before, spec = threads(), project()
        seen = [threads() for _ in Trainer(spec, prepared(spec)).events()]
        assert all(count == {1} for count in seen)
        assert threads() == before


def test_shares_are_neighbouring_parts_and_the_larger_come_first() -> None:
    shares = [Share.of(20, index, 3) for index in range(3)]
    assert [(share.begin, share.end, len(share)) for share in shares] == [(0, 7, 7), (7, 14, 7), (14, 20, 6)]
    assert Share.of(5, 0, 1) == Share.whole(5)
