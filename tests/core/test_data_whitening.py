"""Pixels standardised each by itself, and ZCA whitening: what comes out, where it is applied, and that it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_model, dataset, prepared, project, run, trained
from threadpoolctl import threadpool_limits

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.batches import Batcher
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import prepare
from fishlab.core.data.scaling import Scaling, array_shapes
from fishlab.core.data.whitening import MOST_FEATURES, Whitening, zca
from fishlab.core.errors import DataError, FileFormatError
from fishlab.core.evaluation import computing, evaluate_now, recognise
from fishlab.core.files.project import open_project, save_project
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import DataSpec, ProjectSpec

Array = np.ndarray
both = pytest.mark.parametrize("scaling", ["pixels", "whitened"])


def mixed(count: int = 900) -> ImageSet:
    """Images whose 12 pixels depend on one another, each with a brightness and a spread of its own."""
    rng = np.random.default_rng(5)
    blend = rng.normal(size=(12, 12)) + 2 * np.eye(12)
    pixels = 128 + 20 * rng.normal(size=(count, 12)) @ blend / 4 + np.linspace(-30, 30, 12)
    return ImageSet(np.clip(pixels, 0, 255).astype(np.uint8).reshape(count, 1, 3, 4), np.zeros(count, np.intp))


def scaled(scaling: Scaling, images: ImageSet) -> Array:
    return scaling.apply(images.images).reshape(len(images), -1).astype(np.float64)


def found(scaling: str, images: ImageSet, **values: float) -> Scaling:
    spec = DataSpec(scaling=scaling, validation=0, **values)
    return prepare(Dataset("Mixed", "digits", images, images), spec).scaling


def using(scaling: str, **training: object) -> ProjectSpec:
    given = project(**training)
    return given.replace(data=given.data.replace(scaling=scaling))


def test_standardised_pixels_have_mean_0_and_deviation_1_each() -> None:
    values = scaled(found("pixels", mixed()), mixed())
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-5)


def test_standardised_channels_have_mean_0_and_deviation_1_each() -> None:
    images = np.random.default_rng(0).integers((0, 50, 200), (9, 255, 230), (40, 5, 7, 3)).transpose(0, 3, 1, 2)
    known = ImageSet(np.ascontiguousarray(images, np.uint8), np.zeros(40, np.intp))
    scaling = found("channels", known)
    values = scaling.apply(known.images).astype(np.float64)
    np.testing.assert_allclose(values.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(values.std(axis=(0, 2, 3)), 1, rtol=1e-5)
    step = values / (known.images / 255 - known.images.mean(axis=(0, 2, 3), keepdims=True) / 255)
    np.testing.assert_allclose(step, np.broadcast_to(step[:1, :, :1, :1], step.shape), rtol=1e-2)  # alike in a channel


def test_of_one_channel_it_is_the_scaling_of_all_pixels() -> None:
    wanted = scaled(found("standard", mixed()), mixed())
    np.testing.assert_allclose(scaled(found("channels", mixed()), mixed()), wanted, atol=1e-5)


@both
def test_a_pixel_that_never_changes_becomes_0(scaling: str) -> None:
    images = mixed().images.copy()
    images[:, 0, 1, 2] = 77
    values = scaled(found(scaling, ImageSet(images, mixed().labels)), ImageSet(images, mixed().labels))
    np.testing.assert_allclose(values[:, 6], 0, atol=1e-5)
    assert np.isfinite(values).all()


def test_whitened_images_have_the_identity_as_covariance() -> None:
    values = scaled(found("whitened", mixed(), epsilon=1e-9), mixed())
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(values.T, bias=True), np.eye(12), atol=1e-3)


def test_epsilon_holds_back_directions_that_vary_little() -> None:
    """The covariance is C (C + epsilon)^-1."""
    plain = scaled(Scaling(1 / 255, 0.0), mixed())
    before = np.cov(plain.T, bias=True)
    after = np.cov(scaled(found("whitened", mixed(), epsilon=0.01), mixed()).T, bias=True)
    np.testing.assert_allclose(after, before @ np.linalg.inv(before + 0.01 * np.eye(12)), atol=1e-4)


def test_of_all_whitenings_it_stays_nearest_to_the_images() -> None:
    """The matrix is symmetric and positive, which makes it the one: any rotation of it is further away."""
    whitening = found("whitened", mixed(), epsilon=1e-9).whitening
    assert whitening is not None
    matrix = whitening.matrix.astype(np.float64)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-4, atol=1e-4)
    assert (np.linalg.eigvalsh(matrix) > 0).all()
    centered = scaled(Scaling(1 / 255, 0.0), mixed()) - whitening.mean
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(12, 12)))[0]
    assert np.square(centered @ matrix - centered).sum() < np.square(centered @ matrix @ turn - centered).sum()


def test_points_of_the_plane_are_whitened_too() -> None:
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(500, 2)) @ [[3, 1], [0, 0.1]] + [5, -2]).astype(np.float32)
    known = ImageSet(points, np.zeros(500, np.intp))
    values = scaled(found("whitened", known, epsilon=1e-9), known)
    np.testing.assert_allclose(np.cov(values.T, bias=True), np.eye(2), atol=1e-3)


def test_the_same_images_give_the_same_bits_however_many_threads_there_are() -> None:
    with threadpool_limits(2, "blas"):
        first = found("whitened", mixed())
    with computing():
        assert found("whitened", mixed()) == first


def test_only_training_images_decide() -> None:
    spec = DataSpec(scaling="whitened", validation=0.5)
    known = dataset()
    first = prepare(known, spec)
    other = ImageSet(255 - known.test.images, known.test.labels)
    assert prepare(replace(known, test=other), spec).scaling == first.scaling
    learnt, everything = (zca(part.images.reshape(len(part), -1), 1 / 255, 0.1) for part in (first.train, known.train))
    assert first.scaling.whitening == learnt != everything


def test_images_too_large_for_a_matrix_are_refused_with_the_numbers() -> None:
    with pytest.raises(DataError, match=r"4,097 numbers .* 4,097 x 4,097; it goes up to 4,096"):
        zca(np.zeros((2, MOST_FEATURES + 1), np.uint8), 1.0, 0.1)


def test_where_memory_is_short_whitening_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fishlab.core.data.whitening.free_bytes", lambda: 10**8)
    with pytest.raises(DataError, match=r"about 1\.\d GB of memory, and 0\.1 GB are free"):
        zca(np.zeros((2, MOST_FEATURES), np.uint8), 1.0, 0.1)


# -- in a training -----------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_batch_is_whitened_as_all_images_are(scaling: str, dtype: type) -> None:
    images, chosen = mixed(), np.array([4, 0, 899, 17])
    batcher = Batcher(images, found(scaling, images), 10, dtype=dtype)
    values, _ = batcher.gather(chosen)
    assert values.dtype == dtype and values.shape == (1, 3, 4, 4)
    wanted = np.moveaxis(batcher.scaling.apply(images.images[chosen]), 0, -1)
    np.testing.assert_allclose(values, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@both
def test_every_way_of_running_whitens_alike(scaling: str) -> None:
    spec = using(scaling)
    one, threads, processes = (trained(spec, way=way) for way in (ONE, Way("threads", 2), Way("processes", 2)))
    assert_same_model(replace(processes, way=threads.way), threads)
    assert threads.history.steps.rows[0, 1] == pytest.approx(one.history.steps.rows[0, 1], rel=1e-4)


@both
def test_a_whitened_training_learns_and_answers_alike_everywhere(scaling: str) -> None:
    spec = using(scaling, epochs=12, rate=0.01)
    trainer, _ = run(spec)
    data = prepared(spec)
    score = evaluate_now(trainer.network, data.train, data.scaling)
    assert score.accuracy > 0.9
    with computing():
        answers = [recognise(trainer.network, image.astype(np.float32), data.scaling) for image in data.train.images]
    assert np.mean(np.argmax(answers, axis=1) == data.train.labels) == score.accuracy


# -- kept --------------------------------------------------------------------------------------------------------------
@both
def test_saved_and_loaded_is_equal_and_goes_on_to_the_same_bits(tmp_path: Path, scaling: str) -> None:
    way = Way("threads", 2)
    spec = using(scaling, epochs=2)
    model = trained(spec, steps=4, way=way)
    save_project(tmp_path / "a.fishlab", spec, model, preview=False)
    _, opened = open_project(tmp_path / "a.fishlab")
    assert opened is not None
    assert_same_model(opened, model)
    assert_same_model(trained(spec, resume=opened, way=way), trained(spec, way=way))


@both
def test_a_scaling_with_arrays_survives_to_the_last_bit(scaling: str) -> None:
    given = found(scaling, mixed())
    data = json.loads(json.dumps(given.to_dict()))
    assert {name: array.shape for name, array in given.arrays().items()} == array_shapes(data, 12)
    assert Scaling.from_dict(data, given.arrays()) == given


@pytest.mark.parametrize("arrays", [{}, {"mean": np.zeros(3)}, {"mean": np.zeros(3), "matrix": np.full(3, np.nan)}])
def test_a_whitening_without_its_arrays_or_with_bad_ones_is_refused(arrays: dict[str, Array]) -> None:
    with pytest.raises(FileFormatError, match="lacks a mean or a matrix, or they are not finite"):
        Scaling.from_dict({"scale": 1, "shift": 0, "whitening": "whitened"}, arrays)


@pytest.mark.parametrize("whitening", [None, 1, "pca", ["pixels"]])
def test_an_unknown_whitening_is_refused(whitening: object) -> None:
    with pytest.raises(FileFormatError, match="two finite numbers"):
        Scaling.from_dict({"scale": 1, "shift": 0, "whitening": whitening})


def wrong(model: Checkpoint) -> Checkpoint:
    return replace(model, scaling=Scaling(1.0, 0.0, Whitening(np.zeros(3, np.float32), np.zeros(3, np.float32))))


def test_arrays_that_are_not_of_the_size_of_an_image_are_refused(tmp_path: Path) -> None:
    model = trained(using("pixels"), steps=1)
    with pytest.raises(FileFormatError, match=r"“scaling/mean” has the shape \(3,\) where its network needs \(64,\)"):
        save_project(tmp_path / "a.fishlab", using("pixels"), wrong(model))
