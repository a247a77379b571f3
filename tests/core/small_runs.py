"""Networks and images small enough to train in no time, shared by the tests of training and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.events import Position, TrainEvent
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer


def layer(kind: str, **values: object) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(**values)
    return spec


def dense() -> list[LayerSpec]:
    return [layer("flatten"), layer("affine", units=12), layer("relu"), layer("affine", units=10)]


def everything() -> list[LayerSpec]:
    """Convolution, batch normalization on images and rows, pooling and dropout: all that has state or randomness."""
    return [
        layer("convolution", filters=3, kernel_size=(3, 3)),
        layer("batch_normalization"),
        layer("relu"),
        layer("max_pool"),
        layer("flatten"),
        layer("affine", units=12),
        layer("batch_normalization"),
        layer("relu"),
        layer("dropout", rate=0.3),
        layer("affine", units=10),
    ]


def project(
    layers: list[LayerSpec] | None = None, *, optimizer: str = "adam", rate: float | None = None, **training: object
) -> ProjectSpec:
    """A project over 8 x 8 images, with a ragged last batch: 110 images to learn from in batches of 20."""
    spec = OPTIMIZERS[optimizer].item.Spec()
    if rate is not None:
        spec = spec.replace(learning_rate=rate)
    return ProjectSpec(
        network=NetworkSpec(name="Small", in_shape=(1, 8, 8), layers=tuple(layers or dense())),
        data=DataSpec(source="digits", scaling="standard"),
        training=TrainingSpec(**{"batch_size": 20, "epochs": 1, "seed": 3, "optimizer": spec, **training}),
    )


def images(count: int, seed: int) -> ImageSet:
    """Noisy images whose label can be learned: the brightest of ten places."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    pixels = rng.integers(0, 80, (count, 1, 8, 8), dtype=np.uint8)
    pixels.reshape(count, 64)[np.arange(count), labels * 6] = 255
    return ImageSet(pixels, labels.astype(np.intp))


def dataset() -> Dataset:
    return Dataset("Bright spots", "digits", images(120, 1), images(70, 2))


def prepared(spec: ProjectSpec) -> Prepared:
    return prepare(dataset(), spec.data, seed=spec.training.seed)


def trained(
    spec: ProjectSpec,
    *,
    resume: Checkpoint | None = None,
    steps: int | None = None,
    at: Position | None = None,
    way: Way = ONE,
) -> Checkpoint:
    """A run of its own, to its target, for so many steps, or to a place of another run.

    After the last batch of an epoch there are two places with as many steps: before the epoch is closed, and after.
    """
    trainer, _ = run(spec, resume=resume, steps=steps, at=at, way=way)
    return trainer.checkpoint()


def run(
    spec: ProjectSpec,
    *,
    data: Prepared | None = None,
    steps: int | None = None,
    at: Position | None = None,
    **trainer_words: Any,
) -> tuple[Trainer, list[TrainEvent]]:
    """A run on these images, or the usual ones, to its target, so many steps or a place; and what happened in it."""
    trainer = Trainer(spec, data or prepared(spec), **trainer_words)
    before, seen = trainer.position.step, []
    events = trainer.events()
    for event in events:
        seen.append(event)
        if trainer.position == at or (steps is not None and trainer.position.step - before == steps):
            break
    events.close()
    return trainer, seen


def assert_same_model(one: Checkpoint, other: Checkpoint) -> None:
    """Equal to the last bit in all that a checkpoint holds."""
    assert one.project == other.project
    assert (one.position, one.target, one.optimizer_steps) == (other.position, other.target, other.optimizer_steps)
    assert (one.scaling, one.data_name, one.test_looks) == (other.scaling, other.data_name, other.test_looks)
    assert one.history.marks == other.history.marks
    assert (one.best is None) == (other.best is None)
    if one.best is not None and other.best is not None:
        assert (one.best.epoch, one.best.loss) == (other.best.epoch, other.best.loss)
        assert_same_arrays(one.best.weights, other.best.weights)
    assert_same_arrays(one.history.arrays(), other.history.arrays())
    assert_same_arrays(one.weights, other.weights)
    assert_same_arrays(one.start, other.start)
    assert set(one.memory) == set(other.memory)
    for slot in one.memory:
        assert_same_arrays(one.memory[slot], other.memory[slot])


def assert_same_arrays(one: object, other: object) -> None:
    assert set(one) == set(other)
    for key in one:
        assert one[key].dtype == other[key].dtype, key
        assert one[key].shape == other[key].shape, key
        assert one[key].tobytes() == other[key].tobytes(), key
