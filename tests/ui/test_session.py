"""The session over a real worker: states, history, views that come and go, and weights that outlive an edit."""

import time

import numpy as np
import pytest

from fishlab.core.data.dataset import Dataset, image_set
from fishlab.core.errors import DataError
from fishlab.core.fields import Spec
from fishlab.core.layers import LAYERS
from fishlab.core.network import parameter_key
from fishlab.core.probes import Question
from fishlab.core.spec import NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.ui.document import Document
from fishlab.ui.pace import RUNNING, WAITING
from fishlab.ui.session import State, TrainSession


def layer(kind: str, **values: object) -> Spec:
    return LAYERS[kind].item.Spec(**values)


def small_network() -> NetworkSpec:
    stack = (layer("flatten", uid="f"), layer("affine", uid="a", units=12), layer("relu", uid="r"),
             layer("affine", uid="z", units=10))  # fmt: skip
    return NetworkSpec(layers=stack)


def blobs(count: int = 400) -> Dataset:
    """Images that tell their class by where they are bright."""
    rng = np.random.default_rng(5)
    labels = np.arange(count, dtype=np.uint8) % 10
    images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for number, label in enumerate(labels):
        images[number, 2 * label : 2 * label + 4] += 150
    data = image_set(images, labels)
    return Dataset("Blobs", "blobs", data, data)


@pytest.fixture
def document(qapp):
    return Document(ProjectSpec(network=small_network(), training=TrainingSpec(epochs=2, batch_size=20)))


@pytest.fixture
def session(document, qtbot):
    session = TrainSession(document, load=lambda spec, progress: blobs())
    yield session
    assert session.shut_down(30.0)


def until(qtbot, session, state):
    qtbot.waitUntil(lambda: session.state is state, timeout=10_000)


def set_epochs(document, epochs):
    document.edit("Epochs", document.spec.replace(training=document.spec.training.replace(epochs=epochs)))


def finish(qtbot, session):
    session.run()
    until(qtbot, session, State.IDLE)


def test_a_run_goes_through_its_states_and_leaves_a_model(document, session, qtbot):
    seen = []
    session.state_changed.connect(lambda: seen.append(session.state))
    finish(qtbot, session)
    assert seen == [State.PREPARING, State.RUNNING, State.IDLE]
    assert document.model.position.epoch == 2
    assert document.unsaved
    assert len(session.history.epochs) == 2
    assert len(session.history.steps) == len(document.model.history.steps) == 2 * 19
    assert session.progress.x == pytest.approx(2.0)
    assert "2 epochs" in session.sentence


def test_the_history_shown_is_the_history_kept(document, session, qtbot):
    finish(qtbot, session)
    np.testing.assert_array_equal(session.history.steps.rows, document.model.history.steps.rows)
    np.testing.assert_array_equal(session.history.rates.rows, document.model.history.rates.rows)
    np.testing.assert_array_equal(session.history.epochs.rows, document.model.history.epochs.rows)


def test_stepping_learns_one_batch_at_a_time(document, session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    assert document.model.position.step == 1
    session.step()
    qtbot.waitUntil(lambda: document.model.position.step == 2, timeout=5000)
    assert session.state is State.PAUSED
    session.run()
    until(qtbot, session, State.IDLE)
    assert document.model.position.epoch == 2


def test_pausing_and_going_on_changes_no_number(document, session, qtbot):
    set_epochs(document, 100)
    session.run()
    until(qtbot, session, State.RUNNING)
    session.pause()
    assert session.state is State.PAUSING
    until(qtbot, session, State.PAUSED)
    assert document.model.position.step > 0 and document.model.position.epoch < 100
    session.run()
    until(qtbot, session, State.IDLE)
    paused = document.model.weights
    session.start_over()
    assert document.model is None
    finish(qtbot, session)
    for key, value in document.model.weights.items():
        np.testing.assert_array_equal(value, paused[key])


def test_no_view_changes_the_numbers(document, session, qtbot):
    finish(qtbot, session)
    unseen = document.model.weights
    session.start_over()
    for name in ("weights", "filters"):
        session.looks.ask(name, Question(name))
    session.digit.show(np.full((1, 28, 28), 90, np.uint8))
    finish(qtbot, session)
    for key, value in document.model.weights.items():
        np.testing.assert_array_equal(value, unseen[key])


def test_only_what_is_asked_is_answered(document, session, qtbot):
    names = []
    session.looks.answered.connect(lambda question, data: names.append((question.probe, data is not None)))
    session.looks.ask("a view", Question("weights"))
    finish(qtbot, session)
    qtbot.waitUntil(lambda: ("weights", True) in names)
    assert set(names) == {("weights", False), ("weights", True)}


def test_a_view_that_appears_after_the_run_is_answered_from_the_model(document, session, qtbot):
    finish(qtbot, session)
    found = {}
    session.looks.answered.connect(found.__setitem__)
    session.looks.ask("a view", Question("filters"))
    qtbot.waitUntil(lambda: bool(found))
    assert found[Question("filters")].now.shape == (12, 1, 28, 28)


def test_run_after_the_end_adds_as_many_epochs_again(document, session, qtbot):
    finish(qtbot, session)
    assert session.continues
    finish(qtbot, session)
    assert document.model.position.epoch == 4
    assert len(session.history.epochs) == 4


def test_one_more_epoch_is_one(document, session, qtbot):
    finish(qtbot, session)
    session.one_more_epoch()
    until(qtbot, session, State.IDLE)
    assert document.model.position.epoch == 3


def test_removing_a_layer_keeps_weights_of_the_others_and_undo_brings_its_own_back(document, session, qtbot):
    document.edit("Add", document.network.insert(3, layer("affine", uid="m", units=12)))
    finish(qtbot, session)
    learned = {key: value.copy() for key, value in document.model.weights.items()}
    document.edit("Remove", document.network.remove("m"))
    assert not session.continues
    session.step()
    until(qtbot, session, State.PAUSED)
    key = parameter_key("a", "W")
    np.testing.assert_array_equal(document.model.start[key], learned[key])
    session.stop()
    until(qtbot, session, State.IDLE)
    document.undo_stack.undo()
    session.step()
    until(qtbot, session, State.PAUSED)
    key = parameter_key("m", "W")
    np.testing.assert_array_equal(document.model.start[key], learned[key])


def test_a_live_learning_rate_is_marked_on_the_curve(document, session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    training = document.spec.training
    slower = training.replace(optimizer=training.optimizer.replace(learning_rate=0.0005))
    document.edit("Rate", document.spec.replace(training=slower))
    session.run()
    until(qtbot, session, State.IDLE)
    assert [mark.text for mark in session.history.marks] == ["rate 0.001 → 0.0005"]
    assert [mark.text for mark in document.model.history.marks] == ["rate 0.001 → 0.0005"]


def test_only_live_settings_reach_a_running_training(document, session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    training = document.spec.training
    other = training.replace(optimizer=training.optimizer.replace(beta1=0.5))
    document.edit("Beta", document.spec.replace(training=other))
    session.run()
    until(qtbot, session, State.IDLE)
    assert document.model.project.training.optimizer.beta1 == 0.9
    assert session.history.marks == []


def test_an_edit_while_running_leaves_the_run_alone_and_is_said(document, session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    document.edit("Units", document.network.change("a", units=5))
    assert session.outdated
    session.run()
    until(qtbot, session, State.IDLE)
    assert document.model.project.network.find("a").units == 12


def test_a_network_with_a_problem_does_not_start(document, session, qtbot):
    document.edit("Remove", document.network.remove("f"))
    session.run()
    assert session.state is State.IDLE
    assert "needs a row" in session.obstacle


def test_data_that_cannot_be_read_ends_in_one_sentence(document, qtbot):
    def refuse(spec, progress):
        raise DataError("The folder holds no images.")

    session = TrainSession(document, load=refuse)
    told = []
    session.failed.connect(told.append)
    finish(qtbot, session)
    assert told == ["The folder holds no images."]
    assert session.sentence == "The folder holds no images."


def test_a_digit_is_recognised_while_idle_only_with_a_model_that_fits(document, session, qtbot):
    answers = []
    session.digit.answered.connect(answers.append)
    image = blobs().test.images[7]
    session.digit.show(image)
    assert answers[-1] is None
    finish(qtbot, session)
    qtbot.waitUntil(lambda: answers[-1] is not None and answers[-1].argmax() == 7)  # it may have come already
    document.edit("Units", document.network.change("a", units=5))
    assert answers[-1] is None
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: answers[-1] is not None)
    assert answers[-1].argmax() == 7


def test_whoever_draws_while_it_learns_is_answered_quickly(document, session, qtbot):
    set_epochs(document, 10_000)
    session.run()
    until(qtbot, session, State.RUNNING)
    assert session.looks._timer.interval() == RUNNING
    session.digit.show(np.full((1, 28, 28), 100, dtype=np.float32))
    assert session.looks._timer.interval() == WAITING
    with qtbot.waitSignal(session.digit.answered, timeout=2000):
        pass
    qtbot.waitUntil(lambda: session.looks._timer.interval() == RUNNING, timeout=3000)
    session.pause()
    assert session._work._timer.interval() == WAITING


def test_the_test_set_counts_how_often_it_was_looked_at(document, session, qtbot):
    set_epochs(document, 20)
    finish(qtbot, session)
    assert document.model.test_looks == 0
    for looks in (1, 2):
        session.evaluate_test()
        until(qtbot, session, State.IDLE)
        assert document.model.test_looks == looks
    assert session.test_score.total == 400
    assert session.test_score.accuracy > 0.9
    session.one_more_epoch()
    until(qtbot, session, State.IDLE)
    assert session.test_score is None  # it was another model's


def test_shutting_down_in_the_middle_of_a_run_keeps_what_was_learned(document, session, qtbot):
    set_epochs(document, 1000)
    session.run()
    until(qtbot, session, State.RUNNING)
    assert session.shut_down()
    assert session.state is State.IDLE
    assert document.model is not None


def test_at_the_end_looks_end_while_the_run_is_waited_for(session, monkeypatch):
    calls: list[tuple[str, float]] = []
    monkeypatch.setattr(session.looks, "shut_down", lambda seconds: calls.append(("looks", seconds)))
    with monkeypatch.context() as patched:
        patched.setattr(session, "shut_down", lambda seconds: calls.append(("run", seconds)) or time.sleep(0.02))
        session.end(1.0)
    assert calls[:2] == [("looks", 0.0), ("run", 1.0)]
    assert calls[2][0] == "looks" and 0 < calls[2][1] < 0.99, "what is left of the time"
