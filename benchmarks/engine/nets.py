"""What is measured: five networks of the book and the classics, series over size, and images to feed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.layers import LAYERS, LayerSpec, Shape
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template

TRAINING_IMAGES, TEST_IMAGES = 60_000, 10_000  # as many as MNIST has


@dataclass(frozen=True)
class Net:
    """One of the five. `aim` and `inference_aim` are what its time should be at most, as a share of PyTorch's."""

    name: str
    template: str
    batch: int
    optimizer: str
    aim: float
    inference_aim: float | None = None

    @property
    def project(self) -> ProjectSpec:
        """The template with the batch size and optimizer of the measurement."""
        return with_training(find_template(self.template).item().network, self.batch, self.optimizer)


NETS = {
    net.name: net
    for net in (
        Net("N1", "TwoLayerNet", 100, "sgd", 0.45),
        Net("N2", "ThreeLayerMLP", 128, "adam", 0.75),
        Net("N3", "SimpleConvNet", 100, "adam", 0.35, inference_aim=0.25),
        Net("N4", "DeepConvNet", 100, "adam", 0.85, inference_aim=1.0),
        Net("N5", "LeNet-5", 64, "momentum", 0.55),
    )
}


def with_training(network: NetworkSpec, batch: int = 100, optimizer: str = "adam") -> ProjectSpec:
    """A project that trains on and on; the steps are small, so that no stack leaves the finite numbers."""
    spec = OPTIMIZERS[optimizer].item.Spec(learning_rate=0.0001 if optimizer == "adam" else 0.01)
    return ProjectSpec(network=network, training=TrainingSpec(batch_size=batch, epochs=10_000, optimizer=spec))


# -- series over size ------------------------------------------------------------------------------------------------
def convolutions(pairs: int, filters: int) -> NetworkSpec:
    """Pairs of 3 x 3 convolutions with ReLU, as many filters in all of them, one pooling, scores."""
    pair = [_layer("convolution", filters=filters, kernel_size=(3, 3), padding=(1, 1)), _layer("relu")] * 2
    return _network([*pair * pairs, _layer("max_pool"), _layer("flatten"), _layer("affine", units=10)])


def dense(hidden: int, units: int) -> NetworkSpec:
    """Affine layers with ReLU, as many units in all of them, scores."""
    return _network(
        [_layer("flatten"), *[_layer("affine", units=units), _layer("relu")] * hidden, _layer("affine", units=10)]
    )


def _network(layers: list[LayerSpec]) -> NetworkSpec:
    own = (layer.replace(uid=f"layer{number}") for number, layer in enumerate(layers))
    return NetworkSpec(name="Series", layers=tuple(own))


def _layer(kind: str, **values: Any) -> LayerSpec:
    spec: LayerSpec = LAYERS[kind].item.Spec(**values)
    return spec


# -- images ----------------------------------------------------------------------------------------------------------
def dataset(in_shape: Shape, train: int = TRAINING_IMAGES, test: int = TEST_IMAGES) -> Dataset:
    """As many images as MNIST has, with as much ink: a blot for each class, and noise. The same in every process.

    One label in ten is wrong, so that there is always something to learn: gradients that vanish for good become
    numbers too small for the fast paths of a processor, which real training seldom meets.
    """
    return Dataset("Blots", "digits", _blots(in_shape, train, 1), _blots(in_shape, test, 2))


def _blots(in_shape: Shape, count: int, seed: int) -> ImageSet:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    ink = np.random.default_rng(0).random((10, *in_shape)) < 0.2
    blots = np.where(ink, 160, 0).astype(np.uint8)
    images = np.empty((count, *in_shape), np.uint8)
    for begin in range(0, count, 1000):  # in parts, so that the peak of memory is the images and no more
        part = images[begin : begin + 1000]
        np.multiply(rng.integers(0, 64, part.shape, dtype=np.uint8), blots[labels[begin : begin + 1000]] > 0, out=part)
        part += blots[labels[begin : begin + 1000]]
    wrong = rng.random(count) < 0.1
    return ImageSet(images, np.where(wrong, rng.integers(0, 10, count), labels))
