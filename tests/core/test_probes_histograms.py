"""Histograms of weights, biases, gradients and outputs, of networks made by hand."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_runs import layer, prepared, project

from fishlab.core.errors import Cancelled
from fishlab.core.events import Position
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.network import Network
from fishlab.core.probes import passes
from fishlab.core.probes.activations import Activations, Outputs, activations, near_ends, silent
from fishlab.core.probes.gradients import gradients, norm
from fishlab.core.probes.histogram import (
    BINS,
    SAMPLE,
    WIDEST,
    Histogram,
    histogram,
    magnitude_edges,
    output_edges,
    sample,
    symmetric_edges,
)
from fishlab.core.probes.histories import histories
from fishlab.core.probes.outputs import outputs
from fishlab.core.probes.weights import weights
from fishlab.core.shapes import infer
from fishlab.core.sight import Sight


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """As whoever asks computes: what overflows is looked for, not warned of."""
    with np.errstate(all="ignore"):
        yield


def sight(layers: Sequence[LayerSpec], *, precision: str = "float32", **weights: Any) -> Sight:
    """A sight of a stack over images of 8 × 8; weights by "uid/name" with "__" for the stroke, a number for all."""
    spec = project(list(layers), precision=precision)
    fresh = Moment.fresh(spec)
    given = {name.replace("__", "/"): value for name, value in weights.items()}
    now = {key: np.full_like(array, given[key]) if key in given else array for key, array in fresh.weights.items()}
    return Sight(replace(fresh, weights=now, position=Position(step=5), x=0.5), data=lambda _: prepared(spec))


def stack(activation: str = "relu", units: int = 12, **fields: object) -> list[LayerSpec]:
    return [
        layer("flatten", uid="flat"),
        layer("affine", uid="first", units=units),
        layer(activation, uid="act", **fields),
        layer("affine", uid="last", units=10),
    ]


def whole(found: Histogram) -> float:
    return float(found.shares.sum()) + found.zeros + found.unfit


def by_uid(found: Activations) -> dict[str, Outputs]:
    return {row.histogram.uid: row for row in found.rows}


# -- arrays ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(1,), (100, 100), (101, 100), (30, 1, 28, 28), (16, 28, 28, 100), (64, 9, 7)])
def test_a_sample_is_even_over_every_axis(shape: tuple[int, ...]) -> None:
    for axis, size in enumerate(shape):
        index = np.arange(size).reshape([-1 if place == axis else 1 for place in range(len(shape))])
        found = np.bincount(sample(np.broadcast_to(index, shape).copy()), minlength=size)
        assert found.max() - found.min() <= max(1, 0.1 * found.mean()), f"axis {axis}"
        assert min(np.prod(shape), SAMPLE / 3) <= found.sum() <= 3 * SAMPLE


def test_a_sample_of_a_few_numbers_is_all_of_them() -> None:
    values = np.arange(SAMPLE)
    assert sample(values).tolist() == values.tolist()
    assert not np.shares_memory(sample(values), values)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_shares_zeros_and_what_is_no_number_add_up_to_one(dtype: Any) -> None:
    values = np.array([0, 0, 1, -1, 0.5, 60_000, -60_000, np.nan, np.inf, -np.inf], dtype)
    for edges, log in ((symmetric_edges([values]), False), (magnitude_edges([values]), True)):
        found = histogram(values, edges, apart=True, log=log)
        assert whole(found) == pytest.approx(1, abs=1e-12)
        assert (found.zeros, found.unfit) == (0.2, 0.3)
        assert found.largest == dtype(60_000)


def test_numbers_lie_in_their_bins_and_those_beyond_in_the_outermost() -> None:
    found = histogram(np.array([-9, -0.99, 0.01, 0.99, 9, 9]), np.linspace(-1, 1, 5))
    assert (found.shares * 6).tolist() == [2, 0, 1, 3]


def test_magnitudes_lie_in_decades() -> None:
    found = histogram(np.array([1e-3, -1e-3, 0.02, 0]), np.linspace(-4, 0, 5), log=True)
    assert (found.shares * 4).tolist() == [0, 2, 1, 0]
    assert found.zeros == 0.25


@pytest.mark.parametrize("values", [[], [0.0], [np.nan, np.inf], [1e-310, 1e-300], [1e300, -1e308]])
def test_whatever_the_numbers_are_there_is_a_histogram(values: list[float]) -> None:
    array = np.array(values)
    for edges in (symmetric_edges([array]), output_edges(array), magnitude_edges([array])):
        assert np.all(np.diff(edges) > 0)
    for log, edges in ((False, symmetric_edges([array])), (True, magnitude_edges([array]))):
        assert whole(histogram(array, edges, log=log)) == (1 if values else 0)


def test_the_axis_of_magnitudes_is_at_most_twelve_decades() -> None:
    edges = magnitude_edges([np.geomspace(1e-40, 1.0)])
    assert edges[-1] - edges[0] == WIDEST


def test_the_norm_neither_overflows_nor_vanishes() -> None:
    assert norm(np.full(4, 1e30, np.float32)) == pytest.approx(2e30)
    assert norm(np.full(4, 1e-30, np.float32)) == pytest.approx(2e-30)
    assert norm(np.full(4, 200, np.float16)) == pytest.approx(400)
    assert norm(np.zeros(3)) == 0
    assert norm(np.array([1, np.inf])) == np.inf
    assert np.isnan(norm(np.array([1, np.nan])))


# -- weights and biases ----------------------------------------------------------------------------------------------
def test_each_layer_with_weights_has_a_row_now_over_the_start() -> None:
    rows = weights(sight(stack(), last__W=0.25))
    assert [(row.uid, row.number, row.title, row.name) for row in rows] == [
        ("first", "2", "Affine", "W"), ("last", "4", "Affine", "W"),
    ]  # fmt: skip
    assert np.array_equal(rows[0].now.shares, rows[0].before.shares)
    assert (rows[1].now.std, rows[1].now.mean) == (0, 0.25)
    assert rows[1].before.std > 0
    assert len({row.now.edges.tobytes() for row in rows}) == 1, "weights have one axis"


def test_biases_have_an_axis_each_and_scales_and_shifts_are_with_them() -> None:
    normal = [layer("convolution", uid="conv", filters=3), layer("batch_normalization", uid="norm"), *stack()]
    rows = weights(sight(normal, first__b=0.5), what="biases")
    assert [(row.uid, row.name) for row in rows] == [
        ("conv", "b"), ("norm", "gamma"), ("norm", "beta"), ("first", "b"), ("last", "b"),
    ]  # fmt: skip
    assert [row.now.mean for row in rows] == [0, 1, 0, 0.5, 0]
    assert rows[3].now.edges[-1] == 0.5
    assert all(whole(row.now) == whole(row.before) == 1 for row in rows)


def test_layers_inside_blocks_have_rows() -> None:
    block = layer("residual", branches=((layer("affine", uid="in", units=12), layer("relu", uid="bend")), ()))
    around = [layer("flatten"), layer("affine", units=12), block, layer("affine", units=10)]
    assert [row.number for row in weights(sight(around))] == ["2", "3a1", "4"]
    assert [row.number for row in gradients(sight(around), count=7).rows] == ["2", "3a1", "4"]
    assert [row.histogram.number for row in activations(sight(around)).rows] == ["2", "3", "3a1", "3a2", "4"]


def test_weights_that_are_no_numbers_are_told_apart() -> None:
    row = weights(sight(stack(), last__W=np.nan))[1]
    assert row.now.unfit == 1
    assert np.isnan(row.now.std)
    assert np.all(np.isfinite(row.now.edges))


# -- over time -------------------------------------------------------------------------------------------------------
def line(*scales: float) -> Sight:
    """A run whose weights are the start's times each of these, from step 10 on."""
    seen = sight(stack())
    start = seen.moment.start
    moments = [
        replace(
            seen.moment, weights={key: array * scale for key, array in start.items()},
            position=Position(step=10 * (place + 1)), x=place + 1.0,
        )
        for place, scale in enumerate(scales)
    ]  # fmt: skip
    return Sight(moments[-1], line=moments)


def run_of(*scales: float) -> Sight:
    """The same with images, and weights that are each moment's own."""
    seen = line(*scales)
    moments = [replace(one, weights={key: one.weights[key].copy() for key in one.weights}) for one in seen.line]
    return Sight(moments[-1], data=lambda moment: prepared(moment.project), line=moments)


def test_a_history_begins_at_the_start_and_has_every_moment() -> None:
    first, last = histories(line(1, 2, 3))
    assert (first.uid, last.uid) == ("first", "last")
    assert first.x.tolist() == [0, 1, 2, 3]
    assert first.steps.tolist() == [0, 10, 20, 30]
    assert first.spread.std / first.spread.std[0] == pytest.approx([1, 1, 2, 3], rel=1e-5)
    assert first.spread.shares.shape == (4, BINS)
    assert first.spread.shares.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(first.spread.shares[0], first.spread.shares[1])


def test_the_quantiles_of_a_history_lie_where_the_numbers_do() -> None:
    (last,) = histories(line(1, 2), layer="last")
    values = line(1, 2).moment.weights["last/W"]
    assert last.spread.quantiles[-1] == pytest.approx(np.quantile(values, (0.05, 0.5, 0.95)), abs=0.02)
    assert last.spread.quantiles[2] == pytest.approx(2 * last.spread.quantiles[0], rel=1e-5)


def test_the_history_of_a_layer_alone_is_that_among_all() -> None:
    alone, among = histories(line(1, 2), layer="last")[0], histories(line(1, 2))[1]
    assert np.array_equal(alone.spread.shares, among.spread.shares)
    assert np.array_equal(alone.spread.edges, among.spread.edges)


def test_a_history_survives_weights_that_are_no_numbers() -> None:
    first, _ = histories(line(1, np.nan, 2))
    assert first.spread.unfit.tolist() == [0, 0, 1, 0]
    assert first.spread.shares.sum(axis=1) == pytest.approx([1, 1, 0, 1])
    assert np.all(np.isnan(first.spread.quantiles[2]))
    assert first.spread.edges[-1] < 10


def test_without_a_line_there_is_the_start_and_now() -> None:
    seen = sight(stack(), last__W=0.5)
    assert histories(seen, layer="last")[0].spread.std.tolist() == pytest.approx(
        [float(np.std(seen.moment.start["last/W"])), 0.0], rel=1e-5
    )


def test_gradients_over_time_are_those_of_each_moment() -> None:
    seen = run_of(1, 2, 3)
    found = histories(seen, what="gradients")
    assert [(one.uid, len(one.x)) for one in found] == [("first", 3), ("last", 3)]
    for place, moment in enumerate(seen.line):
        alone = Sight(moment, data=lambda _: seen.data)
        now = {row.uid: row for row in gradients(alone, count=50).rows}
        for one in found:
            assert one.spread.std[place] == pytest.approx(now[one.uid].now.std, rel=1e-5)
            assert one.spread.shares[place].sum() + one.spread.zeros[place] == pytest.approx(1)


def test_outputs_over_time_tell_who_fell_silent() -> None:
    seen = run_of(1, 1, 1)
    for moment, bias in zip(seen.line, (100, -100, 100), strict=True):
        moment.weights["first/b"][...] = bias
    act = next(one for one in histories(seen, what="outputs") if one.uid == "act")
    assert act.silent.tolist() == [0, 12, 0]
    assert act.spread.zeros.tolist() == [0, 1, 0]
    assert act.units == 12


def test_looking_over_time_leaves_the_network_as_it_was() -> None:
    seen = run_of(1, 2, 3)
    before = seen.network.values.copy()
    histories(seen, what="outputs")
    histories(seen, what="gradients", layer="last")
    assert np.array_equal(seen.network.values, before)


def test_a_moment_is_looked_at_once() -> None:
    seen = run_of(*range(1, 40))
    histories(seen, what="outputs")
    first = {id(array): array for array in passes._made["outputs"][seen.line[0]].samples.values()}
    again = histories(seen, what="outputs")
    assert passes.MOMENTS / 2 <= len(again[0].x) <= passes.MOMENTS + 1
    assert again[0].x[0] == seen.line[0].x and again[0].x[-1] == seen.line[-1].x
    assert {id(array): array for array in passes._made["outputs"][seen.line[0]].samples.values()}.keys() == first.keys()


@pytest.mark.parametrize("count", [1, 2, 23, 24, 25, 48, 49, 100, 199, 200])
def test_one_more_moment_takes_one_more_pass(count: int) -> None:
    moments = list(range(count + 1))
    before, after = passes.thinned(moments[:-1]), passes.thinned(moments)
    assert len(set(after) - set(before)) <= 1
    assert (after[0], after[-1]) == (0, count)
    assert len(after) <= passes.MOMENTS + 1


@pytest.mark.slow
def test_what_was_seen_of_a_moment_goes_with_it() -> None:
    seen = run_of(1, 2)
    histories(seen, what="outputs")
    count = len(passes._made["outputs"])
    del seen
    gc.collect()
    assert len(passes._made["outputs"]) <= count - 2


# -- gradients -------------------------------------------------------------------------------------------------------
def test_gradients_are_those_of_a_training_step_on_the_batch() -> None:
    seen = sight([layer("convolution", filters=3), layer("batch_normalization"), layer("dropout"), *stack()])
    found = gradients(seen, count=20)
    moment = seen.moment
    network = Network(moment.network, seed=moment.project.training.seed, start=moment.weights)
    network.begin_step(0)
    loss, _ = network.gradient_step(*seen.batch(20))
    expected = {key: norm(grad) for key, grad in network.split(network.grads) if key.endswith("/W")}
    assert (found.images, found.loss) == (20, loss)
    assert {f"{row.uid}/W": row.norm for row in found.rows} == expected


def test_looking_at_gradients_twice_gives_the_same() -> None:
    seen = sight([layer("convolution", filters=3), layer("batch_normalization"), layer("dropout"), *stack()])
    one, other = gradients(seen, count=20), gradients(seen, count=20)
    assert (one.loss, one.error) == (other.loss, other.error)
    assert [row.norm for row in one.rows] == [row.norm for row in other.rows]


def test_the_norm_of_a_gradient_is_that_of_all_its_numbers() -> None:
    seen = sight(stack())
    found = gradients(seen, count=20)
    parts = dict(seen.network.split(seen.network.grads))
    for row in found.rows:
        assert row.norm == pytest.approx(float(np.linalg.norm(parts[f"{row.uid}/W"].astype(np.float64))), rel=1e-6)
        assert whole(row.now) == pytest.approx(1)
    assert len({row.now.edges.tobytes() for row in found.rows}) == 1


def test_statistics_that_a_normalization_keeps_are_as_before() -> None:
    seen = sight([layer("flatten"), layer("affine", units=6), layer("batch_normalization"), layer("affine", units=10)])
    before = seen.network.state.copy()
    gradients(seen, count=20)
    assert np.array_equal(seen.network.state, before)


def deep(depth: int, deviation: float, kind: str = "relu") -> list[LayerSpec]:
    hidden = [
        one
        for _ in range(depth)
        for one in (layer("affine", units=40, init="normal", std=deviation), layer(kind))
    ]
    return [layer("flatten"), *hidden, layer("affine", units=10, init="normal", std=deviation)]


def test_gradients_that_vanish_are_named() -> None:
    found = gradients(sight(deep(8, 0.01)))
    assert [row.number for row in found.vanishing()] == [row.number for row in found.rows]
    assert found.exploding() == ()
    ends = gradients(sight(deep(8, 0.3, "sigmoid")))
    far = ends.vanishing()
    assert 0 < len(far) < len(ends.rows)
    assert far == ends.rows[: len(far)], "those far from the loss"


def test_gradients_that_explode_are_named() -> None:
    found = gradients(sight(deep(8, 2.0)))
    assert len(found.exploding()) == len(found.rows)
    assert found.vanishing() == ()


def test_gradients_of_a_sound_stack_neither_vanish_nor_explode() -> None:
    found = gradients(sight(deep(8, (2 / 40) ** 0.5)))
    assert found.vanishing() == found.exploding() == ()
    assert 0.5 < found.error < 1.5


def test_gradients_that_are_no_numbers_count_as_exploding() -> None:
    found = gradients(sight(stack(), last__W=np.nan))
    assert [row.uid for row in found.exploding()] == ["first", "last"]
    assert found.rows[0].now.unfit == 1


def test_frozen_layers_have_no_gradient() -> None:
    first, *rest = stack()
    frozen = [first, rest[0].replace(frozen=True), *rest[1:]]
    assert [row.uid for row in gradients(sight(frozen)).rows] == ["last"]


# -- outputs ---------------------------------------------------------------------------------------------------------
def test_layer_by_layer_comes_what_the_network_answers() -> None:
    inside = (layer("convolution", filters=2, kernel_size=(3, 3), padding=1), layer("relu"))
    block = layer("parallel", branches=(inside, (), (layer("convolution", filters=3, kernel_size=(1, 1)),)))
    bypass = layer("residual", branches=((layer("batch_normalization"), layer("relu")), ()))
    seen = sight([layer("convolution", filters=4), layer("relu"), block, bypass, layer("relu"), *stack()])
    x, _ = seen.batch(9)
    passed = outputs(seen.network.layers, x)
    order, last = [], x
    while True:
        try:
            one = next(passed)
        except StopIteration as end:
            assert end.value is last
            break
        order.append(one.layer)
        last = one.out
    assert {id(one) for one in order} == {id(one) for one in seen.network.walk()}
    assert np.array_equal(last, seen.network.forward(x, training=False))


def test_units_held_down_by_their_bias_are_silent() -> None:
    seen = sight(stack())
    seen.network.parameters["first/b"].value[3:8] = -100
    row = by_uid(activations(seen))["act"]
    assert row.units.count == 12
    assert not row.units.channels
    assert set(row.units.silent) >= {3, 4, 5, 6, 7}
    awake = set(range(12)) - set(row.units.silent)
    assert awake, "without the bias they answer to something"
    assert row.histogram.now.zeros >= 5 / 12
    assert whole(row.histogram.now) == pytest.approx(1)


def test_all_units_of_a_dead_layer_are_silent() -> None:
    found = by_uid(activations(sight(stack(), first__b=-100)))
    assert found["act"].units.silent == tuple(range(12))
    assert found["act"].histogram.now.zeros == 1
    assert found["first"].units.silent is None, "an affine layer has no threshold"


def test_a_channel_is_silent_where_no_image_wakes_it_at_any_place() -> None:
    conv = [layer("convolution", uid="conv", filters=5), layer("relu", uid="act")]
    seen = sight([*conv, layer("flatten"), layer("affine", units=10)])
    seen.network.parameters["conv/b"].value[...] = [-100, 1, -100, 1, 1]
    units = by_uid(activations(seen))["act"].units
    assert (units.count, units.channels, units.silent) == (5, True, (0, 2))


def test_one_image_that_wakes_a_unit_is_enough() -> None:
    quiet = np.zeros((3, 7), np.float32)
    quiet[1, 6] = 0.001
    assert silent(quiet, 0.0).tolist() == [True, False, True]
    quiet[0, 0] = np.nan
    assert silent(quiet, 0.0).tolist() == [False, False, True]


@pytest.mark.parametrize("kind", ["sigmoid", "tanh"])
def test_units_pushed_to_an_end_are_saturated(kind: str) -> None:
    seen = sight(stack(kind))
    seen.network.parameters["first/b"].value[...] = [-100] * 4 + [100] * 2 + [0] * 6
    seen.network.parameters["first/W"].value[...] = 0
    units = by_uid(activations(seen))["act"].units
    assert units.saturated == (0, 1, 2, 3, 4, 5)
    assert units.near == pytest.approx(0.5)
    assert units.silent is None


def test_an_elu_has_one_end() -> None:
    ends = LAYERS["elu"].item.ends(layer("elu", alpha=2.0))
    assert near_ends(np.array([-2.0, -1.95, -1.0, 0.0, 50.0]), ends).tolist() == [True, True, False, False, False]


def test_what_comes_near_an_end_is_flat_there() -> None:
    """Each layer's ends are where its own way back says that the slope is small."""
    for entry in LAYERS:
        kind, spec = entry.item, entry.item.Spec() if not entry.item.samples else None
        ends = kind.ends(spec) if spec is not None else None
        if ends is None:
            continue
        one = kind(spec, (1,), {}, np.dtype(np.float64))
        out = one.forward(np.linspace(-12, 12, 1001)[None], training=True).copy()
        slope = one.backward(np.ones_like(out))
        near = near_ends(out, ends)
        assert near.any(), entry.kind
        assert slope[near].max() <= 0.2 * slope.max(), entry.kind
        assert slope[~near].min() > 0.04 * slope.max(), entry.kind


def test_a_unit_that_is_silent_learns_nothing() -> None:
    for entry in LAYERS:
        kind = entry.item
        if kind.silent_at is None:
            continue
        spec = kind.Spec(**({"forward_only": True} if "forward_only" in kind.Spec.__dataclass_fields__ else {}))
        one = kind(spec, (1,), {}, np.dtype(np.float32))
        out = one.forward(np.full((1, 5), -3, np.float32), training=True)
        assert np.all(out == kind.silent_at), entry.kind
        assert not one.backward(np.ones((1, 5), np.float32)).any(), entry.kind


def test_layers_that_only_pass_on_are_left_out() -> None:
    layers = [layer("flatten"), layer("affine", units=10), layer("dropout"), layer("identity")]
    assert [row.histogram.title for row in activations(sight(layers)).rows] == ["Affine"]


def test_outputs_of_a_sigmoid_lie_between_its_ends() -> None:
    row = by_uid(activations(sight(stack("sigmoid"))))["act"]
    assert (row.histogram.now.edges[0], row.histogram.now.edges[-1]) == (0, 1)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 2, 100, 10_000])
def test_any_number_of_images_is_looked_at(precision: str, count: int) -> None:
    seen = sight(stack(), precision=precision)
    found, learned = activations(seen, count=count), gradients(seen, count=count)
    assert found.images == min(count, len(seen.data.train))
    assert learned.images == min(count, len(seen.data.train), seen.network.at_once)
    for one in [row.histogram.now for row in found.rows] + [row.now for row in learned.rows]:
        assert whole(one) == pytest.approx(1, abs=1e-9)


def test_of_a_dear_network_fewer_images_go_through_a_pass_that_cannot_be_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = sight(stack())
    each = 3 * infer(seen.moment.network).mult_adds
    monkeypatch.setattr("fishlab.core.probes.gradients.MOST_WORK", 4 * each)
    assert gradients(seen, count=100).images == 4
    monkeypatch.setattr("fishlab.core.probes.gradients.MOST_WORK", 1)
    assert gradients(seen, count=100).images == 1


def test_large_outputs_go_through_in_parts_and_count_the_same() -> None:
    whole_batch, parts = sight(stack("sigmoid"), first__b=3.0), sight(stack("sigmoid"), first__b=3.0)
    parts.network.at_once = 7
    steps: list[tuple[int, int]] = []
    parts.look = lambda done, total: steps.append((done, total))
    one, other = by_uid(activations(whole_batch))["act"], by_uid(activations(parts))["act"]
    assert one.units == other.units
    assert steps[:2] == [(0, 100), (7, 100)]
    assert other.histogram.now.mean == pytest.approx(one.histogram.now.mean, rel=0.01)


def test_nobody_waits_and_the_work_ends() -> None:
    def tired(done: int, total: int) -> None:
        raise Cancelled

    seen = sight(stack())
    seen.look = tired
    with pytest.raises(Cancelled):
        activations(seen)


def test_answers_share_no_memory_with_the_network() -> None:
    seen = sight(stack())
    held: list[Array] = [seen.network.values, seen.network.grads, seen.batch(100)[0]]
    found = [row.histogram.now for row in activations(seen).rows] + [row.now for row in gradients(seen).rows]
    assert not any(np.shares_memory(array, one.shares) for one in found for array in held)
