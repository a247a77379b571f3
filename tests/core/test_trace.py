"""The stepper's step is the run's: the same images, and gradients that are equal to the last bit."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_model, dense, everything, layer, prepared, project, trained

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.batches import Batcher, epoch_order
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import TrainingError
from fishlab.core.events import StepDone
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import Array
from fishlab.core.moment import Moment
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.probes import PROBES
from fishlab.core.sight import Sight, built
from fishlab.core.spec import ProjectSpec
from fishlab.core.stepper import Trace, trace_step, tracing
from fishlab.core.stepper.tracing import Worker
from fishlab.core.templates import TEMPLATES
from fishlab.core.training import Trainer


def step_and_trace(
    spec: ProjectSpec, before: int, way: Way = ONE, data: Prepared | None = None, **look: Any
) -> tuple[Trainer, StepDone, Trace]:
    """A run after `before` steps and one more, what that one said, and the same step in the stepper."""
    data = data or prepared(spec)
    trainer = Trainer(spec, data, way=way)
    with closing(trainer.events()) as events:
        done = None
        while trainer.position.step < before:
            next(events)
        moment = Moment.now(trainer)
        trace = trace_step(moment, built(moment), data.train, data.scaling, **look)
        while not isinstance(done, StepDone):
            done = next(events)
    return trainer, done, trace


def gradients(trainer: Trainer) -> dict[str, Array]:
    """Those of the last step, over the whole batch."""
    first, *others = trainer._place.board["grads"]
    total = first.copy()
    for other in others:
        total += other
    return dict(trainer.network.split(total))


def assert_same_step(trainer: Trainer, done: StepDone, trace: Trace) -> None:
    expected, found = gradients(trainer), trace.grads
    assert set(found) == set(expected) and found
    for key, grad in expected.items():
        assert found[key].dtype == grad.dtype and found[key].shape == grad.shape, key
        assert found[key].tobytes() == np.array(grad, order="C").tobytes(), key
    assert any(grad.any() for grad in expected.values())
    assert trace.loss.mean == done.loss
    assert trace.loss.correct / trace.count == done.accuracy
    assert (trace.step, trace.count) == (done.position.step, done.images)


def conv(filters: int, size: int, **values: Any) -> LayerSpec:
    return layer("convolution", filters=filters, kernel_size=size, **values)


def residual() -> list[LayerSpec]:
    """A residual block with a projection and one without, and a parallel block in the second's body."""
    body = conv(4, 3, padding=1), layer("batch_normalization"), layer("relu"), conv(4, 3, padding=1)
    pooled = layer("max_pool", pool_size=3, stride=1, padding=1), conv(2, 1)
    inner = layer("parallel", branches=((conv(2, 1),), pooled))
    return [
        layer("residual", branches=(body, (conv(4, 1),))),
        layer("relu"),
        layer("residual", branches=((inner, layer("batch_normalization")), ())),
        layer("relu"),
        layer("global_average_pool"),
        layer("affine", units=10),
    ]


def simple_conv() -> list[LayerSpec]:
    return [
        layer("convolution", filters=6, kernel_size=(3, 3)), layer("relu"), layer("max_pool"), layer("flatten"),
        layer("affine", units=20), layer("relu"), layer("affine", units=10),
    ]  # fmt: skip


def augmented(spec: ProjectSpec) -> ProjectSpec:
    steps = tuple(AUGMENTATIONS[kind].item.Spec() for kind in ("rotate", "shift", "noise"))
    return spec.replace(data=spec.data.replace(augmentation=steps))


def blobs(count: int) -> Dataset:
    rng = np.random.default_rng(4)
    data = ImageSet(rng.integers(0, 256, (count, 1, 28, 28), dtype=np.uint8), rng.integers(0, 10, count))
    return Dataset("Blobs", "mnist", data, data)


STACKS = {"dense": dense, "simple_conv": simple_conv, "everything": everything, "residual": residual}


@pytest.mark.one_in(5)
@pytest.mark.parametrize("way", [ONE, Way("threads", 2), Way("threads", 3)], ids=str)
@pytest.mark.parametrize("changed", [False, True], ids=["plain", "augmented"])
@pytest.mark.parametrize("stack", STACKS)
def test_the_gradients_of_a_batch_are_the_runs_to_the_last_bit(stack: str, changed: bool, way: Way) -> None:
    spec = project(STACKS[stack](), epochs=2)
    assert_same_step(*step_and_trace(augmented(spec) if changed else spec, 2, way, image=7))


WORDS: tuple[dict[str, Any], ...] = ({}, {"precision": "float64"}, {"sampling": "replacement"}, {"batch_size": 1})


@pytest.mark.one_in(8)
@pytest.mark.parametrize("before", [0, 5, 6, 7], ids=["first", "ragged", "next-epoch", "later"])
@pytest.mark.parametrize("words", WORDS, ids=str)
def test_so_are_those_at_any_place_of_a_run(words: dict[str, Any], before: int) -> None:
    assert_same_step(*step_and_trace(project(everything(), epochs=2, **words), before))


@pytest.mark.slow
def test_so_are_those_of_helper_processes() -> None:
    assert_same_step(*step_and_trace(project(everything(), epochs=2), 2, Way("processes", 2)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simple_conv_net", "deep_conv_net"])
def test_so_are_those_of_the_books_networks_on_real_sizes(name: str) -> None:
    spec = TEMPLATES[name].item()
    data = prepare(blobs(200), spec.data, seed=0)
    assert_same_step(*step_and_trace(spec, 1, data=data, image=3))


def test_what_is_frozen_has_no_gradient() -> None:
    layers = everything()
    layers[0], layers[1] = layers[0].replace(frozen=True), layers[1].replace(frozen=True)
    trainer, done, trace = step_and_trace(project(layers, epochs=2), 2)
    assert_same_step(trainer, done, trace)
    assert all(one.grad is None and one.value is not None for one in trace.layers[0].parameters)
    assert trace.layers[5].dout is not None and trace.layers[5].dx is None and trace.layers[4].dout is None


def test_looking_leaves_the_network_as_it_was() -> None:
    spec = project(everything(), epochs=2)
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    network = built(moment)
    before = network.arrays()
    trace_step(moment, network, data.train, data.scaling)
    assert all(network.arrays()[key].tobytes() == before[key].tobytes() for key in before)
    assert not network.grads.any()


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [ONE, Way("threads", 2)], ids=str)
def test_a_run_that_is_looked_at_after_every_step_gives_the_same_bits(way: Way) -> None:
    spec = augmented(project(everything(), epochs=1))
    data = prepared(spec)
    trainer = Trainer(spec, data, way=way)
    for event in trainer.events():
        if isinstance(event, StepDone):
            moment = Moment.now(trainer)
            trace_step(moment, built(moment), data.train, data.scaling)
    assert_same_model(trainer.checkpoint(), trained(spec, way=way))


# -- what is between ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stack", STACKS)
def test_each_tensor_is_handed_on_as_it_is(stack: str) -> None:
    _, _, trace = step_and_trace(project(STACKS[stack](), epochs=2), 2, image=7)
    outer = [one for one in trace.layers if one.number.isdigit()]
    for one, following in pairwise(outer):
        assert one.out.tobytes() == following.x.tobytes()
        assert following.dx is None or following.dx.tobytes() == one.dout.tobytes()
    assert outer[-1].out.tobytes() == trace.loss.scores.tobytes()
    assert outer[-1].dout.tobytes() == trace.loss.dscores.tobytes()


@pytest.mark.parametrize("stack", STACKS)
def test_the_tensors_are_those_of_layers_that_run_one_by_one(stack: str) -> None:
    """In float64, where a last digit more or less is below 1e-12."""
    spec = project(STACKS[stack](), epochs=2, precision="float64")
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    trace = trace_step(moment, built(moment), data.train, data.scaling, image=7)
    heard = one_by_one(moment, data)
    assert len(trace.layers) == len(heard)
    for one, (x, out, dout, dx) in zip(trace.layers, heard, strict=True):
        for found, expected in ((one.x, x), (one.out, out), (one.dout, dout), (one.dx, dx)):
            if found is not None:
                np.testing.assert_allclose(found, expected[..., 7], rtol=1e-9, atol=1e-12, err_msg=one.number)


def one_by_one(moment: Moment, data: Prepared) -> list[tuple[Array, ...]]:
    """x, out, dout and dx of every layer, from a network whose layers run by themselves."""
    spec = moment.project.training
    network = built(moment)
    network.stages = tuple(network.layers)
    for one in network.walk():
        one.input_gradient = True
        if one.branches:
            one.arrange(tuple)
    network.begin_step(0)
    order = epoch_order(len(data.train), spec.seed, 0)
    x, labels = Batcher(data.train, data.scaling, spec.batch_size, dtype=network.dtype).gather(order[: spec.batch_size])
    found: dict[Any, list[Array]] = {one: [] for one in network.walk()}
    for one in network.walk():
        listen(one, found[one])
    network.gradient_step(x, labels)
    return [tuple(arrays) for arrays in found.values()]


def listen(one: Any, arrays: list[Array]) -> None:
    forward, backward = one.forward, one.backward

    def heard_forward(x: Array, *, training: bool) -> Array:
        nonlocal arrays
        arrays += [x.copy(), forward(x, training=training).copy()]
        return arrays[-1]

    def heard_backward(dout: Array) -> Array:
        nonlocal arrays
        arrays += [dout.copy(), backward(dout).copy()]
        return arrays[-1]

    one.forward, one.backward = heard_forward, heard_backward


def test_layers_that_run_as_one_say_so_and_how_far_apart_they_are_by_themselves() -> None:
    _, _, trace = step_and_trace(project(simple_conv(), epochs=2), 2)
    together = [one.uid for one in trace.layers[:3]]
    assert [one.fused for one in trace.layers[:3]] == [tuple(together)] * 3
    assert all(one.fused == () for one in trace.layers[3:])
    assert set(trace.layers[0].apart) == {"out", "dW", "db"} and all(one.apart == {} for one in trace.layers[3:])
    assert trace.layers[0].apart["out"] == trace.layers[0].apart["dW"] == 0.0
    assert all(0 <= value < 1e-6 for value in trace.layers[0].apart.values())


# -- one image ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stack", ["dense", "simple_conv"])
def test_one_image_alone_is_a_batch_of_one(stack: str) -> None:
    spec = project(STACKS[stack](), epochs=2)
    trace = step_and_trace(spec, 2, image=7, alone=True)[2]
    data = prepared(spec)
    picked = data.train.images[trace.index : trace.index + 1], data.train.labels[trace.index : trace.index + 1]
    one = spec.replace(training=spec.training.replace(batch_size=1))
    single = Trainer(one, replace(data, train=ImageSet(*picked)), start=weights_after(spec, 2))
    with closing(single.events()) as events:
        done = next(event for event in events if isinstance(event, StepDone))
    expected = gradients(single)
    assert trace.alone and (trace.count, trace.image) == (20, 7)
    assert {key: grad.tobytes() for key, grad in trace.grads.items()} == {
        key: np.array(grad, order="C").tobytes() for key, grad in expected.items()
    }
    assert trace.loss.mean == done.loss == trace.loss.own


def weights_after(spec: ProjectSpec, steps: int) -> dict[str, Array]:
    return dict(trained(spec, steps=steps).weights)


def test_every_image_of_a_batch_has_its_own_tensors_and_the_same_gradients() -> None:
    spec = project(simple_conv(), epochs=2)
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    traces = [trace_step(moment, built(moment), data.train, data.scaling, image=image) for image in (0, 7, 99)]
    assert [trace.image for trace in traces] == [0, 7, 19]
    assert len({trace.layers[0].x.tobytes() for trace in traces}) == 3
    assert len({trace.layers[0].parameter("W").grad.tobytes() for trace in traces}) == 1
    for trace in traces:
        pixels = data.scaling.apply(data.train.images[trace.index : trace.index + 1])[0]
        np.testing.assert_allclose(trace.layers[0].x, pixels, rtol=1e-6, atol=1e-6)
        assert trace.loss.label == data.train.labels[trace.index]


def test_a_parameter_that_is_too_large_to_be_looked_at_is_named_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "KEPT", 200)
    _, _, trace = step_and_trace(project(simple_conv(), epochs=2), 1)
    weight = trace.layers[4].parameter("W")
    assert weight.shape == (54, 20) and weight.value is None and weight.grad is None
    assert trace.layers[0].parameter("W").value is not None and trace.layers[4].parameter("b").grad is not None


def test_too_little_memory_is_said_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "free_bytes", lambda: 1000)
    with pytest.raises(TrainingError, match="Let one image go through alone"):
        step_and_trace(project(), 0)


def test_an_error_in_one_worker_ends_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(everything(), epochs=2)
    data = prepared(spec)
    moment = replace(Moment.now(Trainer(spec, data)), way=Way("threads", 2))
    learn = Worker.learn

    def broken(worker: Worker, batch: Any) -> None:
        if worker.share.begin:
            raise ValueError("torn")
        learn(worker, batch)

    monkeypatch.setattr(Worker, "learn", broken)
    with pytest.raises(ValueError, match="torn"):
        trace_step(moment, built(moment), data.train, data.scaling)


def test_the_probe_is_the_step_that_follows_its_moment() -> None:
    spec = project(everything(), epochs=2)
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    sight = Sight(moment, data=lambda _moment: data)
    trace = PROBES["stepper"].item(sight, image=2)
    assert (trace.step, trace.image, trace.workers, trace.precision) == (1, 2, 1, "float32")
