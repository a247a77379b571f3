"""Batches drawn by chance from all images, the book's way: the same seed the same batches, whoever computes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_model, everything, project, run, trained

from fishlab.core.data.batches import epoch_order
from fishlab.core.events import StepDone
from fishlab.core.files import open_project, save_project
from fishlab.core.parallel.way import ONE, Way

LAYERS = everything()
BY_CHANCE = {"sampling": "replacement", "epochs": 2}


def test_draws_are_by_chance_from_all_images_and_the_same_for_the_same_place() -> None:
    draws = epoch_order(1000, 7, 3, replacement=True)
    assert (draws == epoch_order(1000, 7, 3, replacement=True)).all()
    assert (draws != epoch_order(1000, 7, 4, replacement=True)).any()
    assert len(draws) == 1000 and draws.min() >= 0 and draws.max() < 1000
    missed = np.mean([1 - len(set(epoch_order(1000, 7, e, replacement=True).tolist())) / 1000 for e in range(50)])
    assert missed == pytest.approx(1 / np.e, abs=0.005)


def test_every_image_is_drawn_as_often() -> None:
    counts = np.bincount(np.concatenate([epoch_order(20, 1, e, replacement=True) for e in range(2000)]), minlength=20)
    chi_square = float(((counts - 2000) ** 2 / 2000).sum())
    assert 5 < chi_square < 45, "19 degrees of freedom"


def test_an_epoch_has_as_many_draws_as_images() -> None:
    _, events = run(project(LAYERS, **BY_CHANCE))
    assert [event.images for event in events if isinstance(event, StepDone)] == [20, 20, 20, 20, 20, 10] * 2


def test_drawing_by_chance_gives_other_numbers_than_permutations() -> None:
    one, other = (trained(project(LAYERS, epochs=2, sampling=name)) for name in ("replacement", "permutation"))
    assert one.history.steps.rows[-1, 1] != other.history.steps.rows[-1, 1]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("way", [ONE, Way("threads", 2)], ids=str)
@pytest.mark.parametrize("steps", [1, 6, 9])
def test_a_run_stopped_saved_and_opened_draws_as_if_unbroken(steps: int, way: Way, tmp_path: Path) -> None:
    spec = project(LAYERS, **BY_CHANCE)
    save_project(tmp_path / "drawn.fishlab", spec, trained(spec, steps=steps, way=way), preview=False)
    opened, model = open_project(tmp_path / "drawn.fishlab")
    assert opened == spec
    assert_same_model(trained(spec, resume=model, way=way), trained(spec, way=way))


def test_a_run_that_goes_on_drawing_otherwise_has_a_mark_that_says_so() -> None:
    stopped = trained(project(LAYERS), steps=3)
    trainer, _ = run(project(LAYERS, sampling="replacement"), resume=stopped, steps=1)
    assert [mark.text for mark in trainer.history.marks] == ["drawn each image once → by chance"]


@pytest.mark.slow
def test_threads_and_processes_draw_the_same() -> None:
    spec = project(LAYERS, **BY_CHANCE)
    assert_same_model(trained(spec, way=Way("threads", 2)), trained(spec, way=Way("processes", 2)))
