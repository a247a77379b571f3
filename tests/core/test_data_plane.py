"""Points of the plane: where they lie, that they are the same again, and that what is tested on is drawn apart."""

from __future__ import annotations

import numpy as np
import pytest

from fishlab.core.data.dataset import Dataset, load_dataset, resolve_source
from fishlab.core.data.prepare import prepare
from fishlab.core.evaluation import evaluate_now
from fishlab.core.fitting import fit_network
from fishlab.core.layers import LAYERS
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

PLANES = ("gates", "circles", "moons", "spirals")


def plane(source: str, **values: object) -> Dataset:
    return load_dataset(DataSpec(source=source, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", PLANES)
def test_points_are_two_numbers_each_and_every_class_has_its_share(source: str) -> None:
    found = plane(source, points=120)
    assert (found.shape, found.train.images.dtype) == ((2,), np.float32)
    assert (len(found.train), len(found.test)) == (120, 60)
    counts = np.bincount(found.train.labels)
    assert len(counts) == len(found.class_names) == 2
    assert source == "gates" or counts.tolist() == [60, 60]


@pytest.mark.parametrize("source", PLANES)
def test_the_same_spec_draws_the_same_points_and_another_number_others(source: str) -> None:
    first, again, other = (plane(source, points=40, draw=draw) for draw in (3, 3, 4))
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert not np.array_equal(first.train.images, other.train.images)


@pytest.mark.parametrize("source", PLANES)
def test_points_to_test_are_drawn_apart(source: str) -> None:
    found = plane(source, points=40)
    learned = {tuple(point) for point in found.train.images.tolist()}
    assert not learned & {tuple(point) for point in found.test.images.tolist()}


@pytest.mark.parametrize(
    ("gate", "answers"), [("and", (0, 0, 0, 1)), ("or", (0, 1, 1, 1)), ("nand", (1, 1, 1, 0)), ("xor", (0, 1, 1, 0))]
)
def test_a_gate_gives_its_four_answers(gate: str, answers: tuple[int, ...]) -> None:
    found = plane("gates", gate=gate, points=8, noise=0.0).train
    table = {(int(a), int(b)): int(label) for (a, b), label in zip(found.images, found.labels, strict=True)}
    assert table == dict(zip([(0, 0), (1, 0), (0, 1), (1, 1)], answers, strict=True))


def test_without_noise_circles_lie_on_their_radii() -> None:
    found = plane("circles", arms=4, points=100, noise=0.0).train
    radius = np.hypot(*found.images.T)
    np.testing.assert_allclose(radius, (found.labels + 1) / 4, rtol=1e-6)


def test_without_noise_moons_lie_on_two_half_circles() -> None:
    found = plane("moons", points=100, noise=0.0).train
    upper, lower = (found.images[found.labels == label] for label in (0, 1))
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-6)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5


def test_without_noise_an_arm_turns_as_often_as_it_should() -> None:
    found = plane("spirals", arms=3, turns=2.0, points=300, noise=0.0).train
    radius, angle = np.hypot(*found.images.T), np.arctan2(found.images[:, 1], found.images[:, 0])
    turned = (angle / (2 * np.pi) - found.labels / 3 - 2.0 * radius) % 1
    np.testing.assert_allclose(np.minimum(turned, 1 - turned), 0, atol=1e-4)


def test_noise_scatters_by_its_deviation() -> None:
    clean, noisy = (plane("gates", points=4_000, noise=noise).train.images for noise in (0.0, 0.3))
    assert float((noisy - clean).std()) == pytest.approx(0.3, rel=0.03)


def test_automatic_never_means_points_of_the_plane(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    assert resolve_source(DataSpec()) == "digits"


def xor(way: Way) -> tuple[float, bytes]:
    """The accuracy of a hidden layer on XOR, and the bits of its weights."""
    data = DataSpec(source="gates", points=200, noise=0.05)
    layers = tuple(LAYERS[kind].item.Spec(uid=kind) for kind in ("affine", "tanh"))
    last = LAYERS["affine"].item.Spec(uid="last", units=10)
    training = TrainingSpec(epochs=60, batch_size=20, optimizer=OPTIMIZERS["adam"].item.Spec(learning_rate=0.03))
    dataset = load_dataset(data)
    project = fit_network(
        ProjectSpec(network=NetworkSpec(layers=(*layers, last)), data=data, training=training), dataset
    )
    prepared = prepare(dataset, data)
    trainer = Trainer(project, prepared, way=way)
    for _ in trainer.events():
        pass
    return evaluate_now(trainer.network, dataset.test, prepared.scaling).accuracy, trainer.network.values.tobytes()


def test_a_hidden_layer_learns_xor() -> None:
    assert xor(ONE)[0] == 1.0


@pytest.mark.slow
def test_points_are_learned_to_the_same_bits_by_threads_and_processes() -> None:
    assert xor(Way("threads", 2)) == xor(Way("processes", 2))
