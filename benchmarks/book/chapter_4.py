"""Chapter 4: a network learns."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.book.claims import Numbers, Run, Shown, claim
from benchmarks.book.networks import both, dense, follow, images, project
from fishlab.core.network import Network
from fishlab.core.numeric import numerical_gradient
from fishlab.core.spec import NetworkSpec
from fishlab.core.training import Trainer

STEPS = 10_000


def two_layers(activation: str) -> NetworkSpec:
    """784-50-10, normal initial weights of 0.01."""
    return dense(50, 10, activation=activation, init="normal", std=0.01)


def _curves(run: Run, activation: str) -> Numbers:
    spec = project(two_layers(activation), run.seed, rate=0.1, epochs=17, sampling="replacement")
    trainer, gaps = Trainer(spec, images(spec)), []

    def measure(_: object) -> None:
        found = both(trainer)
        gaps.append(found["train"] - found["test"])

    follow(trainer, steps=run.few(STEPS), each_epoch=measure)
    found = both(trainer)
    return found | {"gap": max(map(abs, [*gaps, found["train"] - found["test"]]))}


CURVES = (Shown("train", "training"), Shown("test", "test"), Shown("gap", "widest gap over the epochs"))
ON_TOP = "The curves of training and test accuracy lie on top of each other"


@claim(f"{ON_TOP}: no overfitting.", lambda n: n["test"] > 0.92 and n["gap"] < 0.01, *CURVES)
def two_layer_net(run: Run) -> Numbers:
    """784-50-10 with sigmoid (chapter 4), normal weights of 0.01, SGD 0.1, 10,000 batches of 100 drawn with
    replacement; both accuracies over all images after each epoch."""
    return _curves(run, "sigmoid")


@claim(f"{ON_TOP} (5.7, with ReLU).", lambda n: n["test"] > 0.96 and n["gap"] < 0.015, *CURVES)
def two_layer_net_relu(run: Run) -> Numbers:
    """The same with ReLU in place of the sigmoid (chapter 5)."""
    return _curves(run, "relu")


@claim(
    "The gradient by differences and the one by backpropagation agree to about 1e-10; the second is far faster.",
    lambda n: n["difference"] < 1e-8 and n["times"] > 100,
    Shown("difference", "mean difference", "small"),
    Shown("numerical", "seconds by differences", "number"),
    Shown("backward", "seconds backward", "small"),
    Shown("times", "times as fast", "count"),
)
def numerical_and_backward(run: Run) -> Numbers:
    """All 39,760 gradients of TwoLayerNet over three images in float64, by central differences and backward."""
    spec = project(two_layers("relu"), run.seed)
    data = images(spec)
    chosen = data.train.take(np.arange(3))
    x, labels = np.ascontiguousarray(np.moveaxis(data.scaling.apply(chosen.images), 0, -1), float), chosen.labels
    network = Network(spec.network, seed=run.seed, dtype=np.float64)
    began = time.perf_counter()
    network.gradient_step(x, labels)
    backward = time.perf_counter() - began
    exact = network.grads.copy()

    def loss(values: np.ndarray) -> float:
        network.values[...] = values
        return network.loss.forward(network.forward(x, training=True), labels)

    began = time.perf_counter()
    slopes = numerical_gradient(loss, network.values)
    numerical = time.perf_counter() - began
    return {
        "difference": float(np.abs(slopes - exact).mean()),
        "numerical": numerical,
        "backward": backward,
        "times": numerical / backward,
    }
