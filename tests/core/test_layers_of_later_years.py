"""What the layers beyond the book's own promise besides the contract: small examples by hand, limits, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_runs import layer as layer_spec
from test_layers import as_image, build

from fishlab.core.errors import FieldError
from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import Misfit
from fishlab.core.layers.upsampling import mixture
from fishlab.core.network import Network
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec

LINE = np.array([-1e4, -3.0, -1.0, -1e-3, 0.0, 1e-3, 1.0, 3.0, 1e4])


def run(kind: str, x: np.ndarray, dtype: Any = np.float64, **values: Any) -> np.ndarray:
    return build(kind, x.shape[:-1], dtype, **values).forward(x.astype(dtype), training=False)


def misfit(kind: str, in_shape: tuple[int, ...], **values: Any) -> Misfit:
    with pytest.raises(Misfit) as caught:
        LAYERS[kind].item.output_shape(layer_spec(kind, **values), in_shape)
    return caught.value


# -- activations -----------------------------------------------------------------------------------------------------
def test_leaky_relu_lets_a_little_of_the_negative_through() -> None:
    assert run("leaky_relu", np.array([[-2.0, 0.0, 3.0]]), slope=0.25).tolist() == [[-0.5, 0.0, 3.0]]
    leaky = build("leaky_relu", (1,), slope=0.25)
    leaky.forward(np.array([[-2.0, 0.0, 3.0]]), training=True)
    assert leaky.backward(np.full((1, 3), 8.0)).tolist() == [[2.0, 2.0, 8.0]]


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_elu_is_exp_less_one_below_zero_to_the_last_digits(alpha: float) -> None:
    small = -np.logspace(-12, 1, 40)[None]
    np.testing.assert_allclose(run("elu", small, alpha=alpha), alpha * np.expm1(small), rtol=1e-14)
    assert run("elu", np.array([[-1e4, 5.0]]), alpha=alpha).tolist() == [[-alpha, 5.0]]


def test_gelu_is_nearly_x_times_the_chance_that_a_normal_number_is_smaller() -> None:
    x = np.linspace(-6, 6, 301)
    exact = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in x]
    assert np.abs(run("gelu", x[None])[0] - exact).max() < 5e-4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["leaky_relu", "elu", "gelu"])
def test_activations_are_finite_and_their_slopes_too_however_large_the_numbers(kind: str, dtype: Any) -> None:
    layer = build(kind, (len(LINE),), dtype)
    out = layer.forward(LINE[:, None].astype(dtype), training=True)
    slope = layer.backward(np.ones_like(out))[:, 0]
    assert np.isfinite(out).all() and np.isfinite(slope).all()
    np.testing.assert_allclose(out[-1], 1e4)
    np.testing.assert_allclose(slope[-1], 1)
    assert abs(slope[0]) <= 0.011


# -- step ------------------------------------------------------------------------------------------------------------
def with_step(**values: Any) -> NetworkSpec:
    layers = layer_spec("affine", units=3), layer_spec("step", **values), layer_spec("affine", units=10)
    return NetworkSpec(in_shape=(2,), layers=layers)


def test_a_stack_with_a_step_is_refused_and_told_why() -> None:
    problem = infer(with_step()).problem
    assert problem is not None
    assert problem.sentence == "2 Step lets nothing before it learn"
    assert "slope is zero" in problem.reason
    assert problem.fields == ("forward_only",)
    repairs = {repair.label: repair.network for repair in problem.repairs}
    assert infer(repairs["Use it for answers only"]).ok
    mended = repairs["Put Sigmoid in its place"]
    assert [layer.kind for layer in mended.layers] == ["affine", "sigmoid", "affine"] and infer(mended).ok


def test_a_step_that_is_for_answers_says_yes_above_zero_and_no_at_zero() -> None:
    assert run("step", np.array([[-1.0, 0.0, 1e-9, 2.0]]), forward_only=True).tolist() == [[0, 0, 1, 1]]


def test_two_gates_into_a_third_are_xor() -> None:
    """Chapter 2.5: NAND and OR, then AND of both."""
    layers = [layer_spec("affine", units=2), layer_spec("step", forward_only=True), layer_spec("affine", units=10)]
    network = Network(NetworkSpec(in_shape=(2,), layers=tuple(layers), loss=layer_spec_of_loss()), dtype=np.float64)
    first, second = (network.layers[index].params for index in (0, 2))
    first["W"].value[...], first["b"].value[...] = [[-0.5, 0.5], [-0.5, 0.5]], [0.7, -0.2]
    second["W"].value[...], second["b"].value[...] = 0.5, -0.7
    inputs = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], float)
    assert (network.predict(inputs)[:, 0] > 0).tolist() == [False, True, True, False]


def layer_spec_of_loss() -> Any:
    from fishlab.core.losses import LOSSES

    return LOSSES["squared_error"].item.Spec()


# -- normalizations and pooling --------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(3, 4, 5), (60,)])
def test_layer_normalization_gives_every_image_mean_0_and_deviation_1(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(5, 3, (*shape, 7)) * np.arange(1, 8)
    out = run("layer_normalization", x)
    axes = tuple(range(len(shape)))
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=axes), 1, atol=1e-5)
    np.testing.assert_allclose(run("layer_normalization", x[..., 2:3])[..., 0], out[..., 2], rtol=1e-12)


def test_an_image_of_one_colour_is_normalized_without_a_division_by_zero() -> None:
    layer = build("layer_normalization", (2, 3, 4))
    assert not layer.forward(np.full((2, 3, 4, 2), 7.0), training=True).any()
    assert np.isfinite(layer.backward(np.ones((2, 3, 4, 2)))).all()


def test_response_normalization_divides_by_the_neighbours() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])[:, None, None, None]
    out = run("local_response_normalization", x, size=3, alpha=0.6, beta=0.5, k=2.0)
    sums = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16]
    wanted = [value / math.sqrt(2 + 0.2 * total) for value, total in zip([1, 2, 3, 4], sums, strict=True)]
    np.testing.assert_allclose(out[:, 0, 0, 0], wanted)


def test_the_mean_of_each_channel_is_a_row() -> None:
    assert run("global_average_pool", as_image([[1, 2], [3, 6]])).tolist() == [[3.0]]
    assert LAYERS["global_average_pool"].item.output_shape(layer_spec("global_average_pool"), (5, 3, 7)) == (5,)


# -- shapes ----------------------------------------------------------------------------------------------------------
def test_padding_goes_where_it_is_told() -> None:
    out = run("zero_padding", as_image([[1, 2]]), top=1, bottom=0, left=0, right=2)
    assert out[0, :, :, 0].tolist() == [[0, 0, 0, 0], [1, 2, 0, 0]]


@pytest.mark.parametrize("text", ["4 7 7", "4,7,7", " 4 x 7 × 7 ", "(4, 7, 7)", "4*7*7"])
def test_a_shape_may_be_typed_in_many_ways(text: str) -> None:
    assert layer_spec("reshape", shape=text).shape == "4 × 7 × 7"


@pytest.mark.parametrize("text", ["", "4 7", "4 7 0", "4 7 -7", "a b c", "1 2 3 4", "4.5", "9" * 30, "7" * 4000])
def test_a_shape_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(FieldError, match="such as 4 × 7 × 7") as caught:
        layer_spec("reshape", shape=text)
    assert len(str(caught.value)) < 200


def test_a_shape_with_room_for_another_count_is_refused_with_the_product_and_proposals_that_fit() -> None:
    problem = infer(NetworkSpec(in_shape=(3, 28, 28), layers=(layer_spec("reshape", shape="4 × 28 × 28"),))).problem
    assert problem is not None
    assert problem.arithmetic == "3·28·28 = 2,352 ≠ 4·28·28 = 3,136"
    assert [repair.label for repair in problem.repairs] == ["Shape 3 × 28 × 28"]
    assert [fix.label for fix in misfit("reshape", (72,), shape="80").fixes] == ["Shape 72", "Shape 2 × 6 × 6"]


# -- images that grow ------------------------------------------------------------------------------------------------
def test_nearest_repeats_and_bilinear_mixes() -> None:
    x = as_image([[0, 4]])
    assert run("upsampling", x, factor=(2, 2))[0, :, :, 0].tolist() == [[0, 0, 4, 4], [0, 0, 4, 4]]
    mixed = run("upsampling", x, factor=(1, 2), method="bilinear")
    assert mixed[0, 0, :, 0].tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize(("size", "factor"), [(1, 3), (2, 5), (7, 2), (5, 1)])
def test_what_is_mixed_adds_up_to_one_and_begins_and_ends_at_the_edges(size: int, factor: int) -> None:
    weights = mixture(size, factor)
    assert weights.shape == (size * factor, size)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights[0, 0] == weights[-1, -1] == 1


def test_a_filter_is_laid_down_for_each_pixel() -> None:
    layer = build("transposed_convolution", (1, 1, 2), filters=1, kernel_size=(2, 3), stride=(1, 2))
    layer.params["W"].value[...] = [[[[1, 2, 3], [4, 5, 6]]]]
    layer.params["b"].value[...] = 100
    out = layer.forward(as_image([[10, 1]]), training=False)[0, :, :, 0]
    assert out.tolist() == [[110, 120, 131, 102, 103], [140, 150, 164, 105, 106]]


@pytest.mark.parametrize("padding", [(0, 0), (1, 2)])
def test_a_transposed_convolution_is_the_transpose_of_a_convolution(padding: tuple[int, int]) -> None:
    """<conv(x), y> = <x, transposed(y)> for all x and y: they are one matrix and its transpose."""
    sizes = {"kernel_size": (3, 4), "stride": (2, 3), "padding": padding}
    rng, image = np.random.default_rng(3), (2, 9, 10) if padding == (0, 0) else (2, 9, 12)
    there = build("convolution", image, filters=5, bias=False, **sizes)
    back = build("transposed_convolution", there.out_shape, filters=2, bias=False, **sizes)
    assert back.out_shape == image
    there.params["W"].value[...] = back.params["W"].value[...] = rng.normal(size=there.params["W"].value.shape)
    x, y = rng.normal(size=(*image, 3)), rng.normal(size=(*there.out_shape, 3))
    forward, backward = there.forward(x, training=False), back.forward(y, training=False)
    np.testing.assert_allclose((forward * y).sum(axis=(0, 1, 2)), (x * backward).sum(axis=(0, 1, 2)), rtol=1e-12)


def test_a_transposed_convolution_that_leaves_nothing_is_refused_with_the_arithmetic() -> None:
    refused = misfit("transposed_convolution", (3, 2, 4), kernel_size=(2, 2), padding=(2, 0))
    assert refused.arithmetic == "(2 − 1)·2 − 2·2 + 2 + 0 = 0"
    assert refused.fields == ("padding",)
    too_much = misfit("transposed_convolution", (3, 2, 4), stride=(2, 3), output_padding=(1, 3))
    assert too_much.arithmetic == "3 ≥ 3"
    for one, in_shape in ((refused, (3, 2, 4)), (too_much, (3, 2, 4))):
        (fix,) = one.fixes
        values = {"kernel_size": (2, 2)} if one is refused else {"stride": (2, 3)}
        spec = layer_spec("transposed_convolution", **{**values, **fix.changes})
        assert min(LAYERS["transposed_convolution"].item.output_shape(spec, in_shape)) >= 1


# -- dropout in the book's way ---------------------------------------------------------------------------------------
def test_the_books_dropout_keeps_sizes_in_training_and_scales_when_predicting() -> None:
    layer = build("dropout", (50,), rate=0.3, scaled="predicting")
    layer.rng, x = np.random.default_rng(1), np.ones((50, 200))
    assert set(np.unique(layer.forward(x, training=True))) == {0.0, 1.0}
    np.testing.assert_allclose(layer.forward(x, training=False), 0.7)
    np.testing.assert_allclose(layer.backward(x), 0.7)


def test_both_ways_of_dropout_drop_the_same_and_differ_by_a_factor() -> None:
    x = np.random.default_rng(2).normal(size=(40, 30))
    outs = []
    for scaled in ("training", "predicting"):
        layer = build("dropout", (40,), rate=0.3, scaled=scaled)
        layer.rng = np.random.default_rng(1)
        outs.append(layer.forward(x, training=True).copy())
    np.testing.assert_allclose(outs[0] * 0.7, outs[1], rtol=1e-12)
