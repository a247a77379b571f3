"""Chapter 6, techniques of learning: paths of the optimizers, and what initial weights do to what passes through."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fishlab.core.book import (
    CURVATURE_WALKS,
    LANDSCAPES,
    Landscape,
    activations,
    bfgs,
    figure_spec,
    histogram,
    newton,
    optimizer_path,
    pure_newton,
)
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.numeric import numerical_gradient
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import NetworkSpec

VALLEY, BOWL = LANDSCAPES["valley"].item, LANDSCAPES["bowl"].item
SADDLE, TWO_MINIMA = LANDSCAPES["saddle"].item, LANDSCAPES["two_minima"].item
ALL = (*OPTIMIZERS.kinds(), *CURVATURE_WALKS.kinds())


def path(
    method: str, landscape: Landscape, start: tuple[float, float], steps: int = 30, rate: float = 0.0
) -> np.ndarray:
    """The path of an optimizer, at a rate or at that of the figures, or of a method that uses curvature."""
    if method in CURVATURE_WALKS:
        return CURVATURE_WALKS[method].item(landscape, start, steps)
    spec = figure_spec(method)
    return optimizer_path(landscape, spec.replace(learning_rate=rate) if rate else spec, start, steps)


def turns(values: np.ndarray) -> int:
    """How often the sign changes along a path."""
    return int(np.count_nonzero(np.diff(np.sign(values))))


# -- the landscapes ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", LANDSCAPES.kinds())
@pytest.mark.parametrize("place", [(-1.3, 0.7), (2.0, -3.0), (0.0, 0.0)])
def test_the_slopes_and_curvatures_are_what_differences_say(kind: str, place: tuple[float, float]) -> None:
    landscape, here = LANDSCAPES[kind].item, np.array(place)
    np.testing.assert_allclose(
        landscape.gradient(here), numerical_gradient(landscape.value, here, 1e-4), rtol=1e-6, atol=1e-5
    )
    for index in range(2):
        along = numerical_gradient(lambda x, at=index: float(landscape.gradient(x)[at]), here, 1e-4)
        np.testing.assert_allclose(landscape.curvature(here)[index], along, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("kind", LANDSCAPES.kinds())
def test_the_minima_are_minima(kind: str) -> None:
    landscape = LANDSCAPES[kind].item
    for place in landscape.minima:
        np.testing.assert_array_equal(landscape.gradient(place), 0)
        around = place + np.random.default_rng(0).normal(size=(50, 2))
        assert all(landscape.value(other) > landscape.value(place) for other in around)


def test_heights_can_be_asked_for_all_at_once() -> None:
    x, y = np.meshgrid([1.0, 2.0], [0.0, 3.0])
    np.testing.assert_allclose(VALLEY.height(x, y), [[1 / 20, 4 / 20], [9 + 1 / 20, 9 + 4 / 20]])


# -- x^2/20 + y^2 ------------------------------------------------------------------------------------------------------
def test_sgd_goes_zigzag_through_the_valley() -> None:
    """The disadvantage of SGD: it turns at every step across, and hardly gets on along."""
    found = path("sgd", VALLEY, VALLEY.start)
    assert turns(found[:, 1]) == 30
    np.testing.assert_allclose(found[:, 1], 2 * (-0.9) ** np.arange(31), rtol=1e-10)
    np.testing.assert_allclose(found[:, 0], -7 * 0.905 ** np.arange(31), rtol=1e-10)


@pytest.mark.parametrize("kind", ["momentum", "adagrad", "adam"])
def test_the_other_three_of_the_book_turn_less_and_walk_less(kind: str) -> None:
    """Momentum, AdaGrad, Adam beside SGD: less zigzag, a shorter way."""
    def length(found: np.ndarray) -> float:
        return float(np.linalg.norm(np.diff(found, axis=0), axis=1).sum())

    sgd, found = path("sgd", VALLEY, VALLEY.start), path(kind, VALLEY, VALLEY.start)
    assert turns(found[:, 1]) <= 5
    assert length(found) < length(sgd) / 2


@pytest.mark.parametrize("method", ALL)
def test_every_method_goes_down_the_valley(method: str) -> None:
    """Which update technique to use: from (-7, 2), all of them end lower than they began."""
    found = path(method, VALLEY, VALLEY.start)
    assert found.shape == (31, 2)
    np.testing.assert_array_equal(found[0], VALLEY.start)
    assert VALLEY.value(found[-1]) < VALLEY.value(VALLEY.start)


def test_newton_needs_one_step_for_the_valley_and_bfgs_a_few() -> None:
    """Newton and BFGS: curvature makes the valley a bowl."""
    np.testing.assert_allclose(newton(VALLEY, VALLEY.start, 1)[-1], [0, 0], atol=1e-14)
    np.testing.assert_allclose(pure_newton(VALLEY, VALLEY.start, 1)[-1], [0, 0], atol=1e-14)
    assert VALLEY.value(bfgs(VALLEY, VALLEY.start, 15)[-1]) < 1e-10
    assert VALLEY.value(path("sgd", VALLEY, VALLEY.start, 15)[-1]) > 0.1


@pytest.mark.parametrize("method", CURVATURE_WALKS.kinds())
@pytest.mark.parametrize("start", [(1.0, 2.0), (-1.0, -3.0), (0.3, 0.1)])
def test_a_line_search_never_goes_up(method: str, start: tuple[float, float]) -> None:
    heights = [TWO_MINIMA.value(place) for place in path(method, TWO_MINIMA, start)]
    assert all(after <= before for before, after in itertools.pairwise(heights))


# -- y^2 - x^2 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ALL)
def test_on_the_ridge_of_the_saddle_none_leaves_it(method: str) -> None:
    """Saddle: from x = 0 exactly no slope leads off, whatever the method."""
    found = path(method, SADDLE, (0.0, 2.0))
    np.testing.assert_array_equal(found[:, 0], 0)
    assert abs(found[-1, 1]) < 2


@pytest.mark.parametrize("method", ALL)
def test_a_nudge_and_every_method_leaves_the_saddle(method: str) -> None:
    """Saddle: from x = 1e-6 all of them fall off, to the side of the nudge."""
    found = path(method, SADDLE, (1e-6, 2.0))
    assert found[-1, 0] > 100 * 1e-6
    np.testing.assert_array_less(path(method, SADDLE, (-1e-6, 2.0))[-1, 0], -100 * 1e-6)


def test_after_a_nudge_the_methods_part() -> None:
    """Saddle: how soon they fall off differs from method to method."""
    ends = [path(method, SADDLE, (1e-6, 2.0))[-1] for method in ("sgd", "momentum", "adagrad", "rmsprop", "adam")]
    assert all(np.linalg.norm(a - b) > 1 for i, a in enumerate(ends) for b in ends[:i])


def test_pure_newton_is_drawn_to_the_saddle() -> None:
    """Newton: it looks for a place without slope, and a saddle is one."""
    np.testing.assert_allclose(pure_newton(SADDLE, (1.0, 2.0), 1)[-1], [0, 0], atol=1e-14)


# -- y^4 + 3x^4 + 8x^3 - 48x^2 -----------------------------------------------------------------------------------------
def test_the_two_minima_have_different_depths() -> None:
    assert [TWO_MINIMA.value(place) for place in TWO_MINIMA.minima] == [-512, -80]


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize(("start", "minimum"), [((1.0, 1.0), 2.0), ((-1.0, 1.0), -4.0)])
def test_the_start_decides_the_minimum(method: str, start: tuple[float, float], minimum: float) -> None:
    """Two minima: the deeper one is found only from its own side."""
    rates = {"adagrad": 0.5, "adadelta": 50.0, "adam": 0.01, "adamw": 0.01}
    found = path(method, TWO_MINIMA, start, 1000, rates.get(method, 0.003))
    assert found[-1, 0] == pytest.approx(minimum, abs=0.05)
    assert turns(found[:, 0]) == 0


def test_a_walk_that_runs_away_ends_in_numbers() -> None:
    """Two minima at a rate that is far too large: the path ends early, and every height on it is a number."""
    found = path("sgd", TWO_MINIMA, (1.0, 2.0), 30, 0.95)
    assert len(found) < 31
    assert all(np.isfinite(TWO_MINIMA.value(place)) for place in found)


# -- x^2 + y^2 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rate", [0.6, 0.8, 0.95])
def test_above_a_half_the_rate_swings_and_still_converges(rate: float) -> None:
    """Learning rate on the bowl: every step goes over the bottom to the other side."""
    found = path("sgd", BOWL, (-3.0, 4.0), 200, rate)
    assert turns(found[:100, 0]) == 99
    assert BOWL.value(found[-1]) < 1e-8 * BOWL.value(found[0])


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_below_a_half_nothing_swings(rate: float) -> None:
    assert turns(path("sgd", BOWL, (-3.0, 4.0), 30, rate)[:, 0]) == 0


def test_at_a_half_one_step_is_enough() -> None:
    np.testing.assert_array_equal(path("sgd", BOWL, (-3.0, 4.0), 1, 0.5)[-1], [0, 0])


def test_at_a_rate_of_one_it_does_not_converge() -> None:
    """Learning rate on the bowl: from side to side for ever, at the same height."""
    found = path("sgd", BOWL, (-3.0, 4.0), 100, 1.0)
    np.testing.assert_array_equal(found[::2], np.broadcast_to([-3, 4], (51, 2)))
    np.testing.assert_array_equal(found[1::2], np.broadcast_to([3, -4], (50, 2)))


def test_above_one_it_flies_away() -> None:
    found = path("sgd", BOWL, (-3.0, 4.0), 100, 1.1)
    assert BOWL.value(found[-1]) > 1e10


# -- initial weights ---------------------------------------------------------------------------------------------------
def test_sigmoids_with_deviation_1_pile_up_at_0_and_1() -> None:
    """Distribution of activations in the hidden layers: standard deviation 1, the slopes vanish."""
    for answers in activations("sigmoid", "normal", 1.0):
        counts = histogram(answers, 10, (0, 1)).counts
        assert counts[[0, -1]].sum() > 0.7 * answers.size
        assert counts[[0, -1]].min() > 2 * counts[1:-1].max()
        assert np.mean(answers * (1 - answers)) < 0.06


def test_sigmoids_with_deviation_0_01_are_all_near_a_half() -> None:
    """Distribution of activations in the hidden layers: standard deviation 0.01, all units say the same."""
    for answers in activations("sigmoid", "normal", 0.01):
        assert np.abs(answers - 0.5).max() < 0.15
        assert histogram(answers).deviation < 0.03


def test_sigmoids_with_xavier_are_broad() -> None:
    """Xavier initial value: spread over the middle, in every layer ten times as wide as with 0.01."""
    narrow = [histogram(answers).deviation for answers in activations("sigmoid", "normal", 0.01)]
    found = [histogram(answers, 10, (0, 1)) for answers in activations("sigmoid", "xavier")]
    assert all(wide.deviation > 8 * deviation for wide, deviation in zip(found, narrow, strict=True))
    assert all(0.1 < wide.deviation < 0.25 for wide in found)
    assert all(wide.counts[[0, -1]].sum() < 0.1 * wide.counts.sum() for wide in found)


def test_tanh_with_xavier_is_broad_around_zero() -> None:
    """Xavier initial value: with tanh the distribution is symmetric around 0."""
    for answers in activations("tanh", "xavier"):
        found = histogram(answers)
        assert abs(found.mean) < 0.02
        assert 0.3 < found.deviation < 0.7


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "relu"])
def test_deviation_1_is_too_much_for_every_function(function: str) -> None:
    """Distribution of activations, standard deviation 1: pressed to the ends, or growing from layer to layer."""
    last = activations(function, "normal", 1.0)[-1]
    assert histogram(last).deviation > {"sigmoid": 0.4, "tanh": 0.9, "relu": 1000}[function]


def test_relu_with_deviation_0_01_dies_out() -> None:
    """Initial weights for ReLU: with 0.01 next to nothing comes through to the fifth layer."""
    widths = [histogram(answers).deviation for answers in activations("relu", "normal", 0.01)]
    assert all(after < before / 5 for before, after in itertools.pairwise(widths))
    assert widths[-1] < 1e-4


def test_relu_with_xavier_shrinks_slowly() -> None:
    """Initial weights for ReLU: with Xavier the width falls a little in every layer."""
    widths = [histogram(answers).deviation for answers in activations("relu", "xavier")]
    assert all(after < before for before, after in itertools.pairwise(widths))
    assert 0.1 < widths[-1] / widths[0] < 0.5


def test_relu_with_he_keeps_its_width() -> None:
    """Initial weights for ReLU: with He the last layer is as wide as the first."""
    widths = [histogram(answers).deviation for answers in activations("relu", "he")]
    assert all(width == pytest.approx(widths[0], rel=0.2) for width in widths)


def test_the_experiment_is_five_layers_of_a_hundred() -> None:
    """Distribution of activations in the hidden layers: 1,000 inputs, 5 layers of 100; every number is counted."""
    found = activations("sigmoid", "xavier")
    assert [answers.shape for answers in found] == [(1000, 100)] * 5
    assert histogram(found[0]).counts.sum() == 100_000
    np.testing.assert_array_equal(found[-1], activations("sigmoid", "xavier")[-1])


def test_weights_that_all_begin_at_zero_stay_symmetric() -> None:
    """How about initial weights of 0: all hidden units learn the same and remain one."""
    def hidden_after_learning(std: float) -> np.ndarray:
        layers = tuple(
            LAYERS[kind].item.Spec(uid=uid, **values)
            for uid, kind, values in (
                ("a", "affine", {"units": 6, "init": "normal", "std": std}),
                ("s", "sigmoid", {}),
                ("b", "affine", {"units": 10, "init": "normal", "std": std}),
            )
        )
        network = Network(NetworkSpec(in_shape=(8,), layers=layers), dtype=np.float64)
        sgd = OPTIMIZERS["sgd"].item
        optimizer = sgd(sgd.Spec(learning_rate=0.5), network.values.size, np.float64)
        rng = np.random.default_rng(1)
        x, labels = rng.normal(size=(8, 40)), rng.integers(0, 10, size=40)
        for _ in range(20):
            network.gradient_step(x, labels)
            optimizer.step(network.values, network.grads)
        return network.parameters["a/W"].value

    zero, drawn = hidden_after_learning(0.0), hidden_after_learning(0.1)
    assert np.abs(zero).max() > 1e-3
    np.testing.assert_allclose(zero, np.broadcast_to(zero[:, :1], zero.shape), rtol=1e-10)
    assert np.ptp(drawn, axis=1).min() > 1e-2
