"""The engine in five lines: what `fishlab.core` offers, and what `fit` makes of it."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, dataset, dense, prepared, project, trained

import fishlab.core
from fishlab.core import Dataset, Fitted, ImageSet, TrainingSpec, fit, notebook, open_project
from fishlab.core.errors import FieldError, UnfitError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.events import EpochDone, Finished
from fishlab.core.parallel.way import Way

LAYERS = dense()
SPEC = project(LAYERS, epochs=2)


@pytest.fixture(scope="module")
def result() -> Fitted:
    return fit(SPEC, dataset(), way="one")


# -- what there is to import -----------------------------------------------------------------------------------------
def test_every_name_is_what_its_module_has() -> None:
    for name in fishlab.core.__all__:
        home = import_module(f"fishlab.core.{fishlab.core._HOMES[name]}")
        assert getattr(fishlab.core, name) is getattr(home, name)
    assert set(fishlab.core.__all__) == set(fishlab.core._HOMES) == set(dir(fishlab.core))


def test_a_type_checker_is_told_the_same_as_python() -> None:
    tree = ast.parse(Path(str(fishlab.core.__file__)).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    told = {alias.name: node.module for node in guarded.body for alias in node.names}  # type: ignore[attr-defined]
    assert told == {name: f"fishlab.core.{module}" for name, module in fishlab.core._HOMES.items()}


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Fish'"):
        fishlab.core.Fish  # noqa: B018


@pytest.mark.slow
def test_nothing_is_loaded_until_it_is_asked_for_and_never_qt() -> None:
    code = (
        "import sys, fishlab.core; assert 'numpy' not in sys.modules; from fishlab.core import fit;"
        "print([name for name in sys.modules if name.partition('.')[0] in ('PySide6', 'pyqtgraph', 'torch', 'pooch')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# -- fit -------------------------------------------------------------------------------------------------------------
def test_fit_is_the_training_of_the_engine(result: Fitted) -> None:
    assert_same_model(result.checkpoint, trained(SPEC))
    assert result.text == "Finished 2 epochs."
    assert result.history.epochs.column("epoch").tolist() == [1, 2]


def test_the_accuracy_is_that_of_the_test_images(result: Fitted) -> None:
    assert result.score == evaluate_now(result.checkpoint.network(), dataset().test, result.data.scaling)
    assert result.accuracy == result.score.accuracy


def test_a_template_and_a_set_go_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ImageSet(np.zeros((60, 1, 28, 28), np.uint8), np.arange(60) % 10)
    monkeypatch.setattr(notebook, "load_dataset", lambda spec: Dataset(spec.source, spec.source, some, some))
    found = fit("TwoLayerNet", "digits", epochs=1, way="one", batch_size=50, seed=3)
    assert found.data.name == "digits"
    assert found.checkpoint.project.training == TrainingSpec(
        batch_size=50, seed=3, optimizer=found.checkpoint.project.training.optimizer
    )
    assert found.checkpoint.project.data.source == "digits"
    assert found.checkpoint.position.epoch == 1


def test_images_are_answered_in_every_form(result: Fitted) -> None:
    images = dataset().test.images
    wanted = result.network.predict(result.data.scaling.apply(images))
    for given in (images, images[:, 0], images.reshape(len(images), -1), images.astype(np.float64)):
        assert_same_arrays({"a": result.predict(given)}, {"a": wanted})
    for one in (images[0], images[0, 0], images[0].reshape(-1)):
        np.testing.assert_allclose(result.predict(one), wanted[:1], rtol=1e-5)
    assert (result.classify(images) == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize("shape", [(), (7,), (3, 9, 8), (4, 4, 4), (2, 3, 8, 8)])
def test_images_of_another_size_are_refused(result: Fitted, shape: tuple[int, ...]) -> None:
    with pytest.raises(UnfitError, match="The network takes images of 1 × 8 × 8, one or many"):
        result.predict(np.zeros(shape))


def test_the_best_epoch_answers_where_the_training_waited_for_it_and_else_the_last() -> None:
    spec = project(LAYERS, epochs=6, optimizer="adam", rate=0.3)
    for patience in (0, 9):
        found = fit(spec, dataset(), way="one", patience=patience)
        best = found.checkpoint.best
        assert best is not None and best.epoch < 6
        assert_same_arrays(found.network.arrays(), dict(best.weights if patience else found.checkpoint.weights))


def test_a_result_goes_on(result: Fitted) -> None:
    more = fit(SPEC, dataset(), resume=result, epochs=1, way="one")
    assert more.checkpoint.position.epoch == 3
    same = fit(SPEC, prepared(SPEC), resume=result.checkpoint, epochs=1, way="one")
    assert_same_model(same.checkpoint, more.checkpoint)


def test_who_listens_hears_every_event() -> None:
    heard: list[Any] = []
    fit(SPEC, dataset(), way=Way("threads", 2), listen=heard.append)
    assert sum(isinstance(event, EpochDone) for event in heard) == 2
    assert heard[-1] == Finished("done", "Finished 2 epochs.")


def test_a_result_is_saved_as_a_project(result: Fitted, tmp_path: Path) -> None:
    result.save(tmp_path / "mine.fishlab")
    spec, model = open_project(tmp_path / "mine.fishlab")
    assert spec == SPEC and model is not None
    assert_same_model(model, result.checkpoint)


def test_settings_are_checked() -> None:
    with pytest.raises(FieldError, match="Batch size is 0"):
        fit(SPEC, dataset(), batch_size=0)
