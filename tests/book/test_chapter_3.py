"""Chapter 3, neural networks: activation functions, forward passes by hand, softmax, and data made ready."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fishlab.core.book import (
    ACTIVATIONS,
    Dense,
    activation,
    activation_kinds,
    as_one,
    batch_against_one_by_one,
    by_layer,
    flattened,
    forward,
    one_hot,
    relu,
    scaled,
    sigmoid,
    softmax,
    softmax_slope,
    standardized,
    step,
    three_layer_net,
)
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.whitening import zca
from fishlab.core.errors import DataError, UnknownKindError
from fishlab.core.evaluation import computing
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import DataSpec, NetworkSpec

Printed = Callable[[object, str], None]


# -- activation functions ----------------------------------------------------------------------------------------------
def test_sigmoid_of_three_numbers(prints_as: Printed) -> None:
    """Implementing the sigmoid function."""
    prints_as(sigmoid((-1.0, 1.0, 2.0)), "0.26894142 0.73105858 0.88079708")


@pytest.mark.parametrize("kind", ACTIVATIONS.kinds())
def test_far_from_zero_nothing_overflows(kind: str) -> None:
    """Implementing the sigmoid function: a warning would be an error here, and -1000 gives none."""
    function = ACTIVATIONS[kind].item
    x = np.array([-1000.0, -1e308, 1000.0])
    assert np.all(np.isfinite(function.value(x)))
    assert np.all(np.isfinite(function.slope(x)))


def test_the_step_function_jumps_after_zero() -> None:
    """Implementing the step function."""
    np.testing.assert_array_equal(step((-1.0, 0.0, 1e-300, 2.0)), [0, 0, 1, 1])


def test_relu_passes_what_is_positive() -> None:
    """The ReLU function."""
    np.testing.assert_array_equal(relu(((-2.0, 0.0), (0.5, 3.0))), [[0, 0], [0.5, 3]])


@pytest.mark.parametrize("kind", activation_kinds())
def test_a_slope_is_what_the_difference_says(kind: str) -> None:
    """Activation functions and their slopes, those of later chapters and papers too, away from corners and jumps."""
    x, h = np.array([-3.0, -0.7, 0.2, 1.0, 4.0]), 1e-5
    difference = (activation(kind, x + h)[0] - activation(kind, x - h)[0]) / (2 * h)
    np.testing.assert_allclose(activation(kind, x)[1], difference, atol=1e-9)


def test_every_activation_layer_can_be_compared() -> None:
    """Activation functions and their slopes: the book's, and those that came later."""
    book, later = {"step", "sigmoid", "relu", "tanh", "identity"}, {"leaky_relu", "elu", "gelu"}
    assert book | later <= set(activation_kinds())


def test_the_step_layer_is_the_step_function() -> None:
    x = np.array([-2.0, 0.0, 1e-9, 3.0])
    value, slope = by_layer("step", x, forward_only=True)
    np.testing.assert_array_equal(value, step(x))
    np.testing.assert_array_equal(slope, ACTIVATIONS["step"].item.slope(x))


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "tanh", "identity"])
def test_the_functions_by_hand_are_those_of_the_layers(kind: str) -> None:
    """Activation functions: the engine computes the same values and slopes."""
    x, function = np.linspace(-5, 5, 21), ACTIVATIONS[kind].item
    value, slope = by_layer(kind, x)
    np.testing.assert_allclose(value, function.value(x), rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(slope, function.slope(x), rtol=1e-13, atol=1e-16)


def test_an_activation_that_does_not_exist_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownKindError, match="sigmoid"):
        by_layer("sigmiod", [0.0])


# -- forward passes ----------------------------------------------------------------------------------------------------
def test_the_three_layer_net_number_by_number(prints_as: Printed) -> None:
    """Implementing signal transmission in each layer: A1, Z1, A2, Z2 and the answer."""
    first, second, third = forward(three_layer_net(), (1.0, 0.5))
    prints_as(first.a, "0.3 0.7 1.1")
    prints_as(first.z, "0.57444252 0.66818777 0.75026011")
    prints_as(second.a, "0.51615984 1.21402696")
    prints_as(second.z, "0.62624937 0.7710107")
    prints_as(third.a, "0.31682708 0.69627909")
    prints_as(third.z, "0.31682708 0.69627909")


def test_a_batch_of_inputs_gives_a_row_each() -> None:
    """Batch processing: each row is what its input gives alone."""
    x = np.array([[1.0, 0.5], [-2.0, 3.0], [0.0, 0.0]])
    together = forward(three_layer_net(), x)[-1].z
    np.testing.assert_allclose(together, [forward(three_layer_net(), row)[-1].z for row in x], rtol=1e-15)


def test_a_stack_of_linear_layers_is_one_linear_layer() -> None:
    """Non-linear functions: without a bend between them, three layers are one."""
    rng = np.random.default_rng(0)
    sizes = (4, 7, 5, 3)
    layers = [Dense(rng.normal(size=pair), rng.normal(size=pair[1])) for pair in itertools.pairwise(sizes)]
    x = rng.normal(size=(6, 4))
    np.testing.assert_allclose(forward([as_one(layers)], x)[-1].z, forward(layers, x)[-1].z, rtol=1e-12)


def test_a_bend_between_layers_cannot_be_undone_by_one_layer() -> None:
    """Non-linear functions: with sigmoids between them the one layer is another function."""
    layers = three_layer_net()
    alone = forward([as_one(layers)], (1.0, 0.5))[-1].z
    assert np.abs(alone - forward(layers, (1.0, 0.5))[-1].z).max() > 0.1


# -- sets in the plane -------------------------------------------------------------------------------------------------
def learned_accuracy(source: str, hidden: int, steps: int, **fields: object) -> float:
    """Accuracy on the points to test of 2 - hidden tanh units - one score a class; 0 units leave one line."""
    data = load_dataset(DataSpec(source=source, noise=0.02, points=400, **fields))
    kinds = [("affine", {"units": hidden}), ("tanh", {})] if hidden else []
    classes = len(data.class_names)
    layers = tuple(LAYERS[kind].item.Spec(**values) for kind, values in [*kinds, ("affine", {"units": classes})])
    network = Network(NetworkSpec(in_shape=(2,), classes=classes, layers=layers), seed=1)
    adam = OPTIMIZERS["adam"].item
    optimizer = adam(adam.Spec(learning_rate=0.02), network.values.size, np.float32)
    x = np.ascontiguousarray(data.train.images.T)
    with computing():
        for _ in range(steps):
            network.gradient_step(x, data.train.labels)
            optimizer.step(network.values, network.grads)
        answers = network.predict(data.test.images).argmax(axis=1)
    return float(np.mean(answers == data.test.labels))


@pytest.mark.parametrize(
    ("source", "fields", "hidden", "steps"),
    [("gates", {"gate": "xor"}, 8, 200), ("circles", {}, 16, 300), ("moons", {}, 16, 500), ("spirals", {}, 48, 1200)],
)
def test_two_layers_separate_what_no_line_can(source: str, fields: dict[str, object], hidden: int, steps: int) -> None:
    """From perceptrons to neural networks: sets in the plane, spirals among them."""
    assert learned_accuracy(source, hidden, steps, **fields) >= 0.97
    assert learned_accuracy(source, 0, 200, **fields) < 0.92


def test_one_layer_is_enough_where_a_line_is() -> None:
    """From perceptrons to neural networks: AND."""
    assert learned_accuracy("gates", 0, 300, gate="and") == 1.0


# -- softmax -----------------------------------------------------------------------------------------------------------
def test_softmax_of_large_scores_does_not_overflow(prints_as: Printed) -> None:
    """Issues when implementing the softmax function."""
    prints_as(softmax((1010, 1000, 990)), "9.99954600e-01 4.53978686e-05 2.06106005e-09")


def test_softmax_shares_add_up_to_one(prints_as: Printed) -> None:
    """Characteristics of the softmax function: (0.3, 2.9, 4.0)."""
    y = softmax((0.3, 2.9, 4.0))
    prints_as(y, "0.01821127 0.24519181 0.73659691")
    assert y.sum() == pytest.approx(1.0, rel=1e-15)


def test_the_slope_of_softmax_is_what_differences_say() -> None:
    a, h = np.array([0.3, 2.9, 4.0]), 1e-5
    columns = [(softmax(a + h * axis) - softmax(a - h * axis)) / (2 * h) for axis in np.eye(3)]
    np.testing.assert_allclose(softmax_slope(a), np.transpose(columns), atol=1e-10)


def test_softmax_by_hand_is_that_of_the_layer() -> None:
    scores = np.array([[0.3, 2.9, 4.0], [1010.0, 1000.0, 990.0]])
    layer_type = LAYERS["softmax"].item
    layer = layer_type(layer_type.Spec(), (3,), {}, np.dtype(np.float64))
    np.testing.assert_allclose(softmax(scores), layer.forward(scores.T, training=False).T, rtol=1e-14)


# -- data --------------------------------------------------------------------------------------------------------------
def test_mnist_read_flattened_and_scaled(mnist_dir: Path) -> None:
    """The MNIST dataset: 60,000 and 10,000 images, 784 numbers from 0 to 1 each; the first is a 5."""
    data = load_dataset(DataSpec(source="mnist", folder=str(mnist_dir)))
    assert flattened(data.train.images).shape == (60_000, 784)
    assert flattened(data.test.images).shape == (10_000, 784)
    assert (data.train.labels.shape, data.test.labels.shape) == ((60_000,), (10_000,))
    assert data.train.labels[0] == 5
    first = scaled(data.train.images[:100])
    assert (first.min(), first.max()) == (0.0, 1.0)


def test_one_hot_is_one_at_the_label() -> None:
    """The MNIST dataset: one-hot labels."""
    np.testing.assert_array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_out_of_range_is_refused(label: int) -> None:
    with pytest.raises(DataError, match=rf"label {label} is not one of 10 classes"):
        one_hot([3, label])


def test_labels_that_are_no_whole_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="whole numbers"):
        one_hot([1.0, 2.0])


def test_standardized_columns_have_mean_0_and_deviation_1() -> None:
    """Batch processing, preprocessing: mean and deviation; a column that never changes becomes 0."""
    x = np.column_stack([np.random.default_rng(1).normal(5, 3, size=200), np.full(200, 7.0)])
    found = standardized(x)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(found.std(axis=0), [1, 0], rtol=1e-14)


def test_whitened_data_have_no_correlations_left() -> None:
    """Batch processing, preprocessing: whitening makes every direction vary by 1, independent of the others."""
    rng = np.random.default_rng(3)
    rows = (rng.normal(size=(4000, 5)) @ rng.normal(size=(5, 5)) + 3).astype(np.float32)
    assert np.abs(np.cov(rows.T, bias=True) - np.eye(5)).max() > 0.5
    white = np.empty_like(rows)
    zca(rows, 1.0, 1e-9).apply(rows.copy(), white)
    np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(5), atol=1e-3)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-3)


def test_a_batch_gives_the_same_answers_as_one_by_one_and_faster() -> None:
    """Batch processing: the same answers, and the ratio of the times."""
    rng = np.random.default_rng(2)
    sizes = (784, 50, 100, 10)
    layers = [
        Dense(rng.normal(size=pair) * 0.1, np.zeros(pair[1]), sigmoid) for pair in itertools.pairwise(sizes)
    ]
    timing = batch_against_one_by_one(lambda x: softmax(forward(layers, x)[-1].z), rng.random((500, 784)))
    np.testing.assert_allclose(timing.batch, timing.one_by_one, rtol=1e-12)
    assert timing.batch.shape == (500, 10)
    assert timing.ratio > 1
