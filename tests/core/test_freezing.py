"""Frozen layers and transfer: what is frozen does not move, what learns learns as if nothing else were there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import (
    assert_same_arrays,
    assert_same_model,
    dense,
    everything,
    images,
    layer,
    prepared,
    project,
    run,
    trained,
)

from benchmarks.stacks import random_stack
from fishlab.core.checkpoint import Checkpoint, continues
from fishlab.core.contract import CHECKS, Broken, samples_of
from fishlab.core.data.batches import epoch_order
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import FieldError, NetworkError, TrainingError
from fishlab.core.files import open_project, save_project
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.layers.normalization import BatchNormalization
from fishlab.core.memory import weight_bytes
from fishlab.core.network import Network
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer
from fishlab.core.transfer import freeze_features, replace_head

Array = np.ndarray


def frozen(layers: list[LayerSpec], *numbers: int) -> list[LayerSpec]:
    return [layer.replace(frozen=True) if number in numbers else layer for number, layer in enumerate(layers)]


def learn(spec: ProjectSpec, start: dict[str, Array], way: str = "one", data: Prepared | None = None) -> Trainer:
    trainer = Trainer(spec, data or prepared(spec), start=start, way=Way.parse(way))
    for _ in trainer.events():
        pass
    assert str(trainer.way) == way
    return trainer


def parts(arrays: dict[str, Array], *layers: LayerSpec) -> dict[str, Array]:
    uids = {layer.uid for layer in layers}
    return {key: value for key, value in arrays.items() if key.partition("/")[0] in uids}


# -- what is frozen --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("optimizer", "way"),
    [
        *(("sgd", "one"), ("adam", "one"), ("adam", "threads:3")),
        pytest.param("momentum", "processes:2", marks=pytest.mark.slow),
    ],
)
def test_frozen_layers_do_not_move_and_have_no_memory(optimizer: str, way: str) -> None:
    """Below, between and above layers that learn; with decay, dropout and running statistics."""
    stack = frozen(everything(), 0, 1, 5, 6)
    spec = project(stack, optimizer=optimizer, epochs=2, weight_decay=0.1)
    start = Network(spec.network, seed=9).arrays()
    trainer = learn(spec, start, way)
    model, still = trainer.checkpoint(), [stack[place] for place in (0, 1, 5, 6)]
    assert_same_arrays(parts(model.weights, *still), parts(start, *still))
    moved = parts(model.weights, stack[9])
    assert len(moved) == 2 and all((start[key] != value).any() for key, value in moved.items())
    assert all(set(table) == set(moved) for table in model.memory.values())


def test_one_frozen_layer_between_two_that_learn_lets_the_gradient_through() -> None:
    stack = [layer("flatten"), layer("affine", units=12), layer("affine", units=11), layer("affine", units=10)]
    whole, part = (project(layers, optimizer="sgd", rate=0.1) for layers in (stack, frozen(stack, 2)))
    start = Network(whole.network, seed=1).arrays()
    one, other = (run(spec, steps=1)[0] for spec in (whole, part))
    for key in parts(start, stack[1], stack[3]):
        assert (one.network.arrays()[key] == other.network.arrays()[key]).all(), key
    assert_same_arrays(parts(other.network.arrays(), stack[2]), parts(other.start, stack[2]))


def test_what_learns_above_frozen_features_learns_as_if_it_were_given_the_features() -> None:
    """A frozen convolution and batch normalization, computed once, then the rest alone on what they give."""
    stack = [layer("flatten"), layer("batch_normalization"), layer("affine", units=10)]
    spec = project(frozen(stack, 1), optimizer="sgd", rate=0.1, epochs=3)
    start = trained(project(stack)).weights
    trainer = learn(spec, start)
    norm, head = stack[1].uid, stack[2].uid
    scale = start[f"{norm}/gamma"] / np.sqrt(start[f"{norm}/running_var"] + stack[1].epsilon)
    W, b = start[f"{head}/W"].astype(np.float64), start[f"{head}/b"].astype(np.float64)
    data = prepared(spec)
    rows = data.scaling.apply(data.train.images).reshape(len(data.train), -1).astype(np.float64)
    features = (rows - start[f"{norm}/running_mean"]) * scale + start[f"{norm}/beta"]
    for epoch in range(3):
        order = epoch_order(len(rows), spec.training.seed, epoch)
        for first in range(0, len(order), 20):
            chosen = order[first : first + 20]
            exp = np.exp(features[chosen] @ W + b)
            slope = (exp / exp.sum(axis=1, keepdims=True) - np.eye(10)[data.train.labels[chosen]]) / len(chosen)
            W -= 0.1 * features[chosen].T @ slope
            b -= 0.1 * slope.sum(axis=0)
    np.testing.assert_allclose(trainer.network.arrays()[f"{head}/W"], W, atol=2e-5)
    np.testing.assert_allclose(trainer.network.arrays()[f"{head}/b"], b, atol=2e-5)


def test_a_frozen_batch_normalization_answers_in_training_as_it_does_in_evaluation() -> None:
    spec = project(frozen([layer("flatten"), layer("batch_normalization"), layer("affine", units=10)], 1)).network
    network = Network(spec, seed=2)
    network.state[...] = np.random.default_rng(0).uniform(0.5, 2, network.state.size)
    x = np.random.default_rng(1).normal(size=(1, 8, 8, 6)).astype(np.float32)
    kept = network.state.copy()
    trained_on = network.forward(x, training=True).copy()
    assert (trained_on == network.forward(x, training=False)).all()
    assert (network.state == kept).all()


@pytest.mark.parametrize(("numbers", "lowest"), [((0, 1, 5, 6), 9), ((0, 1), 5), ((0,), 1), ((1, 5, 6, 9), 0)])
def test_below_the_lowest_layer_that_learns_no_gradient_is_computed(numbers: tuple[int, ...], lowest: int) -> None:
    network = Network(project(frozen(everything(), *numbers)).network)
    asked: list[int] = []

    def watch(stage: Any, place: int) -> None:
        real = stage.backward
        stage.backward = lambda dout: (asked.append(place), real(dout))[1]

    for stage in network.stages:
        watch(stage, network.layers.index(stage.layers[0]))
    network.begin_step(0)
    network.gradient_step(np.ones((1, 8, 8, 5), np.float32), np.arange(5))
    assert asked[-1] == lowest and asked == sorted(asked, reverse=True)
    assert [layer.input_gradient for layer in network.layers] == [place > lowest for place in range(10)]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", ["threads:2", "processes:2"])
def test_a_diverging_run_brings_back_what_learned_and_leaves_what_is_frozen(way: str) -> None:
    stack = frozen([layer("flatten"), *(layer("affine", units=units) for units in (30, 30, 10))], 1)
    spec = project(stack, optimizer="sgd", rate=100.0, epochs=50)
    trainer, events = run(spec, way=Way.parse(way))
    assert events[-1].reason == "diverged"
    assert all(np.isfinite(array).all() for array in trainer.network.arrays().values())
    assert_same_arrays(parts(trainer.network.arrays(), stack[1]), parts(trainer.start, stack[1]))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", ["one", "processes:2"])
def test_a_frozen_block_freezes_all_that_it_holds(way: str) -> None:
    body = (layer("affine", units=12), layer("batch_normalization"))
    stack = [layer("flatten"), layer("affine", units=12), layer("residual", branches=(body, ())), *dense()[3:]]
    spec = project(frozen(stack, 2), epochs=2)
    start = Network(spec.network, seed=4).arrays()
    model = learn(spec, start, way).checkpoint()
    assert_same_arrays(parts(model.weights, *body), parts(start, *body))
    assert all((model.weights[key] != value).any() for key, value in parts(start, stack[1]).items())


def test_a_layer_that_forgets_that_it_is_frozen_breaks_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    check = CHECKS["frozen, it keeps its weights and its state, and passes the same gradient on"]
    for sample in samples_of(LAYERS["batch_normalization"].item):
        check(sample)
    real = BatchNormalization.forward

    def forgetful(layer: Any, x: Array, *, training: bool) -> Array:
        layer.spec = layer.spec.replace(frozen=False)
        return real(layer, x, training=training)

    monkeypatch.setattr(BatchNormalization, "forward", forgetful)
    with pytest.raises(Broken, match="running_mean"):
        check(sample)


def test_where_all_is_frozen_nothing_would_learn() -> None:
    spec = project(frozen(dense(), 1, 3))
    with pytest.raises(TrainingError, match="Nothing would learn: all 2 layers with weights are frozen"):
        Trainer(spec, prepared(spec))


def test_frozen_is_yes_or_no() -> None:
    with pytest.raises(FieldError, match="true or false"):
        layer("affine", frozen=1)


def test_memory_is_estimated_without_gradients_and_optimizer_for_what_is_frozen() -> None:
    stack = everything()
    free, still = project(stack, optimizer="adam"), project(frozen(stack, 5), optimizer="adam")
    report = infer(free.network)
    held = 4 * report.layers[5].weights
    for workers in (1, 3):
        saved = weight_bytes(free, report, workers) - weight_bytes(still, infer(still.network), workers)
        slots, checkpoints = 2, 2
        assert saved == held * (slots + workers + 1 + checkpoints * slots), "Adam's, gradients, the last good value"


@pytest.mark.one_in(3)
@pytest.mark.parametrize("seed", range(900, 930))
def test_freezing_layers_of_a_generated_stack_changes_no_other_gradient(seed: int) -> None:
    """All that learns beside them gets the same gradient, to rounding: a layer of which no dx is wanted cuts its
    sums in other places."""
    spec, rng = random_stack(seed, small=True), np.random.default_rng(seed)
    holders = [entry.uid for entry in infer(spec).layers if any(i.role != "state" for i in entry.parameters)]
    normalizing = {entry.uid for entry in infer(spec).layers if any(i.role == "state" for i in entry.parameters)}
    chosen = {uid for uid in holders if uid not in normalizing and rng.random() < 0.5}
    part = spec.with_layers(layer.replace(frozen=layer.uid in chosen) for layer in spec.layers)
    whole = Network(spec, seed=1)
    other = Network(part, seed=1, start=whole.arrays())
    x = rng.normal(size=(*spec.in_shape, 7)).astype(np.float32)
    labels = rng.integers(0, spec.classes, 7)
    for network in (whole, other):
        network.begin_step(3)
        network.gradient_step(x, labels)
    learned = {key: grad.copy() for key, grad in other.split(other.grads)}
    wanted = {key: grad.copy() for key, grad in whole.split(whole.grads)}
    assert {key.partition("/")[0] for key in set(wanted) - set(learned)} >= chosen
    for key, grad in learned.items():
        assert abs(grad - wanted[key]).max() <= 2e-6 * max(abs(wanted[key]).max(), 1e-3), key


# -- going on --------------------------------------------------------------------------------------------------------
@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [Way("threads", 2), ONE], ids=str)
def test_a_run_with_frozen_layers_saved_and_opened_goes_on_as_if_unbroken(way: Way, tmp_path: Path) -> None:
    spec = project(frozen(everything(), 0, 1), epochs=2, weight_decay=0.01)
    save_project(tmp_path / "frozen.fishlab", spec, trained(spec, steps=4, way=way), preview=False)
    opened, model = open_project(tmp_path / "frozen.fishlab")
    assert opened == spec
    assert_same_model(trained(spec, resume=model, way=way), trained(spec, way=way))


def test_a_run_goes_on_when_layers_are_frozen_or_thawed_and_a_mark_says_so() -> None:
    stack = everything()
    free, still = project(stack, epochs=1), project(frozen(stack, 0, 1), epochs=1)
    model = trained(free)
    assert continues(still, model)
    trainer, _ = run(still, resume=model)
    assert [mark.text for mark in trainer.history.marks] == ["frozen layers 0 → 2"]
    assert_same_arrays(parts(trainer.network.arrays(), *stack[:2]), parts(dict(model.weights), *stack[:2]))
    thawed, _ = run(free, resume=trainer.checkpoint())
    assert [mark.text for mark in thawed.history.marks][1:] == ["frozen layers 2 → 0"]
    assert any((thawed.network.arrays()[key] != model.weights[key]).any() for key in parts(model.weights, stack[0]))


# -- transfer --------------------------------------------------------------------------------------------------------
def three_classes() -> Dataset:
    def few(count: int, seed: int) -> ImageSet:
        found = images(count, seed)
        return ImageSet(found.images, found.labels % 3)

    return Dataset("Three", "digits", few(240, 5), few(90, 6), ("0", "1", "2"))


def source(epochs: int = 12) -> Checkpoint:
    return trained(project(everything(), epochs=epochs, optimizer="adam", rate=0.01))


@pytest.mark.parametrize("freeze", [True, False])
def test_a_new_head_keeps_the_features_and_learns_other_classes(freeze: bool) -> None:
    model = source()
    spec, start = replace_head(model.project, model, 3, freeze=freeze)
    *features, head = spec.network.layers
    assert (spec.network.classes, head.units, head.frozen) == (3, 3, False)
    assert head.uid not in {layer.uid for layer in model.project.network.layers}
    assert [layer.frozen for layer in features] == [freeze and place in (0, 1, 5, 6) for place in range(9)]
    data = prepare(three_classes(), spec.data, seed=spec.training.seed)
    trainer = learn(spec, start, data=data)
    assert trainer.history.epochs.column("train_accuracy")[-1] > 0.6, "half of it right away from what it knows"
    assert all((trainer.start[key] == value).all() for key, value in start.items())
    kept = all((trainer.network.arrays()[key] == value).all() for key, value in start.items())
    assert kept is freeze


@pytest.mark.slow
def test_transfer_agrees_in_every_way_to_the_last_bit() -> None:
    model = source(epochs=2)
    spec, start = replace_head(model.project, model, 3)
    data = prepare(three_classes(), spec.data, seed=spec.training.seed)
    threads, processes = (learn(spec, start, way, data).checkpoint() for way in ("threads:2", "processes:2"))
    assert_same_arrays(threads.weights, processes.weights)
    assert_same_arrays(threads.memory["m"], processes.memory["m"])


def test_a_head_is_the_last_layer_with_weights_and_affine() -> None:
    stack = [layer("flatten"), layer("affine", units=10), layer("batch_normalization")]
    with pytest.raises(NetworkError, match="the last layer with weights is batch normalization"):
        replace_head(project(stack), trained(project(stack)), 3)


def test_one_layer_with_weights_has_no_features_to_freeze() -> None:
    with pytest.raises(NetworkError, match="has 1 layer with weights, and two are needed"):
        freeze_features(project([layer("flatten"), layer("affine", units=10)]).network)
