"""Layers that hold stacks: edits at any depth, shapes, problems inside, and what they compute."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_arrays, layer, project, trained

from fishlab.core.errors import FieldError, SpecError
from fishlab.core.files.project import open_project, save_project
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.affine import Affine
from fishlab.core.layers.block import DEEPEST
from fishlab.core.network import Network
from fishlab.core.numeric import gradient_check
from fishlab.core.parallel.way import Way
from fishlab.core.profile import profile
from fishlab.core.shapes import infer, would_become
from fishlab.core.spec import NetworkSpec, Place, fresh_copies, numbered


def named(kind: str, uid: str, **values: object) -> LayerSpec:
    return layer(kind, uid=uid, **values)


def convolution(uid: str, filters: int, size: object = 3, padding: int = 1, **values: object) -> LayerSpec:
    return named("convolution", uid, filters=filters, kernel_size=size, padding=padding, **values)


def residual(uid: str, body: tuple[LayerSpec, ...], shortcut: tuple[LayerSpec, ...] = ()) -> LayerSpec:
    return named("residual", uid, branches=(body, shortcut))


def stack() -> tuple[LayerSpec, ...]:
    """A residual block and an Inception-like one that holds another residual, with state and randomness inside."""
    body = (convolution("c1", 4), named("batch_normalization", "n"), named("relu", "r1"), convolution("c2", 4))
    deep = residual("inner", (convolution("c4", 4), named("dropout", "d", rate=0.3)))
    branches = ((convolution("c3", 3, 1, 0), named("relu", "r2")), (), (deep, named("sigmoid", "s")))
    return (
        residual("outer", body, (convolution("p", 4, 1, 0),)),
        named("relu", "r3"),
        named("parallel", "inception", branches=branches),
        named("max_pool", "m"),
        named("flatten", "f"),
        named("affine", "a", units=10),
    )


def network() -> NetworkSpec:
    return NetworkSpec(in_shape=(1, 8, 8), layers=stack())


# -- edits -----------------------------------------------------------------------------------------------------------
def test_every_layer_has_a_number_that_says_where_it_stands() -> None:
    numbers = {spec.uid: number for number, spec in numbered(stack())}
    assert numbers["outer"] == "1" and numbers["c2"] == "1a4" and numbers["p"] == "1b1"
    assert numbers["r2"] == "3a2" and numbers["c4"] == "3c1a1" and numbers["s"] == "3c2" and numbers["a"] == "6"
    assert {report.uid: report.number for report in infer(network()).walk()} == {**numbers, "loss": "7"}


def test_a_place_says_in_which_branch_a_layer_stands() -> None:
    assert network().place("r3") == Place(1)
    assert network().place("s") == Place(1, "inception", 2)
    assert network().place("d") == Place(1, "inner", 0)
    with pytest.raises(KeyError):
        network().place("nowhere")
    with pytest.raises(KeyError):
        network().stack(Place(0, "inception", 7))


def test_layers_go_into_a_branch_and_out_again() -> None:
    into = network().insert(Place(1, "inner", 1), named("tanh", "t"))
    assert into.place("t") == Place(0, "inner", 1), "an index beyond the end is the end"
    out = into.move(["t"], 0)
    assert out.place("t") == Place(0) and out.stack(Place(0, "inner", 1)) == ()
    assert out.remove("t") == network()


def test_a_block_moves_with_all_that_it_holds() -> None:
    moved = network().move(["inception"], Place(0, "outer", 1))
    assert [spec.uid for spec in moved.stack(Place(0, "outer", 1))] == ["inception", "p"]
    assert moved.find("c4") == network().find("c4")
    assert len(list(moved.walk())) == len(list(network().walk()))


def test_a_block_does_not_go_into_itself() -> None:
    with pytest.raises(KeyError):
        network().move(["inception"], Place(0, "inner", 0))


def test_layers_move_within_a_branch_past_themselves() -> None:
    moved = network().move(["c1", "r1"], Place(4, "outer", 0))
    assert [spec.uid for spec in moved.stack(Place(0, "outer", 0))] == ["n", "c2", "c1", "r1"]


def test_of_a_block_and_what_it_holds_the_block_is_chosen() -> None:
    assert [spec.uid for spec in network().chosen({"c4", "inception", "r1", "d"})] == ["r1", "inception"]


def test_removing_and_changing_reach_every_depth() -> None:
    changed = network().change("c4", filters=7).remove("s", "p")
    assert changed.find("c4").filters == 7
    assert changed.find("s") is None and changed.find("p") is None and changed.find("inner") is not None


def test_copies_of_a_block_are_new_throughout() -> None:
    copies = NetworkSpec(layers=fresh_copies(stack()))
    assert not {spec.uid for spec in copies.walk()} & {spec.uid for spec in network().walk()}
    assert [spec.kind for spec in copies.walk()] == [spec.kind for spec in network().walk()]


# -- reading and refusing ----------------------------------------------------------------------------------------------
def test_a_network_with_blocks_comes_back_from_json() -> None:
    assert NetworkSpec.from_dict(json.loads(json.dumps(network().to_dict()))) == network()


def test_two_layers_of_one_uid_are_refused_at_any_depth() -> None:
    with pytest.raises(SpecError, match="Layers 1 and 2a1 of the network carry the same uid"):
        NetworkSpec(layers=(named("relu", "x"), residual("y", (named("relu", "x"),))))


def test_blocks_within_blocks_have_an_end() -> None:
    spec = residual("r0", ())
    for depth in range(1, DEEPEST):
        spec = residual(f"r{depth}", (spec,))
    with pytest.raises(FieldError, match=f"{DEEPEST + 1} deep"):
        residual("more", (spec,))


def test_a_residual_block_has_two_branches_and_no_other_number() -> None:
    with pytest.raises(FieldError, match="2 branches"):
        layer("residual", branches=((),))
    with pytest.raises(FieldError, match="hold layers"):
        layer("parallel", branches=((1,),))


@pytest.mark.parametrize("held", [None, 3, [3], {"a": []}], ids=str)
def test_branches_that_are_no_lists_of_layers_are_refused(held: object) -> None:
    data = {**network().to_dict(), "layers": [{"kind": "residual", "uid": "x", "name": "", "branches": held}]}
    with pytest.raises(SpecError, match="branches"):
        NetworkSpec.from_dict(data)


# -- shapes ------------------------------------------------------------------------------------------------------------
def test_shapes_ask_each_layer_once_however_deep_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, output_shape = [], Affine.output_shape
    monkeypatch.setattr(Affine, "output_shape", lambda spec, shape: asked.append(spec.uid) or output_shape(spec, shape))
    layers = (named("affine", "a0", units=10),)
    for depth in range(1, DEEPEST + 1):
        layers = (residual(f"r{depth}", layers), named("affine", f"a{depth}", units=10))
    assert infer(NetworkSpec(in_shape=(10,), layers=layers)).ok
    assert sorted(asked) == [f"a{depth}" for depth in range(DEEPEST + 1)]


def test_a_block_counts_what_is_inside() -> None:
    report = infer(network())
    assert report.ok, report.problem
    assert report.find("outer").weights == 4 * 9 + 4 + 8 + 4 * 4 * 9 + 4 + 4 + 4
    assert report.find("inception").out_shape == (3 + 4 + 4, 8, 8)
    learned = sum(p.value.size for p in Network(network()).parameters.values() if p.info.role != "state")
    assert report.weights == learned
    assert report.mult_adds == 64 * (9 * 4 + 9 * 4 * 4 + 4 + 4 * 3 + 9 * 4 * 4) + 11 * 16 * 10


def test_a_sum_of_two_shapes_is_refused_and_mended_by_a_projection() -> None:
    body = (convolution("c", 6, (3, 3), 1),)
    spec = NetworkSpec(in_shape=(1, 8, 8), layers=(residual("r", body), *network().layers[3:]))
    problem = infer(spec).problem
    assert problem.uid == "r" and problem.arithmetic == "6 × 8 × 8 ≠ 1 × 8 × 8"
    assert infer(problem.repairs[0].network).ok
    rows = NetworkSpec(in_shape=(5,), layers=(residual("r", (named("affine", "a", units=10),)),))
    assert infer(infer(rows).problem.repairs[0].network).ok


def test_a_projection_takes_the_strides_of_the_body() -> None:
    body = (convolution("c", 6, (2, 2), 0, stride=(2, 2)),)
    spec = NetworkSpec(in_shape=(1, 8, 8), layers=(residual("r", body), *network().layers[3:]))
    mended = infer(spec).problem.repairs[0].network
    assert mended.find("r").branches[1][0].stride == (2, 2)
    assert infer(mended).ok


def test_branches_of_different_sizes_are_refused_with_their_shapes() -> None:
    branches = ((convolution("c", 2, 3, 0),), ())
    problem = infer(NetworkSpec(in_shape=(1, 8, 8), layers=(named("parallel", "p", branches=branches),))).problem
    assert problem.arithmetic == "6 × 6 ≠ 8 × 8" and "2 × 6 × 6, 1 × 8 × 8" in problem.reason


def test_a_problem_inside_is_the_inner_layers_and_the_block_waits() -> None:
    spec = network().change("c1", kernel_size=12)
    report = infer(spec)
    assert (report.problem.uid, report.problem.number) == ("c1", "1a1")
    assert report.find("outer").problem is None and report.find("outer").out_shape is None
    assert report.find("p").out_shape == (4, 8, 8), "the other branch goes on"
    assert report.find("r3").in_shape is None
    assert all(infer(repair.network).find("c1").problem is None for repair in report.problem.repairs)


def test_what_a_layer_would_become_inside_a_branch() -> None:
    report = would_become(network(), Place(1, "inception", 0), named("convolution", "new", filters=5, kernel_size=1))
    assert (report.in_shape, report.out_shape, report.number) == ((3, 8, 8), (5, 8, 8), "3a2")


# -- computing --------------------------------------------------------------------------------------------------------
def smooth() -> NetworkSpec:
    """Without corners and ties, where numerical differentiation has to agree."""
    spec = network().change("m", stride=2)
    for uid in ("r1", "r2", "r3"):
        place = spec.place(uid)
        spec = spec.remove(uid).insert(place, named("tanh", uid))
    place = spec.place("m")
    return spec.remove("m").insert(place, named("average_pool", "m"))


def test_gradients_in_blocks_agree_with_numerical_differentiation() -> None:
    rng = np.random.default_rng(0)
    found = gradient_check(Network(smooth(), seed=1), rng.normal(size=(5, 1, 8, 8)), rng.integers(0, 10, 5))
    assert len(found) == 14
    assert found.pop("c1/b") < 1e-6  # batch normalization takes this bias out again: its gradient is zero
    assert max(found.values()) < 1e-8


def test_stages_inside_blocks_compute_what_the_layers_do_one_by_one() -> None:
    rng = np.random.default_rng(2)
    x, labels = rng.normal(size=(1, 8, 8, 6)), rng.integers(0, 10, 6)
    fused, plain = Network(network(), seed=1, dtype=np.float64), Network(network(), seed=1, dtype=np.float64)
    plain.stages = tuple(plain.layers)
    for spec in plain.layers:
        if spec.branches:
            spec.arrange(tuple)
    for net in (fused, plain):
        net.begin_step(0)
        net.gradient_step(x, labels)
    assert any(len(stage.layers) > 1 for stage in fused.layers[0].chains[0].stages)
    np.testing.assert_allclose(fused.grads, plain.grads, rtol=1e-10, atol=1e-12)


def test_branches_do_not_write_into_one_anothers_gradients() -> None:
    """A convolution's dx lies in memory that the next convolution uses again; branches must not share it."""
    inception = named("parallel", "p", branches=((convolution("a", 3), convolution("b", 2)), (convolution("c", 2),)))
    around = (convolution("first", 2), inception, convolution("last", 3), named("flatten", "f"))
    spec = NetworkSpec(in_shape=(1, 6, 5), layers=(*around, named("affine", "o", units=10)))
    rng = np.random.default_rng(4)
    found = gradient_check(Network(spec, seed=1), rng.normal(size=(7, 1, 6, 5)), rng.integers(0, 10, 7))
    assert max(found.values()) < 1e-8


def test_a_branch_that_ends_in_a_convolution_writes_to_its_place_in_the_output() -> None:
    branches = ((convolution("c", 2), named("relu", "r")), (), (named("sigmoid", "s"), convolution("d", 3)))
    layers = (named("parallel", "p", branches=branches), named("flatten", "f"), named("affine", "a", units=10))
    net, images = Network(NetworkSpec(in_shape=(1, 6, 5), layers=layers)), np.ones((1, 6, 5, 4), np.float32)
    for _ in range(2):
        whole = net.layers[0].forward(images, training=True)
        parts = [chain.forward(images, training=True) for chain in net.layers[0].chains]
        assert [np.shares_memory(whole, part) for part in parts] == [True, False, True]
        np.testing.assert_array_equal(whole, np.concatenate(parts))


@pytest.mark.one_in(3)
@pytest.mark.parametrize("after", ["relu", "sigmoid", "tanh", "elu"])
@pytest.mark.parametrize("kind", ["parallel", "residual"])
def test_an_activation_after_a_block_leaves_what_its_branches_need(kind: str, after: str) -> None:
    """A convolution with ReLU looks at its output again on the way back."""
    branches = ((convolution("c", 2), named("relu", "r")), (named("tanh", "t"), convolution("d", 2)))
    block = (named(kind, "b", branches=branches), named(after, "x"), convolution("e", 2))
    layers = (convolution("first", 2), *block, named("flatten", "f"), named("affine", "a", units=10))
    spec, rng = NetworkSpec(in_shape=(1, 6, 5), layers=layers), np.random.default_rng(0)
    found = gradient_check(Network(spec, seed=1), rng.normal(size=(5, 1, 6, 5)), rng.integers(0, 10, 5))
    assert max(found.values()) < 1e-7


def test_a_block_that_comes_first_computes_no_gradient_that_nobody_needs() -> None:
    net = Network(network())
    outer = net.layers[0]
    assert not outer.input_gradient
    body, shortcut = outer.branches
    assert [spec.input_gradient for spec in body] == [False, True, True, True]
    assert not shortcut[0].input_gradient
    assert net.layers[2].input_gradient


def test_layers_inside_begin_with_values_of_their_own() -> None:
    net = Network(network(), seed=4)
    assert not np.allclose(net.parameters["c2/W"].value, net.parameters["c4/W"].value)
    again = Network(network(), seed=9, start=net.arrays())
    np.testing.assert_array_equal(again.values, net.values)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [Way("threads", 2), Way("processes", 2)], ids=str)
def test_blocks_train_alike_in_every_way_of_running(way: Way) -> None:
    spec = project(list(stack()))
    three = trained(spec, steps=4, way=Way("threads", 2))
    assert_same_arrays(three.weights, trained(spec, steps=4, way=way).weights)
    one = trained(spec, steps=1)
    for key, value in trained(spec, steps=1, way=way).weights.items():
        np.testing.assert_allclose(value, one.weights[key], rtol=1e-3, atol=2e-4)


def test_a_stopped_run_with_blocks_goes_on_bit_for_bit_from_its_file(tmp_path: Path) -> None:
    spec = project(list(stack()))
    whole = trained(spec, steps=5)
    save_project(tmp_path / "blocks.fishlab", spec, trained(spec, steps=2), preview=False)
    _, model = open_project(tmp_path / "blocks.fishlab")
    resumed = trained(spec, resume=model, steps=3)
    assert_same_arrays(whole.weights, resumed.weights)


def test_a_profile_counts_the_products_inside_a_block() -> None:
    costs = profile(Network(network()), np.ones((1, 8, 8, 4), np.float32), np.arange(4), steps=1)
    outer = next(cost for cost in costs if "outer" in cost.uids)
    assert outer.flops >= 4 * 2 * 2 * 64 * (9 * 4 + 9 * 4 * 4 + 4)
