"""Chapter 6: how one learns. Optimizers, initial values, batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.book.claims import Numbers, Run, Shown, claim
from benchmarks.book.networks import accuracy, dense, images, layer, losses, project, together, trained
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec

HUNDREDS = (100, 100, 100, 100, 10)  # five affine layers
STEPS, BATCH = 2000, 128
RATES = {"sgd": 0.01, "momentum": 0.01, "adagrad": 0.01, "adam": 0.001}
MEMBERS = 5
SCALES = np.logspace(0, -4, 16)


def _compared(network: NetworkSpec, run: Run, optimizer: str = "sgd", rate: float = 0.01) -> ProjectSpec:
    """What the book's comparisons on MNIST have in common: 2,000 batches of 128."""
    return project(network, run.seed, optimizer, rate, batch_size=BATCH, epochs=5)


@claim(
    "Momentum, AdaGrad and Adam are ahead of SGD.",
    lambda n: max(n["momentum"], n["adagrad"], n["adam"]) < n["sgd"],
    *(Shown(name, f"loss {title}", "number") for name, title in
      {"sgd": "SGD", "momentum": "Momentum", "adagrad": "AdaGrad", "adam": "Adam"}.items()),
)  # fmt: skip
def optimizers(run: Run) -> Numbers:
    """784-100-100-100-100-10 with ReLU and He, 2,000 batches of 128; rates 0.01, Adam 0.001. The loss is the mean over
    all 2,000 steps: how far ahead a curve lies on the whole way."""
    start = dense(*HUNDREDS)
    data = images(_compared(start, run))
    return {
        name: float(losses(trained(_compared(start, run, name, rate), data, steps=run.few(STEPS))).mean())
        for name, rate in RATES.items()
    }


@claim(
    "Standard deviation 0.01 does not learn; He is the fastest, Xavier behind it (ReLU).",
    lambda n: n["std"] > 2.29 and n["he"] < n["xavier"] < n["std"],
    Shown("std", "loss with 0.01", "number"),
    Shown("xavier", "Xavier", "number"),
    Shown("he", "He", "number"),
)
def initial_values(run: Run) -> Numbers:
    """784-100-100-100-100-10 with ReLU, SGD 0.01, 2,000 batches of 128; mean loss of the last 100."""
    starts: dict[str, dict[str, Any]] = {
        "std": {"init": "normal", "std": 0.01}, "xavier": {"init": "xavier"}, "he": {"init": "he"}
    }  # fmt: skip
    networks = {name: dense(*HUNDREDS, **values) for name, values in starts.items()}
    data = images(_compared(networks["he"], run))
    return {
        name: float(losses(trained(_compared(network, run), data, steps=run.few(STEPS)))[-100:].mean())
        for name, network in networks.items()
    }


@claim(
    "Weights that all begin at zero stay symmetric: a layer learns as if it had one unit.",
    lambda n: n["spread"] < 1e-4 and n["test"] < 0.5,
    Shown("spread", "spread between units, share of the weights", "small"),
    Shown("test", "test"),
    Shown("usual", "test from Xavier"),
    why="In float32 matrix products round differently for different units, which parts them in time: by 5 to 9 % of "
    "the largest weight after these 2,000 steps.",
)
def zero_weights(run: Run) -> Numbers:
    """784-50-10 with sigmoid, all weights 0, SGD 0.1, 2,000 batches of 100, in float64: how far the 50 units differ, as
    a share of the largest weight; beside it the same net from Xavier."""
    found: dict[str, Numbers] = {}
    for name, values in {"zero": {"init": "normal", "std": 0.0}, "usual": {"init": "xavier"}}.items():
        spec = project(dense(50, 10, activation="sigmoid", **values), run.seed, rate=0.1, epochs=4, precision="float64")
        trainer = trained(spec, steps=run.few(STEPS))
        weights = trainer.network.layers[1].params["W"].value
        spread = float(np.ptp(weights, axis=1).max() / np.abs(weights).max())
        found[name] = {"spread": spread, "test": accuracy(trainer.network, trainer.data.test, trainer.data.scaling)}
    return found["zero"] | {"usual": found["usual"]["test"]}


@claim(
    "With batch normalization it learns from nearly all of 16 scales of initial weights, without from some.",
    lambda n: n["with"] >= 14 and n["without"] < n["with"],
    Shown("with", "scales that learn with it", "count"),
    Shown("without", "without", "count"),
    Shown("ahead", "scales where it is ahead", "count"),
    why="Where a run misses 14, the scales at both ends have 36 to 43 % of their images right after 20 epochs: they "
    "learn too, only slower than was asked. Without normalization 14 scales stay where they began.",
)
def batch_normalization(run: Run) -> Numbers:
    """784-(100)x5-10 with ReLU, 1,000 images, SGD 0.01, 20 epochs, normal initial weights of 1 down to 0.0001 in 16
    steps; the normalization adds 1e-6 to the variance, as the book's. What learns has half of its images right."""
    reached: dict[str, list[float]] = {}
    normalization = layer("batch_normalization", epsilon=1e-6)
    for name, between in {"with": (normalization,), "without": ()}.items():
        for scale in SCALES:
            network = dense(*[100] * 5, 10, between=between, init="normal", std=float(scale))
            trainer = trained(project(network, run.seed, subset=1000, epochs=run.few(20)))
            reached.setdefault(name, []).append(accuracy(trainer.network, trainer.data.train, trainer.data.scaling))
    numbers = {name: float(sum(share >= 0.5 for share in shares)) for name, shares in reached.items()}
    ahead = sum(one > other for one, other in zip(reached["with"], reached["without"], strict=True))
    return numbers | {"ahead": float(ahead)}


HISTOGRAMS = {
    "sigmoid_1": ("sigmoid", {"init": "normal", "std": 1.0}),
    "sigmoid_001": ("sigmoid", {"init": "normal", "std": 0.01}),
    "sigmoid_xavier": ("sigmoid", {"init": "xavier"}),
    "tanh_xavier": ("tanh", {"init": "xavier"}),
    "relu_001": ("relu", {"init": "normal", "std": 0.01}),
    "relu_xavier": ("relu", {"init": "xavier"}),
    "relu_he": ("relu", {"init": "he"}),
}


@claim(
    "Activations of five layers: std 1 piles up at 0 and 1, std 0.01 all lie at 0.5, Xavier stays broad; with ReLU He "
    "keeps the width.",
    lambda n: n["ends"] > 0.5 and n["sigmoid_001"] < 0.02 and n["sigmoid_xavier"] > 0.05 and n["relu_001"] < 0.001
    and n["relu_he"] > 0.7 and n["relu_xavier"] < 0.5 * n["relu_he"],
    Shown("ends", "std 1, sigmoid: share within 0.1 of 0 or 1"),
    Shown("sigmoid_001", "deviation in layer 5, std 0.01", "number"),
    Shown("sigmoid_xavier", "Xavier", "number"),
    Shown("tanh_xavier", "Xavier with tanh", "number"),
    Shown("relu_001", "ReLU: share of layer 1's width that layer 5 has, std 0.01", "small"),
    Shown("relu_xavier", "Xavier", "number"),
    Shown("relu_he", "He", "number"),
)  # fmt: skip
def activations(run: Run) -> Numbers:
    """1,000 points of 100 normal numbers through five layers of 100 units; what comes out of each activation."""
    x = np.random.default_rng(run.seed).standard_normal((100, 1000)).astype(np.float32)
    outputs = {name: _outputs(kind, values, x, run.seed) for name, (kind, values) in HISTOGRAMS.items()}
    piled = outputs["sigmoid_1"][-1]
    numbers = {"ends": float(np.mean((piled < 0.1) | (piled > 0.9)))}
    for name, found in outputs.items():
        width = found[-1].std(dtype=float)
        numbers[name] = float(width / found[0].std(dtype=float) if name.startswith("relu") else width)
    return numbers


def _outputs(kind: str, values: dict[str, Any], x: np.ndarray, seed: int) -> list[np.ndarray]:
    stack = [spec for _ in range(5) for spec in (layer("affine", units=100, **values), layer(kind))]
    network = Network(NetworkSpec(in_shape=(100,), layers=(*stack, layer("affine", units=10))), seed=seed)
    found = []
    for one in network.layers[:10]:
        x = one.forward(x, training=False).copy()
        found.append(x)
    return found[1::2]


@claim(
    "Five networks together are better than each of them.",
    lambda n: n["together"] > n["best"],
    Shown("together", "five together"),
    Shown("best", "best member"),
    Shown("worst", "worst member"),
)
def ensemble(run: Run) -> Numbers:
    """Five networks 784-100-100-100-100-10 that began and were dealt their images differently, Adam 0.001, 4 epochs;
    the mean of their probabilities."""
    seeds = range(100 * run.seed, 100 * run.seed + MEMBERS)
    specs = [project(dense(*HUNDREDS), seed, "adam", 0.001, epochs=run.few(4)) for seed in seeds]
    data = images(specs[0])
    return together([trained(spec, data).checkpoint() for spec in specs], data.test)
