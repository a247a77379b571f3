"""Training: the same seed gives the same bits, a run that was stopped goes on as if it had not been."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_model, dense, everything, images, layer, prepared, project, run, trained

from fishlab.core import optimizers
from fishlab.core.checkpoint import continues
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import NetworkError, TrainingError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import EpochDone, Evaluating, Finished, Marked, Running, Started, StepDone
from fishlab.core.files import open_project, save_project
from fishlab.core.spec import NetworkSpec
from fishlab.core.training import Trainer, train

OPTIMIZERS = optimizers.OPTIMIZERS.kinds()


def test_a_run_tells_what_it_does_in_order() -> None:
    spec = project(epochs=2)
    events = list(train(spec, prepared(spec)))
    assert [type(event) for event in events] == [
        Started, Running, *([StepDone] * 6 + [Evaluating, EpochDone]) * 2, Finished
    ]  # fmt: skip
    assert events[0] == Started(110, 6, events[0].position, 2, "Bright spots", 10)
    assert [event.images for event in events if isinstance(event, StepDone)][:6] == [20, 20, 20, 20, 20, 10]
    assert events[-1] == Finished("done", "Finished 2 epochs.")


def test_a_run_learns() -> None:
    spec = project(epochs=30, optimizer="adam", rate=0.02)
    trainer, events = run(spec)
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert epochs[-1].train_loss < 0.3 * epochs[0].train_loss
    assert epochs[-1].train_accuracy > 0.95
    assert evaluate_now(trainer.network, images(500, 9), trainer.data.scaling).accuracy > 0.8


def test_the_history_holds_what_the_events_said() -> None:
    trainer, events = run(project(epochs=2))
    steps = [(e.x, e.loss, e.accuracy, e.images) for e in events if isinstance(e, StepDone)]
    assert trainer.history.steps.rows.tolist() == [list(map(float, row)) for row in steps]
    closed = [event for event in events if isinstance(event, EpochDone)]
    assert trainer.history.epochs.column("validation_loss").tolist() == [e.validation.loss for e in closed]
    first = trainer.history.steps.rows[:6]
    assert closed[0].train_loss == np.average(first[:, 1], weights=first[:, 3])


def test_without_validation_images_an_epoch_has_nan_there() -> None:
    spec = project()
    spec = spec.replace(data=spec.data.replace(validation=0.0))
    trainer, events = run(spec)
    assert events[-2].validation is None
    assert np.isnan(trainer.history.epochs.column("validation_loss")).all()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_same_seed_gives_the_same_numbers(optimizer: str) -> None:
    spec = project(everything(), optimizer=optimizer, epochs=2, weight_decay=0.01)
    assert_same_model(trained(spec), trained(spec))


def test_another_seed_gives_other_numbers() -> None:
    layers = dense()
    one, other = trained(project(layers, seed=3)), trained(project(layers, seed=4))
    assert all((one.weights[key] != other.weights[key]).any() for key in one.weights)
    assert one.history.steps.rows[0, 1] != other.history.steps.rows[0, 1]


@pytest.mark.one_in(5)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_one_epoch_saved_opened_and_one_more_are_two_epochs(optimizer: str, tmp_path: Path) -> None:
    layers = everything()
    once, twice = (project(layers, optimizer=optimizer, epochs=epochs, weight_decay=0.01) for epochs in (1, 2))
    path = tmp_path / "half.fishlab"
    save_project(path, once, trained(once), preview=False)
    _, model = open_project(path)
    assert model is not None
    whole = trained(twice)
    assert_same_model(dataclasses.replace(trained(once, resume=model), project=twice), whole)


@pytest.mark.one_in(17)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, 4, 6, 9])
def test_a_run_stopped_saved_and_opened_goes_on_as_if_unbroken(optimizer: str, steps: int, tmp_path: Path) -> None:
    spec = project(everything(), optimizer=optimizer, epochs=2, weight_decay=0.01)
    path = tmp_path / "stopped.fishlab"
    save_project(path, spec, trained(spec, steps=steps), preview=False)
    _, model = open_project(path)
    assert model is not None
    assert model.position.step == steps
    assert_same_model(trained(spec, resume=model), trained(spec))


def test_a_run_stopped_while_it_validates_goes_on_as_if_unbroken() -> None:
    spec = project(everything(), epochs=2)
    trainer = Trainer(spec, prepared(spec))
    events = trainer.events()
    while not isinstance(next(events), Evaluating):
        pass
    events.close()
    assert trainer.position.batch == trainer.batches
    assert_same_model(trained(spec, resume=trainer.checkpoint()), trained(spec))


def test_a_run_stopped_before_its_target_heads_for_it_and_a_finished_one_goes_further() -> None:
    spec = project(epochs=3)
    stopped = trained(spec, steps=8)
    assert Trainer(spec, prepared(spec), resume=stopped).target == 3
    finished = trained(spec, resume=stopped)
    assert finished.position.epoch == 3
    assert Trainer(spec, prepared(spec), resume=finished).target == 6
    assert Trainer(spec, prepared(spec), resume=finished, epochs=1).target == 4


def test_with_another_batch_size_a_run_goes_on_at_the_same_share_of_the_epoch() -> None:
    spec = project(epochs=1)
    other = spec.replace(training=spec.training.replace(batch_size=10))
    trainer = Trainer(other, prepared(other), resume=trained(spec, steps=3))
    assert (trainer.batches, trainer.position.batch) == (11, 5)


def test_a_checkpoint_is_not_touched_by_what_the_run_does_next() -> None:
    spec = project(everything(), epochs=2)
    trainer = Trainer(spec, prepared(spec))
    events = trainer.events()
    for _ in range(4):
        next(events)
    early = trainer.checkpoint()
    kept = {key: array.copy() for key, array in early.weights.items()}, early.history.steps.rows.copy()
    for _ in events:
        pass
    assert all((early.weights[key] == array).all() for key, array in kept[0].items())
    assert (early.history.steps.rows == kept[1]).all()


def test_start_holds_the_weights_before_the_first_step_also_after_going_on() -> None:
    spec = project(everything(), epochs=1)
    fresh = Trainer(spec, prepared(spec)).checkpoint()
    first = trained(spec)
    second = trained(spec, resume=first)
    for key, array in fresh.weights.items():
        assert (first.start[key] == array).all()
        assert (second.start[key] == array).all()
    assert any((first.weights[key] != array).any() for key, array in fresh.weights.items())


def test_another_optimizer_starts_with_a_memory_of_its_own() -> None:
    layers = dense()
    model = trained(project(layers, optimizer="adam"))
    spec = project(layers, optimizer="momentum")
    trainer = Trainer(spec, prepared(spec), resume=model)
    assert trainer.optimizer.steps == 0
    assert not trainer.optimizer.memory["v"].any()
    assert all((trainer.network.arrays()[key] == array).all() for key, array in model.weights.items())


def test_weight_decay_pulls_weights_and_leaves_biases_alone() -> None:
    layers = [layer("flatten"), layer("affine", units=10)]
    plain = project(layers, optimizer="sgd", rate=0.5, weight_decay=0.0)
    decayed = project(layers, optimizer="sgd", rate=0.5, weight_decay=0.1)
    one, other = trained(plain, steps=1), trained(decayed, steps=1)
    weight, bias = f"{layers[1].uid}/W", f"{layers[1].uid}/b"
    np.testing.assert_allclose(other.weights[weight], one.weights[weight] - 0.5 * 0.1 * one.start[weight], atol=1e-7)
    assert (other.weights[bias] == one.weights[bias]).all()


def test_a_live_rate_takes_effect_and_leaves_a_mark() -> None:
    spec = project(optimizer="sgd", rate=0.1)
    trainer = Trainer(spec, prepared(spec))
    events = trainer.events()
    for _ in range(4):
        next(events)
    mark = trainer.set_optimizer(spec.training.optimizer.replace(learning_rate=0.01))
    assert mark is not None
    assert (mark.x, mark.text) == (2 / 6, "rate 0.1 → 0.01")
    before = trainer.network.values.copy()
    next(events)
    moved = np.abs(trainer.network.values - before).max()
    assert moved == pytest.approx(0.01 * np.abs(trainer.network.grads).max(), rel=1e-3)
    assert trainer.checkpoint().project.training.optimizer.learning_rate == 0.01
    assert trainer.checkpoint().history.marks == [mark]


def test_another_kind_of_optimizer_is_not_live() -> None:
    spec = project(optimizer="sgd")
    trainer = Trainer(spec, prepared(spec))
    assert trainer.set_optimizer(project(optimizer="adam").training.optimizer) is None
    assert trainer.set_optimizer(spec.training.optimizer) is None
    assert trainer.history.marks == []


def test_what_changed_between_two_runs_is_marked_where_the_curve_goes_on() -> None:
    stopped = trained(project(optimizer="sgd", rate=0.1), steps=3)
    slower = project(optimizer="sgd", rate=0.02, weight_decay=0.001)
    trainer, events = run(slower, resume=stopped, steps=1)
    marks = [event.mark for event in events if isinstance(event, Marked)]
    assert [mark.text for mark in marks] == ["rate 0.1 → 0.02", "decay 0 → 0.001"]
    assert {mark.x for mark in marks} == {3 / 6}
    assert trainer.checkpoint().history.marks == marks


def test_another_optimizer_and_batch_size_are_marked_too() -> None:
    stopped = trained(project(optimizer="sgd", rate=0.1), steps=3)
    trainer, _ = run(project(optimizer="adam", batch_size=10), resume=stopped, steps=1)
    assert [mark.text for mark in trainer.history.marks] == ["SGD 0.1 → Adam 0.001", "batch 20 → 10"]


def test_a_run_that_goes_on_unchanged_has_no_marks() -> None:
    spec = project(optimizer="sgd")
    trainer, _ = run(spec, resume=trained(spec, steps=3), steps=1)
    assert trainer.history.marks == []


@pytest.mark.one_in(4)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_whatever_the_rate_the_weights_that_are_kept_are_finite(optimizer: str) -> None:
    layers = [layer("flatten"), *(layer("affine", units=units, init="normal", std=100.0) for units in (30, 30, 30, 10))]
    spec = project(layers, optimizer=optimizer, rate=100.0, epochs=20)
    trainer, events = run(spec.replace(data=spec.data.replace(scaling="raw")))
    assert isinstance(events[-1], Finished)
    assert all(np.isfinite(array).all() for array in trainer.checkpoint().weights.values())
    for table in trainer.checkpoint().memory.values():
        assert all(np.isfinite(array).all() for array in table.values())


def test_a_diverging_run_stops_within_one_step_of_the_first_loss_that_is_not_finite() -> None:
    layers = [layer("flatten"), layer("affine", units=30), layer("affine", units=30), layer("affine", units=10)]
    trainer, events = run(project(layers, optimizer="sgd", rate=100.0, epochs=50))
    assert events[-1].reason == "diverged"
    assert "Try a learning rate of 10 or less; it was 100." in events[-1].text
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    assert all(map(math.isfinite, losses))
    assert len(losses) == trainer.position.step
    again, more = run(project(layers, optimizer="sgd", rate=1e-9), resume=trainer.checkpoint(), steps=1)
    assert isinstance(more[-1], StepDone)
    assert np.isfinite(again.network.values).all()


def test_a_network_that_does_not_fit_says_so() -> None:
    spec = project([layer("affine", units=10)])
    with pytest.raises(NetworkError, match="1 Affine needs a row"):
        Trainer(spec, prepared(spec))


def test_images_of_another_size_are_refused_in_a_sentence() -> None:
    spec = project().edit_network(lambda network: dataclasses.replace(network, in_shape=(1, 28, 28)))
    with pytest.raises(TrainingError, match="takes 1 × 28 × 28, and the images are 1 × 8 × 8"):
        Trainer(spec, prepared(spec))
    model = trained(project())
    large = ImageSet(np.zeros((5, 1, 28, 28), np.uint8), np.zeros(5, np.intp))
    with pytest.raises(TrainingError, match="takes 1 × 8 × 8, and the images are 1 × 28 × 28"):
        evaluate_now(model.network(), large, model.scaling)


def test_one_image_and_batches_larger_than_the_set_train() -> None:
    spec = project(everything(), batch_size=1000, epochs=2)
    spec = spec.replace(data=spec.data.replace(subset=1, validation=0.0))
    trainer = Trainer(spec, prepare(Dataset("One", "digits", images(1, 1), images(1, 2)), spec.data))
    assert [event.images for event in trainer.events() if isinstance(event, StepDone)] == [1, 1]


def test_run_goes_on_with_a_model_of_the_same_structure_and_seed_only() -> None:
    spec = project()
    model = trained(spec, steps=1)
    renamed = spec.edit_network(lambda network: dataclasses.replace(network, name="Other"))
    assert continues(spec, model)
    assert continues(renamed, model)
    assert not continues(spec, None)
    assert not continues(spec.replace(training=spec.training.replace(seed=9)), model)
    wider: NetworkSpec = spec.network.change(spec.network.layers[1].uid, units=13)
    assert not continues(spec.replace(network=wider), model)
