"""How weights begin (chapter 6.2)."""

import numpy as np
import pytest

from fishlab.core.initializers import INITIALIZERS, initial_value
from fishlab.core.layers import LAYERS, ParameterInfo
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

WIDE = ParameterInfo("W", (400, 300), "weight", fan_in=400, fan_out=300)
DEEP = ParameterInfo("W", (64, 32, 3, 5), "weight", fan_in=32 * 15, fan_out=64 * 15)


@pytest.mark.parametrize("info", [WIDE, DEEP], ids=["affine", "convolution"])
@pytest.mark.parametrize(
    ("kind", "deviation"),
    [("he", lambda fan: (2 / fan) ** 0.5), ("xavier", lambda fan: (1 / fan) ** 0.5), ("normal", lambda fan: 0.03)],
)
def test_weights_begin_with_the_deviation_that_is_promised(kind, deviation, info) -> None:
    values = INITIALIZERS[kind].item(np.random.default_rng(0), info, 0.03)
    assert values.shape == info.shape
    assert values.std() == pytest.approx(deviation(info.fan_in), rel=0.02)
    assert abs(values.mean()) < values.std() / 50
    skew, kurtosis = (np.mean((values / values.std()) ** power) for power in (3, 4))
    assert abs(skew) < 0.05 and kurtosis == pytest.approx(3, abs=0.1)  # normal, not uniform


def test_a_deviation_of_zero_gives_zeros() -> None:
    assert not INITIALIZERS["normal"].item(np.random.default_rng(0), WIDE, 0.0).any()


@pytest.mark.parametrize(("init", "expected"), [("zero", 0.0), ("one", 1.0)])
def test_biases_and_scales_begin_where_they_do_nothing(init: str, expected: float) -> None:
    info = ParameterInfo("b", (5,), "bias", init=init)
    assert initial_value(np.random.default_rng(0), info, None).tolist() == [expected] * 5


@pytest.mark.parametrize(
    ("kind", "in_shape", "fan_in", "fan_out"),
    [("affine", (12,), 12, 7), ("convolution", (3, 9, 9), 3 * 2 * 4, 7 * 2 * 4)],
)
def test_fans_count_what_goes_into_and_out_of_a_unit(kind, in_shape, fan_in, fan_out) -> None:
    layer = LAYERS[kind].item
    values = {"units": 7} if kind == "affine" else {"filters": 7, "kernel_size": (2, 4)}
    weight = layer.parameters(layer.Spec(**values), in_shape)[0]
    assert (weight.fan_in, weight.fan_out) == (fan_in, fan_out)


def test_he_keeps_the_width_of_a_deep_relu_stack_and_small_weights_lose_it() -> None:
    affine, relu = LAYERS["affine"].item.Spec, LAYERS["relu"].item.Spec

    def width(**start) -> float:
        stack = [layer for _ in range(8) for layer in (affine(units=100, **start), relu())]
        network = Network(NetworkSpec(in_shape=(100,), layers=(*stack, affine(units=10))), seed=3)
        x = np.random.default_rng(0).normal(size=(100, 200)).astype(np.float32)
        for layer in network.layers[:-1]:
            x = layer.forward(x, training=False)
        return float(x.std())

    assert 0.3 < width(init="he") < 2
    assert width(init="normal", std=0.01) < 1e-4
