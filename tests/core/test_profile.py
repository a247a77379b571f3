"""Time and memory stage by stage."""

from __future__ import annotations

import dataclasses
import time
import tracemalloc

import numpy as np
import pytest
from small_runs import everything, layer

from fishlab.core.layers.activation import Softmax
from fishlab.core.layers.base import Array, Layer
from fishlab.core.network import Network
from fishlab.core.profile import profile, step_seconds, timed, total
from fishlab.core.spec import NetworkSpec

BATCH = 6


def network(*layers: object) -> Network:
    return Network(NetworkSpec(name="Small", in_shape=(1, 8, 8), layers=tuple(layers or everything())), seed=5)


def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((1, 8, 8, BATCH), dtype=np.float32), rng.integers(0, 10, BATCH)


def test_every_layer_is_in_one_line_and_the_loss_is_the_last() -> None:
    built = network()
    costs = profile(built, *batch(), steps=2)
    assert [number for cost in costs for number in range(cost.first, cost.last + 1)] == list(range(1, 12))
    assert [uid for cost in costs[:-1] for uid in cost.uids] == [spec.uid for spec in built.spec.layers]
    assert costs[-1].title == "Softmax + loss"
    assert [cost.out_shape for cost in costs[:-1]] == [stage.layers[-1].out_shape for stage in built.stages]


def test_times_go_to_the_layer_that_took_them(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Softmax.forward

    def slow(self: Softmax, x: Array, *, training: bool) -> Array:
        time.sleep(0.01)
        return plain(self, x, training=training)

    monkeypatch.setattr(Softmax, "forward", slow)
    built = network(layer("flatten"), layer("affine", units=12), layer("softmax"), layer("affine", units=10))
    costs = {cost.title: cost for cost in profile(built, *batch(), steps=3)}
    waited = costs["Softmax"].forward
    assert waited >= 0.01
    assert costs["Softmax"].backward < waited and costs["Affine"].seconds < waited
    assert total(tuple(costs.values())).forward == pytest.approx(sum(cost.forward for cost in costs.values()))


def test_a_profile_leaves_the_network_as_it_was() -> None:
    built = network()
    built.begin_step(0)
    built.gradient_step(*batch())
    stages, loss = built.stages, built.loss
    before = [flat.tobytes() for flat in built.memory]
    profile(built, *batch(), steps=2)
    assert [flat.tobytes() for flat in built.memory] == before
    assert built.stages is stages and built.loss is loss


def test_timing_ends_with_the_block_even_after_an_error() -> None:
    built = network()
    stages, loss = built.stages, built.loss
    with pytest.raises(ZeroDivisionError), timed(built):
        assert built.stages is not stages
        raise ZeroDivisionError
    assert built.stages is stages and built.loss is loss


def test_timed_steps_give_the_same_bits() -> None:
    plain, watched = network(), network()
    plain.begin_step(0)
    watched.begin_step(0)
    expected = plain.gradient_step(*batch())
    with timed(watched):
        assert watched.gradient_step(*batch()) == expected
    assert watched.grads.tobytes() == plain.grads.tobytes()


def test_inference_alone_has_no_backward_time_and_only_its_own_work() -> None:
    built = network(layer("flatten"), layer("affine", units=10))
    with timed(built) as costs:
        built.forward(batch()[0], training=False)
    affine = costs.found()[1]
    assert (affine.backward, affine.flops) == (0.0, 2 * BATCH * 64 * 10)


def test_the_first_layer_that_learns_needs_no_product_for_its_input() -> None:
    built = network(layer("flatten"), layer("affine", units=12), layer("affine", units=10))
    _, first, second, _ = profile(built, *batch(), steps=1)
    assert first.flops == 2 * 2 * BATCH * 64 * 12
    assert second.flops == 3 * 2 * BATCH * 12 * 10
    assert first.gigaflops == pytest.approx(first.flops / first.seconds / 1e9)


class Holding(Layer[object]):
    """Whatever a test gives it to hold."""

    def __init__(self, **held: object) -> None:
        self.__dict__.update(held, params={}, in_shape=(10,), out_shape=(10,), spec=layer("tanh"), input_gradient=True)

    def forward(self, x: Array, *, training: bool) -> Array:
        return x


def held(built: Network, *stages: Holding) -> list[int]:
    built.stages = stages
    with timed(built) as costs:
        built.forward(np.zeros((*built.spec.in_shape, BATCH), np.float32), training=False)
    return [cost.held_bytes for cost in costs.found()[:-1]]


def test_memory_is_counted_once_however_it_is_held() -> None:
    built, block, other = network(), np.zeros(1000, np.float32), np.zeros(50)
    view = np.lib.stride_tricks.as_strided(block[10:], (3, 3), (4, 4))
    tools = {"views": [view, block.reshape(10, 100)], "later": lambda: block, "twice": (other, other)}
    assert held(built, Holding(tools=tools, again=block[5:])) == [4000 + 400]


def test_parameters_the_input_and_what_an_earlier_stage_holds_are_not_counted() -> None:
    built, shared = network(), np.zeros(100, np.float32)
    first, second = Holding(out=shared), Holding(x=shared, values=built.values[3:])
    first.next = second.forward
    assert held(built, first, second) == [400, 0]


def test_working_memory_grows_with_the_batch() -> None:
    built = network()
    x, labels = batch()
    small = total(profile(network(), x, labels, steps=1)).held_bytes
    large = total(profile(built, np.tile(x, 10), np.tile(labels, 10), steps=1)).held_bytes
    assert large > 5 * small
    assert total(profile(built, x, labels, steps=1)).parameter_bytes == sum(
        parameter.value.nbytes for parameter in built.parameters.values()
    )


def test_the_memory_found_is_the_memory_taken() -> None:
    built, (x, labels) = network(), batch()
    x, labels = np.tile(x, 50), np.tile(labels, 50)
    tracemalloc.start()
    try:
        with timed(built) as costs:
            built.begin_step(0)
            built.gradient_step(x, labels)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert total(costs.found()).held_bytes == pytest.approx(taken, rel=0.1)


def test_a_cost_is_plain_data() -> None:
    cost = profile(network(), *batch(), steps=1)[0]
    assert dataclasses.asdict(cost)["first"] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        cost.forward = 0.0  # type: ignore[misc]


# -- inside blocks ---------------------------------------------------------------------------------------------------
def with_a_block() -> Network:
    body = (layer("affine", units=10), layer("softmax"))
    held = layer("residual", branches=(body, (layer("parallel", branches=((layer("affine", units=10),),)),)))
    return network(layer("flatten"), layer("affine", units=10), held, layer("relu"))


def test_a_block_has_a_line_for_each_stage_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Softmax.forward

    def slow(self: Softmax, x: Array, *, training: bool) -> Array:
        time.sleep(0.01)
        return plain(self, x, training=training)

    monkeypatch.setattr(Softmax, "forward", slow)
    block = profile(with_a_block(), *batch(), steps=3)[2]
    assert block.title == "Residual + ReLU"
    assert [(cost.title, cost.first) for cost in block.inside] == [("Affine", 1), ("Softmax", 2), ("Parallel", 1)]
    affine, softmax, parallel = block.inside
    assert block.forward > softmax.forward >= 0.01 > affine.forward > 0
    assert [cost.title for cost in parallel.inside] == ["Affine"]
    assert block.flops == affine.flops + parallel.flops == 2 * affine.flops
    assert all(cost.backward > 0 for cost in (affine, softmax, parallel))


def test_timing_inside_blocks_ends_with_the_block_and_changes_no_bit() -> None:
    plain, watched = with_a_block(), with_a_block()
    plain.begin_step(0)
    expected = plain.gradient_step(*batch())
    stages = [chain.stages for chain in watched.layers[2].chains]
    watched.begin_step(0)
    with timed(watched):
        assert watched.gradient_step(*batch()) == expected
    assert [chain.stages for chain in watched.layers[2].chains] == stages
    assert watched.grads.tobytes() == plain.grads.tobytes()


def test_a_whole_step_takes_about_as_long_as_its_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Softmax, "forward", lambda self, x, training: time.sleep(0.02) or x)
    monkeypatch.setattr(Softmax, "backward", lambda self, dout: dout)
    built, looks = with_a_block(), []
    before = [flat.tobytes() for flat in built.memory]
    whole = step_seconds(built, *batch(), steps=3, look=lambda: looks.append(1))
    stages = total(profile(built, *batch(), steps=3)).seconds
    assert len(looks) == 3 and whole >= 0.02 and stages == pytest.approx(whole, rel=0.5)
    assert [flat.tobytes() for flat in built.memory] == before
