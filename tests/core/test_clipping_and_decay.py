"""Clipping, the kinds of weight decay and max-norm: one step against its formula, and every way of running alike."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import numpy as np
import pytest
from small_runs import assert_same_arrays, assert_same_model, dense, everything, layer, prepared, project, run, trained

from fishlab.core.events import HelperLost, StepDone
from fishlab.core.network import Network
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import ProjectSpec, TrainingSpec
from fishlab.core.training import Trainer

TWO_THREADS, TWO_PROCESSES = Way("threads", 2), Way("processes", 2)
every_way = pytest.mark.parametrize(
    "way", [ONE, TWO_THREADS, pytest.param(TWO_PROCESSES, marks=pytest.mark.slow)], ids=str
)


def wide() -> list[Any]:
    """Weights enough that every worker updates a part of them."""
    return [layer("flatten"), *(layer("affine", units=units) for units in (1200, 120)), layer("relu"), *dense()[1:]]


def one_step(spec: ProjectSpec, way: Way = ONE) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The first step's weights before and after, and its gradient."""
    trainer = Trainer(spec, prepared(spec), way=way)
    events = trainer.events()
    while not isinstance(next(events), StepDone):
        pass
    total = np.sum(trainer._place.board["grads"], axis=0)
    grads = {key: part.copy() for key, part in trainer.network.split(total)}
    ended = trainer.checkpoint()
    events.close()
    return dict(ended.start), dict(ended.weights), grads


def norm(table: dict[str, Any]) -> float:
    return float(np.sqrt(sum(np.sum(np.float64(part) ** 2) for part in table.values())))


# -- clipping --------------------------------------------------------------------------------------------------------
@every_way
@pytest.mark.parametrize("layers", [dense, wide])
def test_a_gradient_that_is_too_long_is_shortened_to_the_norm(layers: Any, way: Way) -> None:
    before, after, grads = one_step(project(layers(), optimizer="sgd", rate=1.0, clip_norm=0.01), way)
    assert norm(grads) > 0.02
    moved = {key: before[key] - after[key] for key in grads}
    assert norm(moved) == pytest.approx(0.01, rel=2e-3)  # the weights' own digits are the limit
    for key, grad in grads.items():
        np.testing.assert_allclose(moved[key], grad * 0.01 / norm(grads), atol=3e-7)


def test_a_gradient_that_is_short_enough_is_left_alone_to_the_last_bit() -> None:
    layers = everything()
    free, bound = (trained(project(layers, epochs=2, clip_norm=value)) for value in (0.0, 1e4))
    assert_same_arrays(free.weights, bound.weights)


def test_clipping_leaves_weight_decay_out() -> None:
    spec = project(optimizer="sgd", rate=1.0, clip_norm=0.01, weight_decay=0.1)
    before, after, grads = one_step(spec)
    for key, grad in grads.items():
        decay = 0.1 * before[key] if key.endswith("/W") else 0.0
        np.testing.assert_allclose(before[key] - after[key], grad * 0.01 / norm(grads) + decay, atol=3e-7)


def test_without_clipping_nobody_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> float:
        raise AssertionError("measured")

    monkeypatch.setattr("fishlab.core.parallel.worker.Worker.measure", refuse)
    run(project(wide()), way=TWO_THREADS, steps=2)
    with pytest.raises(AssertionError, match="measured"):
        run(project(wide(), clip_norm=1.0), way=TWO_THREADS, steps=2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ends a helper by a signal of POSIX")
def test_a_helper_that_dies_while_the_gradient_is_measured_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(wide(), clip_norm=0.05, decay_kind="max_norm", max_norm=0.5)
    undisturbed = trained(spec, way=TWO_THREADS)
    trainer, lost = Trainer(spec, prepared(spec), way=TWO_PROCESSES), []
    for event in trainer.events():
        lost += [event] if isinstance(event, HelperLost) else []
        if isinstance(event, StepDone) and event.position.step == 3:
            crew = trainer._crew
            assert crew is not None
            measure = crew.lead.measure

            def killing(part: int, parts: int, crew: Any = crew, measure: Any = measure) -> float:
                monkeypatch.undo()
                victim = crew.team._helpers[0].process
                os.kill(victim.pid, signal.SIGKILL)
                victim.wait()
                return measure(part, parts)

            monkeypatch.setattr(crew.lead, "measure", killing)
    assert len(lost) == 1
    assert_same_arrays(trainer.checkpoint().weights, undisturbed.weights)


# -- decay -----------------------------------------------------------------------------------------------------------
def test_l1_pulls_every_weight_by_the_same_and_biases_not_at_all() -> None:
    before, after, grads = one_step(project(optimizer="sgd", rate=0.5, decay_kind="l1", weight_decay=0.01))
    for key, grad in grads.items():
        pull = 0.01 * np.sign(before[key]) if key.endswith("/W") else 0.0
        np.testing.assert_allclose(before[key] - after[key], 0.5 * (grad + pull), atol=2e-7)


@pytest.mark.parametrize(("kind", "pull"), [("l2", np.positive), ("l1", np.sign)])
def test_adamw_takes_its_decay_off_the_weights_and_not_by_way_of_the_gradient(kind: str, pull: Any) -> None:
    decaying = project(optimizer="adamw", rate=0.01, weight_decay=0.1, decay_kind=kind)
    before, after, _ = one_step(decaying)
    _, without, _ = one_step(project(decaying.network.layers, optimizer="adam", rate=0.01))
    for key in before:
        decay = 0.001 * pull(before[key]) if key.endswith("/W") else 0.0
        np.testing.assert_allclose(after[key], without[key] - decay, atol=1e-7)


@every_way
@pytest.mark.parametrize("layers", [everything, wide])
def test_under_max_norm_no_unit_and_no_filter_has_longer_weights(layers: Any, way: Way) -> None:
    spec = project(layers(), optimizer="sgd", rate=0.5, decay_kind="max_norm", max_norm=0.6, weight_decay=5.0)
    before, after, grads = one_step(spec, way)
    for key in (key for key in grads if key.endswith("/W")):
        free = before[key] - 0.5 * grads[key]
        units = (0,) if free.ndim == 2 else (1, 2, 3)
        lengths = np.sqrt((free**2).sum(axis=units, keepdims=True))
        assert (lengths > 0.6).any(), "a lesson that has something to hold"
        np.testing.assert_allclose(after[key], free * np.minimum(1, 0.6 / lengths), rtol=1e-4, atol=1e-6)
        held = np.sqrt((after[key] ** 2).sum(axis=units))
        assert held.max() <= 0.6 * (1 + 1e-6)


def test_max_norm_holds_the_weights_inside_blocks_too_and_leaves_frozen_ones_alone() -> None:
    inner, frozen = layer("affine", units=64), layer("affine", units=64, frozen=True)
    block = layer("residual", branches=((inner,), ()))
    spec = project([layer("flatten"), frozen, block, layer("affine", units=10)], decay_kind="max_norm", max_norm=0.1)
    ended = trained(spec, steps=2)
    assert np.sqrt((ended.weights[f"{inner.uid}/W"] ** 2).sum(axis=0)).max() <= 0.1 * (1 + 1e-6)
    assert (ended.weights[f"{frozen.uid}/W"] == ended.start[f"{frozen.uid}/W"]).all()


# -- schedules, and every way ----------------------------------------------------------------------------------------
def schedules() -> list[Any]:
    return [entry.item(warm_up=0.5) for entry in SCHEDULES]


SETTINGS: dict[str, dict[str, Any]] = {
    "clipped": {"clip_norm": 0.05, "weight_decay": 0.01},
    "l1": {"decay_kind": "l1", "weight_decay": 0.01},
    "max_norm": {"decay_kind": "max_norm", "max_norm": 0.5},
    "decoupled": {"optimizer": "adamw", "weight_decay": 0.1, "clip_norm": 0.05},
    **{f"schedule {spec.kind}": {"schedule": spec} for spec in schedules()},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("layers", [everything, wide])
def test_threads_and_processes_give_the_same_bits(layers: Any, name: str) -> None:
    spec = project(layers(), **SETTINGS[name])
    assert_same_model(trained(spec, way=TWO_PROCESSES), trained(spec, way=TWO_THREADS))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["clipped", "l1", "max_norm", "decoupled", "schedule cosine"])
def test_several_workers_compute_what_one_computes(name: str) -> None:
    spec = project(wide(), **({"optimizer": "sgd", "rate": 0.05} | SETTINGS[name]))
    alone, shared = trained(spec, steps=2), trained(spec, steps=2, way=TWO_THREADS)
    for key, array in alone.weights.items():
        np.testing.assert_allclose(shared.weights[key], array, rtol=2e-3, atol=2e-4, err_msg=key)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("steps", [2, 9])
def test_a_run_stopped_and_resumed_is_as_if_unbroken(steps: int, name: str) -> None:
    spec = project(everything(), epochs=2, **SETTINGS[name])
    assert_same_model(trained(spec, resume=trained(spec, steps=steps)), trained(spec))


def test_every_step_says_the_rate_it_used_and_the_history_keeps_it() -> None:
    schedule = next(spec for spec in schedules() if spec.kind == "cosine")
    trainer, events = run(project(rate=0.01, epochs=3, schedule=schedule))
    rates = [event.rate for event in events if isinstance(event, StepDone)]
    assert rates == [0.01 * schedule.factor(epoch + batch / 6, 3, 1 / 6) for epoch in range(3) for batch in range(6)]
    assert rates[:3] == pytest.approx([0.01 / 3, 0.02 / 3, 0.01])
    assert trainer.history.rates.column("rate").tolist() == list(dict.fromkeys(rates))


def test_a_live_rate_goes_through_the_schedule() -> None:
    spec = project(rate=0.01, epochs=2, schedule=next(one for one in schedules() if one.kind == "step"))
    trainer, rates = Trainer(spec, prepared(spec)), []
    for event in trainer.events():
        if isinstance(event, StepDone):
            rates.append(event.rate)
            if event.position.step == 2:
                trainer.set_optimizer(spec.training.optimizer.replace(learning_rate=0.1))
    assert rates[:4] == pytest.approx([0.01 / 3, 0.02 / 3, 0.1, 0.1])


def test_without_a_schedule_the_history_has_one_rate_until_it_is_changed() -> None:
    spec = project(rate=0.01)
    trainer = Trainer(spec, prepared(spec))
    for event in trainer.events():
        if isinstance(event, StepDone) and event.position.step == 3:
            trainer.set_optimizer(spec.training.optimizer.replace(learning_rate=0.002))
    assert trainer.history.rates.rows.tolist() == [[1 / 6, 0.01], [4 / 6, 0.002]]


def test_what_is_set_comes_back_from_a_file_and_is_left_out_while_it_means_what_was_before() -> None:
    plain = TrainingSpec()
    assert not {"schedule", "clip_norm", "decay_kind", "max_norm"} & set(plain.to_dict())
    for values in SETTINGS.values():
        spec = project(**values).training
        assert TrainingSpec.from_dict(spec.to_dict()) == spec


def test_the_step_of_one_worker_is_the_network_s_own() -> None:
    """The gradient that the tests above compare with is the one of the batch."""
    spec = project(optimizer="sgd", rate=1.0)
    before, after, grads = one_step(spec)
    assert set(grads) == set(Network(spec.network).arrays())
    for key, grad in grads.items():
        np.testing.assert_allclose(before[key] - after[key], grad, atol=3e-7)


def test_going_on_with_other_settings_is_marked_where_the_curve_bends() -> None:
    before = project()
    after = before.replace(
        training=before.training.replace(
            clip_norm=0.5, decay_kind="max_norm", schedule=SCHEDULES["cosine"].item(), epochs=2
        )
    )
    changed = trained(after, resume=trained(before))
    assert [mark.text for mark in changed.history.marks] == [
        "clip 0 → 0.5", "L2 → Max-norm", "constant rate → cosine rate"
    ]  # fmt: skip
    slower = after.replace(training=after.training.replace(schedule=SCHEDULES["cosine"].item(floor=0.5)))
    assert trained(slower, resume=changed).history.marks[-1].text == "another cosine rate"
