"""Training in float32 and float64, answering in float16 too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, everything, images, layer, prepared, project, run, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import FieldError, TrainingError
from fishlab.core.evaluation import answers, evaluate_now, finish
from fishlab.core.files import open_project, save_project
from fishlab.core.memory import training_bytes
from fishlab.core.parallel import calibration, remembered
from fishlab.core.parallel.calibration import candidates, choose_way
from fishlab.core.parallel.way import Way
from fishlab.core.precision import ANSWERING, HalfNetwork, Rounding
from fishlab.core.shapes import infer
from fishlab.core.spec import ProjectSpec

LAYERS = everything()
DOUBLE = np.dtype(np.float64)


def double(**more: object) -> ProjectSpec:
    return project(LAYERS, precision="float64", **more)


def learned() -> Checkpoint:
    return trained(project(LAYERS, optimizer="adam", rate=0.01, epochs=15))


# -- training --------------------------------------------------------------------------------------------------------
@pytest.mark.one_in(3)
@pytest.mark.parametrize("way", ["one", "threads:2", "processes:2"])
def test_a_run_in_float64_is_float64_all_through(way: str) -> None:
    model = trained(double(optimizer="adam"), way=Way.parse(way))
    arrays = [*model.weights.values(), *model.start.values(), *model.memory["m"].values()]
    assert {array.dtype for array in arrays} == {DOUBLE}
    assert all((array != array.astype(np.float32)).any() for key, array in model.weights.items() if key.endswith("/W"))
    assert model.network().dtype == DOUBLE


@pytest.mark.slow
def test_float64_is_the_same_in_threads_and_processes_and_closer_to_one_thread_than_float32() -> None:
    def loss(spec: ProjectSpec, way: str) -> float:
        return float(trained(spec, way=Way.parse(way)).history.steps.rows[-1, 1])

    spec = double(epochs=2)
    assert_same_model(trained(spec, way=Way.parse("threads:2")), trained(spec, way=Way.parse("processes:2")))
    exact = loss(spec, "one")
    assert abs(loss(spec, "threads:3") - exact) < 1e-12 * exact
    assert 1e-12 * exact < abs(loss(project(LAYERS, epochs=2), "one") - exact) < 1e-4 * exact


def test_float64_saved_and_opened_goes_on_as_if_unbroken(tmp_path: Path) -> None:
    spec = double(epochs=2, weight_decay=0.01)
    save_project(tmp_path / "double.fishlab", spec, trained(spec, steps=4), preview=False)
    opened, model = open_project(tmp_path / "double.fishlab")
    assert opened == spec
    assert_same_model(trained(spec, resume=model), trained(spec))


def test_a_run_goes_on_in_another_precision_and_a_mark_says_so() -> None:
    single = project(LAYERS)
    model = trained(single)
    trainer, _ = run(double(), resume=model)
    assert [mark.text for mark in trainer.history.marks] == ["float32 → float64"]
    assert {array.dtype for array in trainer.network.arrays().values()} == {DOUBLE}


def test_memory_is_estimated_at_twice_as_much_and_the_best_is_a_copy_more() -> None:
    spec = project(LAYERS)
    report = infer(spec.network)
    single, twice = (training_bytes(spec, report, 100), training_bytes(double(), report, 100))
    assert twice == 2 * single
    forgetful = project(LAYERS, keep_best=False)
    assert single - training_bytes(forgetful, report, 100) == 4 * report.weights


@pytest.mark.slow
def test_the_fastest_way_is_looked_for_in_float64(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(remembered, "cache_dir", lambda: tmp_path)
    for name, value in (("WORTH_IT", 0.0), ("ROUNDS", 1), ("SLICE", 0.0)):
        monkeypatch.setattr(calibration, name, value)
    spec = double()
    assert choose_way(spec, prepared(spec)) in candidates(20)
    assert remembered._key(spec) != remembered._key(project(LAYERS))


# -- half precision --------------------------------------------------------------------------------------------------
def test_half_precision_answers_nearly_the_same_and_is_right_as_often() -> None:
    model, unseen = learned(), images(1000, 9)
    names = ("float16", "float32")
    scores = {name: evaluate_now(model.network(precision=name), unseen, model.scaling) for name in names}
    assert scores["float16"].loss != scores["float32"].loss
    assert scores["float16"].loss == pytest.approx(scores["float32"].loss, rel=5e-3)
    assert abs(scores["float16"].correct - scores["float32"].correct) <= 3
    assert scores["float32"].accuracy > 0.8


def test_every_number_that_half_precision_holds_is_one_of_float16() -> None:
    model = learned()
    network = model.network(precision="float16")
    assert isinstance(network, HalfNetwork)
    seen = []
    for stage in network.stages:
        real = stage.forward
        stage.forward = lambda x, training, real=real: (seen.append(x.copy()), real(x, training=training))[1]
    scores = network.forward(np.random.default_rng(0).normal(size=(1, 8, 8, 7)).astype(np.float32), training=False)
    learned_numbers = [p.value for p in network.parameters.values() if p.info.role != "state"]
    for values in (*seen, scores, *learned_numbers):
        assert (values == values.astype(np.float16)).all()
    assert len(seen) > 4


def test_half_precision_rounds_inside_blocks_too() -> None:
    body = (layer("affine", units=12), layer("relu"), layer("affine", units=12))
    stack = [layer("flatten"), layer("affine", units=12), layer("residual", branches=(body, ())), *LAYERS[-1:]]
    model = trained(project(stack))
    inside = [stage for chain in model.network(precision="float16").layers[2].chains for stage in chain.stages]
    assert len(inside) > 1 and all(isinstance(stage, Rounding) for stage in inside)
    scores = [evaluate_now(model.network(precision=name), images(50, 1), model.scaling).loss for name in ANSWERING]
    assert scores[0] == pytest.approx(scores[1], rel=1e-2) and scores[0] != scores[1]


def test_what_answers_in_half_precision_cannot_be_trained() -> None:
    network = learned().network(precision="float16")
    network.begin_step(0)
    with pytest.raises(TrainingError, match="half precision cannot be trained"):
        network.gradient_step(np.ones((1, 8, 8, 5), np.float32), np.arange(5))


def test_half_precision_is_that_of_float16_layer_by_layer() -> None:
    """An affine layer in NumPy's own float16: rounded weights and images, a sum in float32, rounded once."""
    model = trained(project([layer("flatten"), layer("affine", units=10)]))
    network = model.network(precision="float16")
    rows = images(50, 3)
    weight, bias = (model.weights[key].astype(np.float16).astype(np.float64) for key in sorted(model.weights))
    x = model.scaling.apply(rows.images).astype(np.float16).astype(np.float64).reshape(50, -1)
    exact = (x @ weight + bias).T
    found = network.forward(np.moveaxis(model.scaling.apply(rows.images), 0, -1), training=False)
    away = np.abs(found - exact) / np.abs(exact)
    assert away.max() < 2**-10, "no further than one rounding, with a little room for the sum"


def test_the_images_that_were_given_stay_as_they_are() -> None:
    network = learned().network(precision="float16")
    one = np.random.default_rng(0).normal(size=(1, 1, 8, 8)).astype(np.float32)
    before = one.copy()
    network.predict(one)
    assert (one == before).all()


def test_what_is_too_large_for_half_precision_is_infinite() -> None:
    model = learned()
    huge = {key: value * 1e6 if key.endswith("/W") else value for key, value in model.weights.items()}
    network = replace(model, weights=huge).network(precision="float16")
    assert np.isinf(network.values).any()


@pytest.mark.parametrize("threads", [1, 3])
def test_half_precision_gives_the_same_bits_over_any_number_of_threads(threads: int) -> None:
    model, unseen = learned(), images(450, 9)
    network = model.network(precision="float16")
    found = finish(answers(network, unseen, model.scaling, threads=threads))
    assert_same_arrays({"a": found}, {"a": network.predict(model.scaling.apply(unseen.images)).copy()})


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(FieldError, match="'float8': it takes one of float16, float32, float64"):
        learned().network(precision="float8")
    with pytest.raises(FieldError, match="one of float32, float64"):
        project(precision="float16")
