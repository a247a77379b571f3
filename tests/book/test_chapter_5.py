"""Chapter 5, backpropagation: computational graphs, layers, softmax with loss, and checks of gradients."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from fishlab.core.book import (
    GRAPHS,
    OPERATIONS,
    Graph,
    backward_steps,
    forward_steps,
    leaf,
    network_pass,
    node,
    sigmoid,
    softmax,
)
from fishlab.core.book.graph import backward, forward
from fishlab.core.book.graphs import (
    affine_graph,
    apples,
    apples_and_oranges,
    sigmoid_graph,
    softmax_with_loss_graph,
    square_of_sum,
)
from fishlab.core.errors import SpecError, UnknownKindError
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.network import Network
from fishlab.core.numeric import gradient_check, numerical_gradient
from fishlab.core.spec import NetworkSpec

Printed = Callable[[object, str], None]


# -- graphs ------------------------------------------------------------------------------------------------------------
def test_two_apples_and_the_tax(prints_as: Printed) -> None:
    """Solving with computational graphs, and their backward pass: 220; 2.2, 110 and 200."""
    values = forward(apples())
    slopes = backward(apples(), values)
    prints_as(values["total"], "220")
    prints_as([slopes[name] for name in ("apple", "apples", "tax")], "2.2 110 200")


def test_apples_and_oranges(prints_as: Printed) -> None:
    """A layer for multiplication and one for addition: 715; 110, 2.2, 3.3, 165 and 650."""
    values = forward(apples_and_oranges())
    slopes = backward(apples_and_oranges(), values)
    prints_as(values["total"], "715")
    prints_as(
        [slopes[name] for name in ("apples", "apple", "orange", "oranges", "tax")],
        "110 2.2 3.3 165 650",
    )


def test_values_can_be_edited(prints_as: Printed) -> None:
    graph = apples().with_values(apple=150, apples=4)
    prints_as(forward(graph)["total"], "660")
    prints_as(forward(apples())["total"], "220")


def test_a_graph_can_be_stepped_by_hand() -> None:
    """Computational graphs: forward from the leaves to the result, back from the result to the leaves."""
    graph = apples()
    there = list(forward_steps(graph))
    assert [step.node.name for step in there] == ["apple", "apples", "tax", "price", "total"]
    back = list(backward_steps(graph, {step.node.name: step.value for step in there}))
    assert [step.node.name for step in back] == ["total", "price", "tax", "apples", "apple"]
    assert [float(dx) for dx in back[0].dx] == pytest.approx([1.1, 200])
    assert [float(dx) for dx in back[1].dx] == pytest.approx([2.2, 110])
    assert back[-1].dx == ()


def test_the_chain_rule_on_the_square_of_a_sum(prints_as: Printed) -> None:
    """Chain rule: z = t^2, t = x + y; dz/dx = 2 (x + y)."""
    graph = square_of_sum(3, 4)
    slopes = backward(graph, forward(graph))
    prints_as([slopes["z"], slopes["t"], slopes["x"], slopes["y"]], "1 14 14 14")


def test_what_comes_in_from_above_is_multiplied_through() -> None:
    """Chain rule: a slope of 5 at the result makes every slope five times as large."""
    graph = apples_and_oranges()
    values = forward(graph)
    once, five = backward(graph, values), backward(graph, values, dout=5)
    for name, slope in once.items():
        np.testing.assert_allclose(five[name], 5 * slope)


def test_a_value_that_is_used_twice_gets_both_slopes() -> None:
    graph = Graph((leaf("x", 3), node("x²", "multiply", "x", "x"), node("y", "add", "x²", "x")))
    assert float(backward(graph, forward(graph))["x"]) == 2 * 3 + 1


@pytest.mark.parametrize("kind", GRAPHS.kinds())
def test_every_slope_of_a_graph_is_what_differences_say(kind: str) -> None:
    """Every graph of the chapter, at each of its leaves; the slope is that of the sum of the results."""
    graph = GRAPHS[kind].item()
    slopes = backward(graph, forward(graph))
    for entry in graph.leaves:

        def result(value: np.ndarray, name: str = entry.name) -> float:
            return float(np.sum(forward(graph.with_values(**{name: value}))[graph.result]))

        there = np.asarray(entry.value)
        numerical = numerical_gradient(result, there)
        np.testing.assert_allclose(slopes[entry.name], numerical, rtol=1e-7, atol=1e-8, err_msg=entry.name)


@pytest.mark.parametrize("kind", OPERATIONS.kinds())
def test_every_operation_hands_back_what_differences_say(kind: str) -> None:
    operation, rng = OPERATIONS[kind].item, np.random.default_rng(3)
    shapes = [(2, 3), (3, 4)] if operation.symbol == "x·W" else [(2, 3), (2, 3)]
    inputs = tuple(rng.uniform(0.5, 2, size=shape) for shape in shapes[: operation.inputs])
    out = operation.forward(*inputs)
    dout = rng.normal(size=np.shape(out))
    for index, dx in enumerate(operation.backward(dout, inputs, out)):

        def result(value: np.ndarray, at: int = index) -> float:
            return float(np.sum(dout * operation.forward(*inputs[:at], value, *inputs[at + 1 :])))

        np.testing.assert_allclose(dx, numerical_gradient(result, inputs[index]), rtol=1e-7, atol=1e-8)


def test_a_logarithm_of_zero_is_shown_and_not_warned_of() -> None:
    graph = Graph((leaf("x", 0), node("y", "log", "x")))
    values = forward(graph)
    assert values["y"] == -np.inf
    assert backward(graph, values)["x"] == np.inf


def test_graphs_that_cannot_be_are_refused() -> None:
    with pytest.raises(SpecError, match="does not stand before"):
        Graph((node("y", "exp", "x"), leaf("x", 1)))
    with pytest.raises(SpecError, match="takes 2 inputs and gets 1"):
        Graph((leaf("x", 1), node("y", "add", "x")))
    with pytest.raises(SpecError, match="Two nodes"):
        Graph((leaf("x", 1), leaf("x", 2)))
    with pytest.raises(UnknownKindError, match="multiply"):
        Graph((leaf("x", 1), node("y", "multiplie", "x", "x")))
    with pytest.raises(SpecError, match="at least one"):
        Graph(())
    with pytest.raises(SpecError, match="'total' is not a leaf"):
        apples().with_values(total=1)


# -- the layers as graphs ----------------------------------------------------------------------------------------------
def layer(kind: str, in_shape: tuple[int, ...]) -> object:
    layer_type = LAYERS[kind].item
    return layer_type(layer_type.Spec(), in_shape, {}, np.dtype(np.float64))


@pytest.mark.parametrize("x", [-3.0, 0.0, 0.5, 4.0])
def test_the_sigmoid_graph_hands_back_y_times_1_minus_y(x: float) -> None:
    """Sigmoid layer: four nodes come to y (1 - y), as the engine's layer does."""
    graph = sigmoid_graph(x)
    values = forward(graph)
    y = float(values["y"])
    assert y == pytest.approx(float(sigmoid(x)), rel=1e-14)
    assert float(backward(graph, values)["x"]) == pytest.approx(y * (1 - y), rel=1e-13)


def test_the_affine_graph_is_the_engine_s_affine_layer() -> None:
    """Affine layer for batches: dx = dout W^T, dW = x^T dout, db = the sum of dout over the batch."""
    rng = np.random.default_rng(4)
    x, W, b, dout = rng.normal(size=(2, 4)), rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(2, 3))
    graph = affine_graph(x, W, b)
    graph = Graph((*graph.nodes, leaf("dout", dout), node("with dout", "multiply", "y", "dout"),
                   node("sum", "sum", "with dout")))
    values = forward(graph)
    slopes = backward(graph, values)
    spec = NetworkSpec(in_shape=(4,), layers=(LAYERS["affine"].item.Spec(uid="a", units=3),), classes=3)
    network = Network(spec, dtype=np.float64, start={"a/W": W, "a/b": b})
    network.layers[0].input_gradient = True
    np.testing.assert_allclose(values["y"], network.layers[0].forward(x.T, training=True).T, rtol=1e-13)
    np.testing.assert_allclose(slopes["x"], network.layers[0].backward(dout.T).T, rtol=1e-12)
    np.testing.assert_allclose(slopes["W"], network.parameters["a/W"].grad, rtol=1e-12)
    np.testing.assert_allclose(slopes["b"], network.parameters["a/b"].grad, rtol=1e-12)


def test_softmax_with_loss_hands_back_y_minus_t(prints_as: Printed) -> None:
    """Softmax-with-loss layer: (0.3, 0.2, 0.5) with t (0, 1, 0) gives (0.3, -0.8, 0.5), through every single node."""
    graph = softmax_with_loss_graph(np.log([0.3, 0.2, 0.5]), (0, 1, 0))
    values = forward(graph)
    prints_as(values["y"], "0.3 0.2 0.5")
    np.testing.assert_allclose(backward(graph, values)["a"], [0.3, -0.8, 0.5], rtol=1e-14)
    assert float(values["L"]) == pytest.approx(-np.log(0.2), rel=1e-14)


def test_the_engine_s_loss_hands_back_y_minus_t() -> None:
    """Softmax-with-loss layer: the engine's, on the same three shares, and over a batch of two the mean."""
    loss = LOSSES["softmax_cross_entropy"].item(LOSSES["softmax_cross_entropy"].item.Spec())
    scores = np.log([[0.3, 0.2, 0.5]]).T
    assert loss.forward(scores, np.array([1])) == pytest.approx(-np.log(0.2), rel=1e-14)
    np.testing.assert_allclose(loss.backward()[:, 0], [0.3, -0.8, 0.5], rtol=1e-14)
    loss.forward(np.repeat(scores, 2, axis=1), np.array([1, 1]))
    np.testing.assert_allclose(loss.backward()[:, 0], [0.15, -0.4, 0.25], rtol=1e-14)


# -- a network of one's own --------------------------------------------------------------------------------------------
def stack(*kinds: tuple[str, dict[str, object]]) -> NetworkSpec:
    layers = tuple(LAYERS[kind].item.Spec(uid=f"u{number}", **values) for number, (kind, values) in enumerate(kinds))
    return NetworkSpec(in_shape=(2, 6, 7), layers=layers)


def everything() -> NetworkSpec:
    """Smooth layers of every sort: no corner stands in the way of the differences."""
    return stack(
        ("convolution", {"filters": 3, "kernel_size": (3, 2), "padding": (1, 0)}),
        ("batch_normalization", {}),
        ("sigmoid", {}),
        ("average_pool", {}),
        ("flatten", {}),
        ("affine", {"units": 8}),
        ("batch_normalization", {}),
        ("tanh", {}),
        ("dropout", {"rate": 0.3}),
        ("affine", {"units": 10}),
    )


def batch(count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(count, 2, 6, 7)), rng.integers(0, 10, size=count)


def with_blocks() -> NetworkSpec:
    """A residual block at the very top, and a parallel one; the first layer of all is frozen."""
    inner = [
        LAYERS["convolution"].item.Spec(uid=f"c{number}", filters=2, kernel_size=3, padding=1, frozen=number == 0)
        for number in range(3)
    ]
    bend = LAYERS["tanh"].item.Spec(uid="t")
    layers = (
        LAYERS["residual"].item.Spec(uid="r", branches=((inner[0], bend), ())),
        LAYERS["parallel"].item.Spec(uid="p", branches=((inner[1],), (inner[2],))),
        LAYERS["flatten"].item.Spec(uid="f"),
        LAYERS["affine"].item.Spec(uid="a", units=10),
    )
    return NetworkSpec(in_shape=(2, 6, 7), layers=layers)


@pytest.mark.parametrize("make", [everything, with_blocks])
def test_stepping_through_a_network_gives_the_gradient_of_the_run(make: Callable[[], NetworkSpec]) -> None:
    """Implementing backpropagation: every tensor of one's own network, and the gradients the training would use."""
    network = Network(make(), seed=2, dtype=np.float64)
    images, labels = batch()
    found = network_pass(network, images, labels, seed=2, step=3)
    network.begin_step(3)
    loss, _ = network.gradient_step(np.ascontiguousarray(np.moveaxis(images, 0, -1)), labels)
    assert found.loss == pytest.approx(loss, rel=1e-14)
    grads = {key: grad for passed in found.layers for key, grad in passed.grads.items()}
    expected = dict(network.split(network.grads))
    assert set(grads) == set(expected)
    for key, grad in grads.items():
        np.testing.assert_allclose(grad, expected[key], rtol=1e-10, atol=1e-15)


def test_the_tensors_of_a_pass_hang_together() -> None:
    """Implementing backpropagation: what one layer gives the next takes, and the way back begins with y - t."""
    network = Network(everything(), seed=2, dtype=np.float64)
    images, labels = batch()
    found = network_pass(network, images, labels)
    np.testing.assert_array_equal(found.layers[0].x, images)
    for earlier, later in itertools.pairwise(found.layers):
        np.testing.assert_array_equal(earlier.out, later.x)
        np.testing.assert_array_equal(earlier.dout, later.dx)
    affine = found.layers[-1]
    np.testing.assert_allclose(found.dscores, (softmax(affine.out) - np.eye(10)[labels]) / len(labels), atol=1e-15)
    np.testing.assert_array_equal(affine.dout, found.dscores)
    np.testing.assert_allclose(affine.grads["u9/W"], affine.x.T @ affine.dout, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(affine.grads["u9/b"], affine.dout.sum(axis=0), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("make", [everything, with_blocks])
def test_the_way_back_goes_on_to_the_images(make: Callable[[], NetworkSpec]) -> None:
    """Implementing backpropagation: dx of the first layer, which a training leaves out, is dL/dx by differences."""
    network = Network(make(), seed=2, dtype=np.float64)
    images, labels = batch(3)
    found = network_pass(network, images, labels, seed=2)

    def loss(corner: np.ndarray) -> float:
        moved = images.copy()
        moved[:, 1, :2, :2] = corner
        return network_pass(network, moved, labels, seed=2).loss

    numerical = numerical_gradient(loss, images[:, 1, :2, :2])
    np.testing.assert_allclose(found.layers[0].dx[:, 1, :2, :2], numerical, rtol=1e-5, atol=1e-9)
    assert np.abs(numerical).max() > 1e-3


def test_stepping_leaves_the_network_as_it_is() -> None:
    network = Network(everything(), seed=2)
    before = network.arrays()
    network_pass(network, *batch())
    assert all(np.array_equal(before[key], value) for key, value in network.arrays().items())


def test_the_gradient_check_is_about_1e_10_for_every_parameter() -> None:
    """Gradient check, float64: batch normalization and dropout included.

    A bias before batch normalization is taken off again with the mean: its gradient is 0, and of what the check calls
    a difference, a share of 1e-4, all is rounding.
    """
    images, labels = batch()
    found = gradient_check(Network(everything(), seed=2), images, labels)
    without_effect = {key: found.pop(key) for key in ("u0/b", "u5/b")}
    assert len(found) == 8
    assert max(found.values()) < 1e-8
    assert np.median(list(found.values())) < 1e-9
    assert max(without_effect.values()) * 1e-4 < 1e-9


def test_a_corner_of_relu_shows_in_the_gradient_check_and_only_there() -> None:
    """Gradient check, kinks: at 0 the slope of ReLU jumps, and a difference across it lies between both sides."""
    layers = tuple(
        LAYERS[kind].item.Spec(uid=uid, **values)
        for uid, kind, values in (("a", "affine", {"units": 10}), ("r", "relu", {}))
    )
    spec = NetworkSpec(in_shape=(4,), layers=layers)
    rng = np.random.default_rng(6)
    images, labels = rng.normal(size=(3, 4)), np.array([1, 0, 2])
    off = Network(spec, start={"a/b": np.full(10, 0.01)}, seed=1)
    assert gradient_check(off, images, labels)["a/b"] < 1e-8
    on = Network(spec, start={"a/W": np.zeros((4, 10)), "a/b": np.zeros(10)})
    assert gradient_check(on, images, labels)["a/b"] > 0.1
