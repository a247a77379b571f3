"""Chapter 4, training: losses, numerical differentiation, gradient descent, simpleNet, TwoLayerNet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fishlab.core.book import (
    accuracy,
    arrows,
    book_net,
    bowl,
    compare_gradients,
    cross_entropy,
    forward_difference,
    gradient_descent,
    numerical_diff,
    one_hot,
    softmax,
    squared_error,
    turn_one_weight,
)
from fishlab.core.data.digits import draw_digits
from fishlab.core.errors import DataError
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.numeric import numerical_gradient
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import find_template

Printed = Callable[[object, str], None]

# The answers to a 2: once it is held for a 2, once for a 7.
SURE = (0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0)
WRONG = (0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0)
TWO = (0, 0, 1, 0, 0, 0, 0, 0, 0, 0)


# -- losses ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("t", [2, TWO])
def test_squared_error_of_a_right_and_a_wrong_answer(t: object, prints_as: Printed) -> None:
    """Sum of squared errors, with one-hot target and with label."""
    prints_as([squared_error(SURE, t), squared_error(WRONG, t)], "0.0975 0.5975")


@pytest.mark.parametrize("t", [2, TWO])
def test_cross_entropy_of_a_right_and_a_wrong_answer(t: object, prints_as: Printed) -> None:
    """Cross entropy error, with one-hot target and with label; the book adds 1e-7 before the logarithm."""
    prints_as([cross_entropy(SURE, t), cross_entropy(WRONG, t)], "0.51082545709933802 2.3025840929945458")


def test_cross_entropy_of_an_answer_of_zero_is_large_and_finite() -> None:
    """Cross entropy error: the small number keeps log 0 from being minus infinity."""
    assert cross_entropy((1.0, 0.0), 1) == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize("loss", [squared_error, cross_entropy])
def test_labels_and_one_hot_give_the_same_loss_over_a_mini_batch(loss: Callable[..., float]) -> None:
    """Cross entropy error for batches: both forms of the target, and the mean over the batch."""
    y, labels = softmax(np.random.default_rng(0).normal(size=(5, 10))), np.array([3, 0, 9, 3, 1])
    assert loss(y, labels) == loss(y, one_hot(labels))
    assert loss(y, labels) == pytest.approx(np.mean([loss(row, label) for row, label in zip(y, labels, strict=True)]))
    assert accuracy(y, labels) == accuracy(y, one_hot(labels)) == np.mean(y.argmax(axis=1) == labels)


def test_targets_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(2, 10\) and targets \(3,\)"):
        cross_entropy(np.ones((2, 10)), [1, 2, 3])


def two_layer_net() -> Network:
    return Network(find_template("TwoLayerNet").item().network, seed=1)


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = draw_digits(count)
    return images[:, None] / 255.0, labels.astype(np.intp)


def test_turning_one_weight_moves_the_loss_smoothly_and_accuracy_in_jumps() -> None:
    """Why set a loss function: at nearly every place the accuracy has the slope 0, the loss has not."""
    network = two_layer_net()
    key = next(reversed([key for key in network.parameters if key.endswith("/W")]))
    images, labels = digits(100)
    turned = turn_one_weight(network, images, labels, key, (7, 3), np.linspace(-20, 20, 401))
    stairs, slopes = np.diff(turned.accuracies), np.diff(turned.losses)
    assert 0 < np.count_nonzero(stairs) < 100
    assert np.abs(stairs[stairs != 0]).min() >= 0.01 - 1e-12
    assert np.count_nonzero(slopes) > 390
    assert np.abs(np.diff(slopes)).max() < 0.05 * np.ptp(turned.losses) / 10


def test_the_curves_go_through_the_network_as_it_is() -> None:
    """Why set a loss function: at the weight's own value both are the network's own loss and accuracy."""
    network = two_layer_net()
    key = next(reversed([key for key in network.parameters if key.endswith("/W")]))
    images, labels = digits(70)
    turned = turn_one_weight(network, images, labels, key, (7, 3), [network.parameters[key].value[7, 3]])
    answers = network.predict(images)
    assert turned.accuracies[0] == accuracy(answers, labels)
    assert turned.losses[0] == pytest.approx(cross_entropy(answers, labels, delta=0.0), rel=1e-6)


# -- numerical differentiation -----------------------------------------------------------------------------------------
def parabola(x: float) -> float:
    return 0.01 * x**2 + 0.1 * x


def test_the_numerical_slope_of_a_parabola() -> None:
    """Examples of numerical differentiation: 0.01 x^2 + 0.1 x has the slope 0.2 at 5 and 0.3 at 10."""
    assert numerical_diff(parabola, 5.0) == pytest.approx(0.2, abs=1e-11)
    assert numerical_diff(parabola, 10.0) == pytest.approx(0.3, abs=1e-11)


def test_central_differences_are_far_better_than_forward_ones() -> None:
    """Derivative: the error is of order h^2, that of the forward difference of order h."""
    central = abs(numerical_diff(np.exp, 1.0) - np.e)
    forward = abs(forward_difference(np.exp, 1.0) - np.e)
    assert central < 1e-8 < 1e-4 < forward


def test_a_step_that_is_too_small_drowns_in_rounding() -> None:
    """Derivative, a bad implementation: with h = 1e-50 nothing is left."""
    assert numerical_diff(parabola, 5.0, h=1e-50) == 0.0


@pytest.mark.parametrize(("at", "gradient"), [((3, 4), "6 8"), ((0, 2), "0 4"), ((3, 0), "6 0")])
def test_the_numerical_gradient_of_the_bowl(at: tuple[int, int], gradient: str) -> None:
    """Gradient: x0^2 + x1^2 at three places."""
    expected = [float(word) for word in gradient.split()]
    np.testing.assert_allclose(numerical_gradient(bowl, np.array(at)), expected, atol=1e-9)


def test_the_arrows_point_to_the_bottom_and_grow_with_the_distance() -> None:
    """Gradient: the picture of the arrows, minus the gradient, over x0^2 + x1^2."""
    places, slopes = arrows(bowl, np.linspace(-2, 2, 5), np.linspace(-1.5, 1.5, 4))
    assert places.shape == slopes.shape == (4, 5, 2)
    np.testing.assert_array_equal(places[0, 4], [2.0, -1.5])
    np.testing.assert_allclose(slopes, 2 * places, atol=1e-9)


# -- gradient descent --------------------------------------------------------------------------------------------------
def test_gradient_descent_reaches_the_bottom(prints_as: Printed) -> None:
    """Gradient method: from (-3, 4) with a rate of 0.1, 100 steps."""
    path = gradient_descent(bowl, (-3.0, 4.0), rate=0.1, steps=100)
    assert path.shape == (101, 2)
    np.testing.assert_array_equal(path[0], [-3, 4])
    prints_as(path[-1], "-6.11110793e-10 8.14814391e-10")


def test_a_rate_that_is_too_large_flies_away() -> None:
    """Gradient method: a rate of 10. (Numerical gradients drown in rounding out there, or it would be further.)"""
    assert np.abs(gradient_descent(bowl, (-3.0, 4.0), rate=10.0)[-1]).max() > 1e12


def test_a_rate_that_is_too_small_hardly_moves(prints_as: Printed) -> None:
    """Gradient method: a rate of 1e-10."""
    prints_as(gradient_descent(bowl, (-3.0, 4.0), rate=1e-10)[-1], "-2.99999994 3.99999992")


# -- simpleNet ---------------------------------------------------------------------------------------------------------
X, T = (0.6, 0.9), (0, 0, 1)


def test_the_loss_of_simple_net() -> None:
    """Gradients for a neural network: the loss is 0.2071304284.

    W is known to eight decimals. What was cut off can be 5e-9 in each weight, and moves the loss by as much times the
    sum of the slopes: the last two digits are not in the printed W.
    """
    net = book_net()
    unknown = 5e-9 * np.abs(net.gradient(X, T)).sum()
    assert unknown < 3e-9
    assert net.loss(X, T) == pytest.approx(0.2071304284, abs=unknown)


def test_the_numerical_gradient_of_simple_net(prints_as: Printed) -> None:
    """Gradients for a neural network: dL/dW."""
    prints_as(
        book_net().numerical_gradient(X, T),
        "0.02939563 0.08285624 -0.11225188 0.04409345 0.12428437 -0.16837781",
    )


def test_backpropagation_through_simple_net_agrees() -> None:
    """Gradients for a neural network, and backpropagation: x^T (y - t). (1e-7 in the logarithm is the difference.)"""
    net = book_net()
    np.testing.assert_allclose(net.gradient(X, T), net.numerical_gradient(X, T), atol=3e-8)


def test_a_step_down_the_gradient_makes_the_loss_of_simple_net_smaller() -> None:
    net = book_net()
    moved = type(net)(net.W - 0.1 * net.gradient(X, T))
    assert moved.loss(X, T) < net.loss(X, T)


# -- TwoLayerNet -------------------------------------------------------------------------------------------------------
def test_numerical_and_backward_gradient_of_two_layer_net_agree_and_one_is_far_slower() -> None:
    """Implementing backpropagation for a neural network, gradient check: the differences, and both times."""
    network = two_layer_net()
    images, labels = digits(3)
    before = network.arrays()
    found = compare_gradients(network, images, labels, most=40)
    assert set(found.differences) == set(network.parameters)
    assert max(found.differences.values()) < 1e-9
    assert (found.tried, found.elements) == (40 + 40 + 40 + 10, 784 * 50 + 50 + 50 * 10 + 10)
    assert found.ratio > 100
    assert found.whole_seconds > found.numerical_seconds > 0
    assert all(np.array_equal(before[key], value) for key, value in network.arrays().items())


def test_all_elements_are_tried_where_no_number_is_given() -> None:
    affine = LAYERS["affine"].item.Spec(units=10)
    network = Network(NetworkSpec(in_shape=(3,), layers=(affine,)))
    found = compare_gradients(network, np.random.default_rng(0).normal(size=(2, 3)), np.array([1, 2]))
    assert (found.tried, found.elements) == (40, 40)
    assert found.whole_seconds == found.numerical_seconds


@pytest.mark.slow
def test_two_layer_net_reaches_96_5_percent_in_10_000_batches(
    template: Callable[..., ProjectSpec], reached: Callable[..., float]
) -> None:
    """Implementing a training algorithm: 784-50-10, batches of 100, rate 0.1, 10,000 iterations."""
    project = template("TwoLayerNet", epochs=19)
    assert (type(project.training.optimizer).kind, project.training.optimizer.learning_rate) == ("sgd", 0.1)
    assert reached(project, steps=10_000) >= 0.965
