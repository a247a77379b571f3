"""Early stopping: the best epoch is kept, patience ends a run, and going on is as if it had never been stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, dataset, dense, everything, project, run, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import TrainingError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import Finished, TrainEvent
from fishlab.core.files import open_project, save_project
from fishlab.core.mailbox import TestScored as Scored
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.runner import Runner
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer

LAYERS = dense()
OVERFITTING = {"optimizer": "adam", "rate": 0.02, "epochs": 40}


def noise(spec: ProjectSpec) -> Prepared:
    """Labels that have nothing to do with the images: what is learned by heart soon makes validation worse."""
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (120, 1, 8, 8), dtype=np.uint8)
    known = ImageSet(pixels, rng.integers(0, 10, 120).astype(np.intp))
    return prepare(Dataset("Noise", "digits", known, known), spec.data, seed=spec.training.seed)


def waiting(**more: Any) -> ProjectSpec:
    return project(LAYERS, **{**OVERFITTING, **more})


def unvalidated(spec: ProjectSpec) -> ProjectSpec:
    return spec.replace(data=spec.data.replace(validation=0.001))


def learn(spec: ProjectSpec, **more: Any) -> tuple[Trainer, list[TrainEvent]]:
    return run(spec, data=noise(spec), **more)


def assert_same_best(one: Checkpoint, other: Checkpoint) -> None:
    assert one.best is not None and other.best is not None
    assert (one.best.epoch, one.best.loss) == (other.best.epoch, other.best.loss)
    assert_same_arrays(one.best.weights, other.best.weights)


# -- the end of a run ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("patience", [1, 3])
def test_a_run_ends_when_so_many_epochs_were_no_better_and_says_why(patience: int) -> None:
    trainer, events = learn(waiting(patience=patience))
    losses = trainer.history.epochs.column("validation_loss")
    best = int(losses.argmin()) + 1
    assert best < 40 - patience, "the images must be such that it overfits"
    assert trainer.position.epoch == best + patience
    epochs = "1 epoch" if patience == 1 else f"{patience} epochs"
    text = f"No better for {epochs}; the best was epoch {best}. Its weights are kept."
    assert events[-1] == Finished("patience", text)


def test_the_best_weights_are_those_the_run_had_after_its_best_epoch() -> None:
    model = learn(waiting(patience=3))[0].checkpoint()
    assert model.best is not None
    until_then = learn(waiting(epochs=model.best.epoch))[0].checkpoint()
    assert_same_arrays(model.best.weights, until_then.weights)
    assert any((model.weights[key] != value).any() for key, value in model.best.weights.items())


def test_a_network_of_the_best_weights_has_the_best_loss() -> None:
    spec = waiting(patience=3)
    model = learn(spec)[0].checkpoint()
    validation = noise(spec).validation
    assert model.best is not None
    assert evaluate_now(model.network(best=True), validation, model.scaling).loss == model.best.loss
    assert evaluate_now(model.network(), validation, model.scaling).loss > model.best.loss


def test_a_run_that_gets_better_all_the_time_goes_on_to_its_target() -> None:
    spec = project(LAYERS, optimizer="sgd", rate=1e-4, epochs=6, patience=1)
    trainer, events = learn(spec)
    assert events[-1] == Finished("done", "Finished 6 epochs.")
    losses = trainer.history.epochs.column("validation_loss")
    assert trainer.best is not None and (np.diff(losses) < 0).all() and trainer.best.epoch == 6


def test_the_best_is_kept_without_patience_too() -> None:
    trainer, events = learn(waiting())
    losses = trainer.history.epochs.column("validation_loss")
    assert events[-1] == Finished("done", "Finished 40 epochs.")
    assert trainer.best is not None
    assert (trainer.best.epoch, trainer.best.loss) == (int(losses.argmin()) + 1, losses.min())


def test_nothing_is_kept_where_nobody_wants_it() -> None:
    model = learn(waiting(epochs=2, keep_best=False))[0].checkpoint()
    assert model.best is None
    with pytest.raises(TrainingError, match="This run kept no best epoch"):
        model.network(best=True)


def test_keeping_the_best_changes_no_number() -> None:
    kept = learn(waiting(epochs=3))[0].checkpoint()
    assert_same_arrays(kept.weights, learn(waiting(epochs=3, keep_best=False))[0].checkpoint().weights)


def test_without_validation_images_patience_is_refused_before_the_run() -> None:
    spec = unvalidated(waiting(patience=3))
    with pytest.raises(TrainingError, match=r"a share of 0\.001 of 120 training images is none") as caught:
        Trainer(spec, noise(spec))
    assert "Patience is 3, and there are no images to validate" in str(caught.value)


def test_without_validation_images_there_is_no_best_and_the_run_goes_on_all_the_same() -> None:
    trainer, events = learn(unvalidated(waiting(epochs=2)))
    assert (trainer.best, events[-1]) == (None, Finished("done", "Finished 2 epochs."))


def test_an_epoch_that_lost_its_footing_is_never_the_best(tmp_path: Path) -> None:
    """Its training loss was finite to the end, its validation loss is not."""
    spec = waiting(epochs=3)
    data = noise(spec)
    trainer = Trainer(spec, data)
    events = trainer.events()
    while trainer.position.batch < trainer.batches:
        next(events)
    trainer.network.values[...] = 1e38
    assert [event.reason for event in events if isinstance(event, Finished)] == ["diverged"]
    assert trainer.best is None
    save_project(tmp_path / "lost.fishlab", spec, trainer.checkpoint(), preview=False)
    _, model = open_project(tmp_path / "lost.fishlab")
    assert model is not None and all(np.isfinite(array).all() for array in model.weights.values())


# -- going on --------------------------------------------------------------------------------------------------------
@pytest.mark.one_in(3)
@pytest.mark.parametrize("late", [-8, -3, 0, 2, 6, 11])
def test_a_waiting_run_stopped_saved_and_opened_goes_on_as_if_unbroken(late: int, tmp_path: Path) -> None:
    """Stopped so many steps after its best epoch."""
    spec = waiting(patience=3)
    unbroken, events = learn(spec)
    assert unbroken.best is not None
    stopped, _ = learn(spec, steps=6 * unbroken.best.epoch + late)
    save_project(tmp_path / "waiting.fishlab", spec, stopped.checkpoint(), preview=False)
    _, model = open_project(tmp_path / "waiting.fishlab")
    assert model is not None
    resumed, more = learn(spec, resume=model)
    assert more[-1] == events[-1]
    assert_same_model(resumed.checkpoint(), unbroken.checkpoint())
    assert_same_best(resumed.checkpoint(), unbroken.checkpoint())


def test_who_presses_run_again_waits_anew_for_something_better_than_the_best() -> None:
    spec = waiting(patience=3)
    first = learn(spec)[0].checkpoint()
    again, events = learn(spec, resume=first)
    assert first.best is not None
    assert again.best == first.best, "it only gets worse"
    assert again.position.epoch == first.position.epoch + 3
    assert events[-1] == Finished(
        "patience", f"No better for 3 epochs; the best was epoch {first.best.epoch}. Its weights are kept."
    )
    stopped = learn(spec, resume=first, steps=9)[0].checkpoint()
    assert learn(spec, resume=stopped)[0].position == again.position


def test_over_other_images_what_was_best_is_forgotten() -> None:
    spec = waiting(patience=3)
    first = learn(spec)[0].checkpoint()
    other = spec.replace(data=spec.data.replace(validation=0.5))
    trainer = Trainer(other, noise(other), resume=first)
    assert trainer.best is None
    renamed = dataclasses.replace(noise(spec), name="Other noise")
    assert Trainer(spec, renamed, resume=first).best is None
    assert Trainer(spec, noise(spec), resume=first).best == first.best


def test_a_run_that_goes_on_without_patience_counts_from_nowhere() -> None:
    spec = waiting(epochs=1)
    twice = learn(spec, resume=learn(spec)[0].checkpoint())[0].checkpoint()
    assert (twice.position.epoch, twice.patient_since) == (2, 0)
    patient = waiting(epochs=1, patience=9)
    assert learn(patient, resume=twice)[0].checkpoint().patient_since == 2


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", ["threads:2", "processes:2"])
def test_every_way_of_running_keeps_the_same_best(way: str) -> None:
    spec = project(everything(), optimizer="adam", rate=0.01, epochs=4, keep_best=True)
    models = [trained(spec, way=Way.parse(chosen)) for chosen in (way, "threads:2")]
    assert_same_best(*models)


# -- files and the worker --------------------------------------------------------------------------------------------
def test_the_best_comes_back_from_a_file(tmp_path: Path) -> None:
    spec = waiting(patience=2)
    model = learn(spec)[0].checkpoint()
    save_project(tmp_path / "best.fishlab", spec, model, preview=False)
    opened, again = open_project(tmp_path / "best.fishlab")
    assert opened == spec and again is not None
    assert_same_best(again, model)


def test_a_file_of_a_run_that_keeps_no_best_has_none(tmp_path: Path) -> None:
    spec = waiting(epochs=1, keep_best=False)
    save_project(tmp_path / "plain.fishlab", spec, learn(spec)[0].checkpoint())
    opened, model = open_project(tmp_path / "plain.fishlab")
    assert opened == spec and model is not None and model.best is None


def test_what_came_later_is_left_out_of_a_project_where_it_is_as_usual() -> None:
    """So that the digest of a project that was made before is as it was."""
    words = str(waiting().to_dict())
    assert not any(word in words for word in ("patience", "keep_best", "precision", "sampling", "frozen"))


def test_the_worker_evaluates_the_last_weights_and_the_best() -> None:
    spec = waiting()
    model = learn(spec)[0].checkpoint()

    def scored(best: bool) -> Scored:
        runner = Runner(lambda data, progress: dataset())
        runner.evaluate_test(model, best=best)
        assert runner.join(30)
        event = runner.mailbox.drain().events[-1]
        assert isinstance(event, Scored)
        return event

    for best in (False, True):
        found = evaluate_now(model.network(best=best), dataset().test, model.scaling)
        assert scored(best).score == found
    assert scored(False).score != scored(True).score


def test_the_worker_posts_the_end_of_patience_and_a_model_with_its_best() -> None:
    spec = waiting(patience=2)
    known = noise(spec).test
    runner = Runner(lambda data, progress: Dataset("Noise", "digits", known, known))
    runner.train(spec, way=ONE)
    assert runner.join(30)
    mail = runner.mailbox.drain()
    assert isinstance(mail.events[-1], Finished) and mail.events[-1].reason == "patience"
    assert_same_best(mail.snapshots["model"].data, learn(spec)[0].checkpoint())


def test_a_run_at_its_best_epoch_is_saved_opened_and_goes_on(tmp_path: Path) -> None:
    trainer, _ = learn(waiting(patience=2))
    last = trainer.checkpoint()
    best = last.at_best()
    assert last.best is not None
    assert_same_arrays(best.weights, last.best.weights)
    assert not any(np.any(values) for table in best.memory.values() for values in table.values())
    assert (best.optimizer_steps, best.position, len(best.history.marks)) == (0, last.position, 1)
    assert not last.history.marks  # the run itself is as it was
    path = tmp_path / "best.fishlab"
    save_project(path, best.project, best, preview=False)
    _, opened = open_project(path)
    assert opened is not None
    further, _ = learn(best.project, resume=opened, epochs=1)
    again, _ = learn(best.project, resume=best, epochs=1)
    assert further.position.epoch == last.position.epoch + 1
    assert_same_arrays(further.network.arrays(), again.network.arrays())


def test_a_run_that_kept_no_best_epoch_has_none_to_go_to() -> None:
    trainer, _ = learn(waiting(epochs=1, keep_best=False))
    with pytest.raises(TrainingError, match="kept no best epoch"):
        trainer.checkpoint().at_best()
