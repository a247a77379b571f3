"""Projects that an earlier FishLab trained and saved, before layers were fused: they open and answer as they did.

Beside each project in fixtures/ stand 200 drawn digits, and what the program that wrote it made of them: its answers,
accuracy and loss. Digits on the edge between two classes were left out.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_model, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import ImageSet, image_set
from fishlab.core.data.prepare import Prepared
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import StepDone
from fishlab.core.files import open_project, save_project
from fishlab.core.history import Mark
from fishlab.core.spec import ProjectSpec
from fishlab.core.training import Trainer

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ("simple-conv-net", "deep-conv-net", "batch-normalized")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(name: str) -> tuple[ProjectSpec, Checkpoint]:
    spec, model = open_project(FIXTURES / f"{name}.fishlab")
    assert model is not None
    return spec, model


@pytest.fixture
def told(name: str) -> dict[str, Any]:
    with np.load(FIXTURES / f"{name}.npz") as arrays:
        return dict(arrays)


def digits(told: dict[str, Any]) -> ImageSet:
    return image_set(told["images"], told["labels"])


def test_an_earlier_project_evaluates_to_the_accuracy_and_loss_it_had(opened, told) -> None:
    _, model = opened
    score = evaluate_now(model.network(), digits(told), model.scaling)
    assert score.accuracy == told["accuracy"]
    assert score.loss == pytest.approx(float(told["loss"]), rel=1e-5)


def test_an_earlier_project_answers_each_digit_as_it_did(opened, told) -> None:
    _, model = opened
    images = model.scaling.apply(digits(told).images)
    for size in (200, 1):
        np.testing.assert_allclose(model.network().predict(images[:size]), told["answers"][:size], rtol=5e-5, atol=1e-7)


def test_an_earlier_project_goes_on_learning_where_it_stopped(opened, told) -> None:
    spec, model = opened
    known = digits(told)
    data = Prepared("Drawn digits", "digits", known, known, known, model.scaling)
    spec = spec.replace(training=spec.training.replace(batch_size=20))
    trainer = Trainer(spec, data, resume=model, epochs=2)
    losses = [event.loss for event in trainer.events() if isinstance(event, StepDone)]
    assert len(losses) > 10 and all(math.isfinite(loss) for loss in losses)
    assert trainer.position.step == model.position.step + len(losses)
    assert np.mean(losses[-3:]) < 2 * float(told["loss"])


def test_an_earlier_project_is_the_same_in_todays_format(opened, tmp_path) -> None:
    save_project(tmp_path / "again.fishlab", *opened)
    spec, model = open_project(tmp_path / "again.fishlab")
    assert spec == opened[0]
    assert_same_model(model, opened[1])


VERSIONS = (1, 2, 3, 4, 5)
"""Each written by the FishLab that had this format; beside it what its model answered, and where its training led."""


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_a_project_of_every_format_answers_as_it_did(version: int) -> None:
    _, model = open_project(FIXTURES / f"format-{version}.fishlab")
    images = np.random.default_rng(5).integers(0, 256, (7, 1, 8, 8), dtype=np.uint8)
    with np.load(FIXTURES / f"format-{version}.npz") as told:
        answers = model.network().predict(model.scaling.apply(images))
        np.testing.assert_allclose(answers, told["answers"], rtol=5e-5, atol=1e-7)


def test_a_project_of_every_format_has_all_that_its_version_had(version: int) -> None:
    spec, model = open_project(FIXTURES / f"format-{version}.fishlab")
    assert model.project.training.seed == spec.training.seed == 3
    assert model.test_looks == 2
    assert model.history.marks == [Mark(1.25, "rate 0.001 → 0.0003")]
    assert len(model.history.steps) == model.position.step == model.optimizer_steps
    assert str(model.way) == ("threads:2" if version in (2, 4, 5) else "one")
    assert (model.best is not None) == (len(model.history.rates) > 0) == (version >= 3)
    assert model.class_names[0] == ("0" if version < 3 else "a")
    assert bool(spec.notes) == (version >= 4)
    assert (len(model.history.metrics) > 0) == (version >= 5)


def test_a_project_of_every_format_goes_on_to_where_it_led(version: int) -> None:
    spec, model = open_project(FIXTURES / f"format-{version}.fishlab")
    end = trained(spec, resume=model, way=model.way)
    assert end.position.epoch == model.target
    with np.load(FIXTURES / f"format-{version}.npz") as told:
        for key, array in end.weights.items():
            np.testing.assert_allclose(array, told[f"end/{key}"], rtol=1e-4, atol=1e-5, err_msg=key)
