"""How weights begin (chapter 6.2)."""

import numpy as np
import pytest

from fishlab.core.initializers import INITIALIZERS, initial_value
from fishlab.core.layers import LAYERS, ParameterInfo
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec

WIDE = ParameterInfo("W", (400, 300), "weight", fan_in=400, fan_out=300, out_axis=1)
DEEP = ParameterInfo("W", (64, 32, 3, 5), "weight", fan_in=32 * 15, fan_out=64 * 15)

TALL = ParameterInfo("W", (20, 50), "weight", fan_in=20, fan_out=50, out_axis=1)
TURNED = ParameterInfo("W", (6, 4, 3, 5), "weight", fan_in=90, fan_out=60, out_axis=1)
DEVIATIONS = {
    "he": lambda fan_in, fan_out: (2 / fan_in) ** 0.5,
    "he_uniform": lambda fan_in, fan_out: (2 / fan_in) ** 0.5,
    "xavier": lambda fan_in, fan_out: (1 / fan_in) ** 0.5,
    "xavier_uniform": lambda fan_in, fan_out: (1 / fan_in) ** 0.5,
    "glorot": lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5,
    "glorot_uniform": lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5,
    "normal": lambda fan_in, fan_out: 0.03,
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("info", [WIDE, DEEP], ids=["affine", "convolution"])
@pytest.mark.parametrize("kind", DEVIATIONS)
def test_weights_begin_with_the_deviation_that_is_promised(kind, info) -> None:
    values = INITIALIZERS[kind].item(np.random.default_rng(0), info, 0.03)
    assert values.shape == info.shape
    assert values.std() == pytest.approx(DEVIATIONS[kind](info.fan_in, info.fan_out), rel=0.02)
    assert abs(values.mean()) < values.std() / 50
    skew, kurtosis = (np.mean((values / values.std()) ** power) for power in (3, 4))
    assert abs(skew) < 0.05 and kurtosis == pytest.approx(1.8 if "uniform" in kind else 3, abs=0.1)


@pytest.mark.parametrize("kind", [kind for kind in DEVIATIONS if "uniform" in kind])
def test_uniform_weights_fill_their_range_and_keep_to_it(kind) -> None:
    values, limit = INITIALIZERS[kind].item(np.random.default_rng(0), WIDE, 0.0), 3**0.5 * DEVIATIONS[kind](400, 300)
    assert 0.999 * limit < abs(values).max() <= limit


@pytest.mark.parametrize("info", [WIDE, TALL, DEEP, TURNED], ids=["affine", "more units", "convolution", "transposed"])
def test_orthogonal_weights_of_different_units_stand_at_right_angles(info) -> None:
    values = INITIALIZERS["orthogonal"].item(np.random.default_rng(0), info, 0.0)
    assert values.shape == info.shape
    rows = np.moveaxis(values, info.out_axis, 0).reshape(info.shape[info.out_axis], -1)
    product = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


def test_orthogonal_weights_are_drawn_evenly() -> None:
    """Without the right signs, the first entry would never be positive."""
    one = ParameterInfo("W", (3, 3), "weight", fan_in=3, fan_out=3, out_axis=1)
    drawn = np.array([INITIALIZERS["orthogonal"].item(np.random.default_rng(seed), one, 0.0) for seed in range(400)])
    assert abs(drawn.mean(axis=0)).max() < 0.15
    np.testing.assert_allclose((drawn**2).mean(axis=0), 1 / 3, atol=0.06)


def test_every_initializer_is_described_and_tested_here() -> None:
    assert {*DEVIATIONS, "orthogonal", "zero"} == set(INITIALIZERS.kinds())
    assert all(entry.title and entry.chapter and entry.help.endswith(".") for entry in INITIALIZERS)


@pytest.mark.parametrize("init", INITIALIZERS.kinds())
@pytest.mark.parametrize("kind", [entry.kind for entry in LAYERS if hasattr(entry.item.Spec, "init")])
def test_every_layer_with_weights_begins_in_every_way(kind, init) -> None:
    spec = LAYERS[kind].item.Spec(init=init)
    in_shape = (2, 7, 9) if kind != "affine" else (12,)
    end = [LAYERS["flatten"].item.Spec()] if kind != "affine" else []
    network = Network(NetworkSpec(in_shape=in_shape, layers=(spec, *end, LAYERS["affine"].item.Spec(units=10))))
    weights = network.parameters[f"{spec.uid}/W"].value
    assert np.isfinite(weights).all() and weights.any() == (init != "zero")


def test_units_that_begin_at_zero_stay_alike() -> None:
    affine, sigmoid = LAYERS["affine"].item.Spec, LAYERS["sigmoid"].item.Spec
    first = affine(units=5, init="zero")
    network = Network(NetworkSpec(in_shape=(4,), layers=(first, sigmoid(), affine(units=10, init="zero"))))
    rng = np.random.default_rng(0)
    for _ in range(3):
        network.gradient_step(rng.normal(size=(4, 7)).astype(np.float32), rng.integers(0, 10, 7))
        network.values -= network.grads
    weights = network.parameters[f"{first.uid}/W"].value
    assert weights.all(), "they learn"
    assert (weights == weights[:, :1]).all()


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
