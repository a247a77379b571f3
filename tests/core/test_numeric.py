"""Numerical differentiation with the numbers of chapter 4, and the gradient check on whole networks."""

import numpy as np
import pytest

from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.network import Network
from fishlab.core.numeric import gradient_check, numerical_gradient
from fishlab.core.spec import NetworkSpec
from fishlab.core.templates import find_template


@pytest.mark.parametrize(("at", "slope"), [(5.0, 0.2), (10.0, 0.3)])
def test_the_slope_of_a_parabola(at: float, slope: float) -> None:
    found = numerical_gradient(lambda x: float(0.01 * x**2 + 0.1 * x), np.array(at))
    assert found == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize(("at", "gradient"), [((3, 4), (6, 8)), ((0, 2), (0, 4)), ((3, 0), (6, 0))])
def test_the_gradient_of_a_bowl_at_whole_numbers(at: tuple[int, int], gradient: tuple[int, int]) -> None:
    found = numerical_gradient(lambda x: float(np.sum(x**2)), np.array(at))
    np.testing.assert_allclose(found, gradient, atol=1e-8)


def test_the_gradient_of_the_simple_net_of_chapter_4() -> None:
    weight = np.array([[0.47355232, 0.9977393, 0.84668094], [0.85557411, 0.03563661, 0.69422093]])
    x, label = np.array([0.6, 0.9]), np.array([2])
    loss = LOSSES["softmax_cross_entropy"].item(LOSSES["softmax_cross_entropy"].item.Spec())

    def of(values: np.ndarray) -> float:
        return loss.forward((x @ values)[:, None], label)

    assert of(weight) == pytest.approx(0.92806853)
    expected = [[0.21924763, 0.14356247, -0.36281009], [0.32887144, 0.2153437, -0.54421514]]
    np.testing.assert_allclose(numerical_gradient(of, weight), expected, atol=1e-7)


def test_the_point_is_left_where_it_was() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    x.setflags(write=False)
    np.testing.assert_allclose(numerical_gradient(lambda v: float(v[0, 1] * v[1, 0]), x), [[0, 3], [2, 0]], atol=1e-9)


def small_network() -> NetworkSpec:
    """Every kind of layer that learns or draws, small."""
    kinds: list[tuple[str, dict]] = [
        ("convolution", {"filters": 3, "kernel_size": (2, 3), "padding": (1, 0)}),
        ("batch_normalization", {}),
        ("tanh", {}),
        ("average_pool", {"pool_size": (1, 2), "stride": (1, 2)}),
        ("convolution", {"filters": 2, "kernel_size": 2, "bias": False}),
        ("flatten", {}),
        ("dropout", {"rate": 0.3}),
        ("affine", {"units": 10}),
    ]
    layers = tuple(LAYERS[kind].item.Spec(uid=f"u{number}", **values) for number, (kind, values) in enumerate(kinds))
    return NetworkSpec(in_shape=(2, 5, 8), layers=layers)


def example(in_shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(0).random((3, *in_shape)), np.array([1, 7, 4])


def test_backpropagation_passes_the_check_in_every_parameter() -> None:
    network = Network(small_network(), seed=1)
    before = network.values.copy(), network.grads.copy(), network.state.copy()
    found = gradient_check(network, *example((2, 5, 8)))
    assert set(found) == {"u0/W", "u0/b", "u1/gamma", "u1/beta", "u4/W", "u7/W", "u7/b"}
    assert max(found.values()) < 1e-5
    for now, then in zip((network.values, network.grads, network.state), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("name", ["TwoLayerNet", "LeNet-5"])
def test_the_books_networks_pass_the_check(name: str) -> None:
    network = Network(find_template(name).item().network, seed=2)
    assert max(gradient_check(network, *example((1, 28, 28)), most=4).values()) < 1e-5


def test_a_wrong_backward_pass_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    tanh = LAYERS["tanh"].item
    right = tanh.backward
    monkeypatch.setattr(tanh, "backward", lambda self, dout: right(self, dout) * 1.01)
    found = gradient_check(Network(small_network(), seed=1), *example((2, 5, 8)))
    assert found["u0/W"] > 1e-3 and found["u4/W"] < 1e-5  # what stands behind the mistake is right
