"""Stacks drawn from a seed (benchmarks/stacks.py) as whole networks: against the plain layers, against numerical
differentiation, and split into shares of a batch.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from counts import times
from reference import PlainStack, Step

from benchmarks.stacks import random_batch_size, random_stack
from fishlab.core.layers import LAYERS
from fishlab.core.network import Memory, Network
from fishlab.core.numeric import SMALL, gradient_check
from fishlab.core.share import Share
from fishlab.core.spec import NetworkSpec

Array = np.ndarray
Draw = Callable[[np.random.Generator, NetworkSpec, int, Any], Array]
FAST = (*range(14), 167)  # the last has convolutions side by side
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


class Crowded(Exception):
    """No images keep away from the corners of this stack; a saturated tanh before a pooling leads to that."""


def on_a_stack_with_room(check: Callable[[int], None], seed: int) -> None:
    """The check with the stack of a seed, or with the next one in its place."""
    for instead in range(seed, seed + 50_000, 10_000):
        try:
            return check(instead)
        except Crowded:
            continue
    raise AssertionError("Five stacks in a row were crowded.")


# -- making ----------------------------------------------------------------------------------------------------------
def build(spec: NetworkSpec, seed: int, dtype: Any) -> Network:
    """A network in which nothing is as it starts: gammas that are not one, biases and betas that are not zero."""
    network = Network(spec, seed=seed, dtype=dtype)
    rng = np.random.default_rng([seed, 1])
    for parameter in network.parameters.values():
        if parameter.info.role != "weight":
            parameter.value[...] = rng.uniform(0.4, 1.2, parameter.info.shape)
    return network


def masks(network: Network, batch: int, step: int) -> dict[str, Array]:
    """What the dropout layers keep in this step: what each makes of ones."""
    network.begin_step(step)
    found = {}
    for layer in network.walk():
        if layer.uses_rng:
            alone = type(layer)(layer.spec, layer.in_shape, {}, network.dtype)
            alone.rng = layer.rng
            found[layer.spec.uid] = alone.forward(np.ones((*layer.in_shape, batch), network.dtype), training=True)
    return found


def normal(rng: np.random.Generator, spec: NetworkSpec, batch: int, dtype: Any) -> Array:
    """Images (N, C, H, W)."""
    return rng.normal(size=(batch, *spec.in_shape)).astype(dtype)


def batch_away_from_corners(
    network: Network, rng: np.random.Generator, batch: int, step: int, room: float, draw: Draw = normal
) -> tuple[Array, Array, Step]:
    """Images (N, C, H, W), labels, and what the plain layers make of them, with no number nearer than `room`, as a
    share of the largest beside it, to the corner of a ReLU or to a tie."""
    dropped, spec = masks(network, batch, step), network.spec
    images, labels = draw(rng, spec, batch, network.dtype), rng.integers(0, 10, batch)
    for _ in range(40):
        plain = PlainStack(spec.layers, network.arrays())
        wanted = plain.learning_step(spec, np.moveaxis(images, 0, -1), labels, dropped)
        near = wanted.margins < room
        if not near.any():
            return images, labels, with_rounding(network, wanted, np.moveaxis(images, 0, -1), labels, dropped)
        images[near] = draw(rng, spec, int(near.sum()), network.dtype)
    raise Crowded


def with_rounding(network: Network, wanted: Step, x: Array, labels: Array, dropped: dict[str, Array]) -> Step:
    """For a float32 network: scales that grow to where plain layers in float32 keep to a quarter of the tolerance.

    The gradient of a batch normalization over two numbers is nearly nothing, and all that is left is rounding.
    """
    if network.dtype != np.float32:
        return wanted
    plain = PlainStack(network.spec.layers, network.arrays(), np.float32)
    single, share = plain.learning_step(network.spec, x, labels, dropped), tolerance(network, labels.size)
    errors = {key: float(abs(single.grads[key] - grad).max(initial=0.0)) for key, grad in wanted.grads.items()}
    return wanted._replace(
        scales={key: max(scale, 4 * errors.get(key, 0.0) / share) for key, scale in wanted.scales.items()}
    )


def as_given(images: Array, turned: bool) -> Array:
    """(C, H, W, N), read-only: as a view of the images, or on its own."""
    x = np.moveaxis(images, 0, -1) if turned else np.ascontiguousarray(np.moveaxis(images, 0, -1))
    x.setflags(write=False)
    return x


# -- against the plain layers ----------------------------------------------------------------------------------------
def tolerance(network: Network, batch: int) -> float:
    """What rounding may do, as a share of the terms that are summed: eps for each layer, times the root of the terms.

    float64 gets a floor of 1e-12, for what batch normalization divides by a small deviation.
    """
    layers = list(network.walk())
    terms = batch * max(math.prod(layer.in_shape[1:]) * layer.in_shape[0] for layer in layers)
    return max(1e-12, 2 * len(layers) * float(np.finfo(network.dtype).eps) * math.sqrt(terms))


def assert_agrees(name: str, found: Array, wanted: Array, scale: float, share: float) -> None:
    assert found.shape == wanted.shape, name
    away, scale = float(abs(found - wanted).max(initial=0.0)), max(scale, float(abs(wanted).max(initial=0.0)))
    assert away <= share * scale, f"{name}: away by {away:.3g}, {away / scale:.2g} of {scale:.3g}; {share:.2g} may be"


def check_against_plain_layers(seed: int, dtype: Any) -> None:
    """Steps with batches of changing size, weights that move, and predictions in between."""
    spec, rng = random_stack(seed, small=True), np.random.default_rng([seed, 2])
    network = build(spec, seed, dtype)
    sizes = [random_batch_size(seed), random_batch_size(seed + 1000, most=30), random_batch_size(seed)]
    for step, batch in enumerate(sizes):
        share = tolerance(network, batch)
        network.grads.fill(99.0)
        images, labels, wanted = batch_away_from_corners(network, rng, batch, step, room=8 * float(np.finfo(dtype).eps))
        assert_predicts(network, images, share)
        network.begin_step(step)
        loss, correct = network.gradient_step(as_given(images, turned=step == 1), labels)
        assert loss == pytest.approx(wanted.loss, rel=share, abs=share)
        assert correct == np.count_nonzero(wanted.out.argmax(axis=0) == labels)
        for key, parameter in network.parameters.items():
            learned = parameter.info.role != "state"
            found, known = (parameter.grad, wanted.grads) if learned else (parameter.value, wanted.state)
            assert_agrees(key, found, known[key], wanted.scales.get(key, 0.0), share)
        network.values *= rng.choice([-1.05, 0.9], network.values.shape).astype(dtype)


def assert_predicts(network: Network, images: Array, share: float) -> None:
    """Predictions of all images and of one alone, from running statistics; and that the network does not notice."""
    before = network.values.copy(), network.state.copy()
    plain = PlainStack(network.spec.layers, network.arrays())
    for chosen in (images, images[:1]):
        scores = network.forward(as_given(chosen, turned=True), training=False)
        wanted = plain.forward(np.moveaxis(chosen, 0, -1), {}, training=False)
        assert_agrees("scores", scores, wanted, max(layer.scales.get("out", 0.0) for layer in plain.walk()), share)
    assert np.array_equal(before[0], network.values) and np.array_equal(before[1], network.state)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("seed", FAST)
def test_a_generated_network_learns_what_the_plain_layers_learn(seed: int) -> None:
    dtype = (np.float32, np.float64)[seed % 2]
    on_a_stack_with_room(lambda seed: check_against_plain_layers(seed, dtype), seed)


@pytest.mark.slow
@both_types
@pytest.mark.parametrize("seed", range(times(80, 200)))
def test_many_generated_networks_learn_what_the_plain_layers_learn(seed: int, dtype: Any) -> None:
    on_a_stack_with_room(lambda seed: check_against_plain_layers(seed, dtype), seed)


@pytest.mark.slow
def test_the_generated_stacks_hold_every_layer_and_keep_to_their_seed() -> None:
    for small in (True, False):
        stacks = [random_stack(seed, small=small) for seed in range(200)]
        assert {layer.kind for stack in stacks for layer in stack.walk()} == set(LAYERS.kinds())
        assert len({(stack.in_shape, stack.layers) for stack in stacks}) > 195
        assert stacks[7] == random_stack(7, small=small)
        assert len({stack.in_shape[0] for stack in stacks}) == 3
        assert sum(stack.in_shape[1] != stack.in_shape[2] for stack in stacks) > 150
    assert {random_batch_size(seed) for seed in range(40)} >= {1, 2, 3}


# -- against numerical differentiation -------------------------------------------------------------------------------
def check_gradients(seed: int, most: int) -> None:
    spec, rng = random_stack(seed, small=True), np.random.default_rng([seed, 3])
    network = build(spec, seed, np.float64)
    images, labels, wanted = batch_away_from_corners(network, rng, batch=3, step=0, room=1e-4)
    differences = gradient_check(network, images, labels, most=most)
    largest = {key: float(abs(grad).max()) for key, grad in wanted.grads.items()}
    for key, difference in differences.items():
        away = difference * max(SMALL, largest[key])  # a bias before a normalization has none: what is left is rounding
        assert away < 1e-5 * max(largest[key], 0.01 * max(largest.values())), (key, away, largest)
    assert set(differences) == set(largest)


@pytest.mark.parametrize("seed", range(300, 308))
def test_gradients_of_a_generated_network_are_those_of_numerical_differentiation(seed: int) -> None:
    on_a_stack_with_room(lambda seed: check_gradients(seed, most=5), seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(308, 400))
def test_gradients_of_many_generated_networks_are_those_of_numerical_differentiation(seed: int) -> None:
    on_a_stack_with_room(lambda seed: check_gradients(seed, most=20), seed)


# -- split into shares -----------------------------------------------------------------------------------------------
class Split:
    """One batch over several twins of a network, each in a thread, with sums that meet at a barrier."""

    def __init__(self, network: Network, count: int) -> None:
        values, state = network.values, network.state
        self.twins = [
            Network(network.spec, seed=network._seed, dtype=network.dtype,
                    memory=Memory(values, np.full_like(network.grads, 99.0), state))
            for _ in range(count)
        ]  # fmt: skip
        self.barrier = threading.Barrier(count, timeout=20)
        self.parts: list[Array] = [np.empty(0)] * count

    def step(self, x: Array, labels: Array, number: int) -> tuple[float, int, Array]:
        """(loss, how many were right, gradients) of the whole batch, in which every share has images."""
        bounds = np.linspace(0, labels.size, len(self.twins) + 1).astype(int)

        def work(index: int) -> tuple[float, int]:
            twin, begin, end = self.twins[index], int(bounds[index]), int(bounds[index + 1])
            twin.begin_step(number, Share(begin, end, labels.size, self._sum_for(index)))
            return twin.gradient_step(x[..., begin:end], labels[begin:end])

        with ThreadPoolExecutor(len(self.twins)) as threads:
            told = list(threads.map(work, range(len(self.twins))))
        grads = np.sum([twin.grads for twin in self.twins], axis=0)
        return sum(loss for loss, _ in told), sum(correct for _, correct in told), grads

    def _sum_for(self, index: int) -> Callable[[Array], Array]:
        def add_up(values: Array) -> Array:
            self.parts[index] = values.copy()
            self.barrier.wait()
            total = np.add.reduce(self.parts)
            self.barrier.wait()
            return total

        return add_up


def check_shares(seed: int, count: int) -> None:
    spec, rng = random_stack(seed, small=True), np.random.default_rng([seed, 4])
    network = build(spec, seed, np.float64)
    split = Split(build(spec, seed, np.float64), count)
    for number, batch in enumerate([count + random_batch_size(seed), count, count + random_batch_size(seed + 1)]):
        images, labels, wanted = batch_away_from_corners(network, rng, batch, number, room=1e-9)
        x = as_given(images, turned=number == 1)
        network.begin_step(number)
        loss, correct = network.gradient_step(x, labels)
        parts = split.step(x, labels, number)
        assert parts[0] == pytest.approx(loss, rel=1e-11)
        assert parts[1] == correct
        together = dict(network.split(parts[2]))
        for key, grad in network.split(network.grads):
            assert_agrees(key, together[key], grad, wanted.scales.get(key, 0.0), 1e-11)
        np.testing.assert_allclose(split.twins[0].state, network.state, rtol=1e-11, atol=1e-11)
        for flat in (network.values, split.twins[0].values):
            flat *= -0.95


@pytest.mark.one_in(4)
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("seed", range(400, 406))
def test_shares_of_a_batch_add_up_to_the_whole(seed: int, count: int) -> None:
    on_a_stack_with_room(lambda seed: check_shares(seed, count), seed)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("seed", range(406, times(436, 500)))
def test_shares_of_many_generated_networks_add_up_to_the_whole(seed: int, count: int) -> None:
    on_a_stack_with_room(lambda seed: check_shares(seed, count), seed)
