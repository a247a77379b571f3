"""Verify in the window: the last batches learned once more, at rest and while a run stands still."""

import dataclasses
import threading
import time

import numpy as np
import pytest
from window_kit import blobs, small_project

from fishlab.core.data.dataset import Dataset
from fishlab.core.files import open_project, save_project
from fishlab.ui.document import Document
from fishlab.ui.session import State, TrainSession


class Session(TrainSession):
    """A session whose images can be exchanged behind its back."""

    def __init__(self, document):
        self.images = blobs
        super().__init__(document, load=lambda spec, progress: self.images(spec, progress))


@pytest.fixture
def session(qapp, qtbot):
    session = Session(Document(small_project(epochs=3)))
    yield session
    assert session.shut_down(30.0)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("fishlab-")]


def until(qtbot, session, *states):
    qtbot.waitUntil(lambda: session.state in states, timeout=10_000)


def finish(qtbot, session):
    session.run()
    until(qtbot, session, State.IDLE)


def verified(qtbot, session):
    session.verify()
    assert session.state is State.VERIFYING
    qtbot.waitUntil(lambda: session.state is not State.VERIFYING, timeout=10_000)
    return session.verification.of(session.document.model)


def test_the_batches_after_the_last_automatic_checkpoint_are_learned_again(session, qtbot):
    assert not session.can_verify
    finish(qtbot, session)
    before = session.document.model
    found = verified(qtbot, session)
    assert (found.batches, found.difference) == (19, 0.0), "the last epoch: the checkpoint before is at its begin"
    assert session.sentence == "19 batches again: max |difference| = 0"
    assert session.state is State.IDLE and session.document.model is before


def test_a_run_that_stands_still_is_verified_and_goes_on(session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    assert verified(qtbot, session).batches == 1
    assert session.state is State.PAUSED
    session.run()
    until(qtbot, session, State.IDLE)
    assert session.document.model.position.epoch == 3
    assert verified(qtbot, session).exact


def test_after_a_live_change_only_what_came_later_is_learned_again(session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    spec = session.document.spec
    optimizer = spec.training.optimizer.replace(learning_rate=0.02)
    session.document.edit("Rate", spec.replace(training=spec.training.replace(optimizer=optimizer)))
    for count in range(1, 20):  # when the change arrives is not for the test to say; one step more comes after it
        arrived = bool(session.document.model.history.marks)
        session.step()
        qtbot.waitUntil(lambda count=count: session.document.model.position.step == 1 + count, timeout=10_000)
        until(qtbot, session, State.PAUSED)
        if arrived and session.can_verify:  # the run may have kept a checkpoint at this very batch
            break
    assert session.document.model.history.marks
    found = verified(qtbot, session)
    assert found.exact and found.batches in (1, 2)


def test_another_number_in_the_model_is_found(session, qtbot):
    finish(qtbot, session)
    model = session.document.model
    key = next(iter(model.weights))
    weights = {**model.weights, key: model.weights[key] + np.float32(0.5)}
    session.document.set_model(dataclasses.replace(model, weights=weights))
    found = verified(qtbot, session)
    assert found.difference == pytest.approx(0.5, abs=1e-6)
    assert session.sentence == "19 batches again: max |difference| = 0.5"


def test_other_images_are_said_and_nothing_is_found(session, qtbot):
    finish(qtbot, session)
    session.images = lambda spec, progress: Dataset("Others", "others", *[blobs(spec, progress).train] * 2)
    assert verified(qtbot, session) is None
    assert "what is here now is “Others”" in session.sentence


def test_it_can_be_stopped(session, qtbot):
    finish(qtbot, session)
    slow = blobs

    def waiting(spec, progress):
        while True:
            progress("Reading", 1, 3)
            time.sleep(0.005)

    session.images = waiting
    session.verify()
    qtbot.waitUntil(lambda: "Reading" in session.sentence)
    session.stop()
    until(qtbot, session, State.IDLE)
    assert session.sentence == "Stopped verifying."
    session.images = slow
    assert verified(qtbot, session).exact


def test_a_run_that_is_verified_while_it_stands_still_ends_at_once_with_the_window(session, qtbot):
    session.step()
    until(qtbot, session, State.PAUSED)
    session.verify()
    assert session.shut_down(30.0) and session.state is State.IDLE
    assert session.document.model.position.step == 1


def test_what_was_found_is_about_one_model_only(session, qtbot):
    finish(qtbot, session)
    assert verified(qtbot, session).exact
    session.one_more_epoch()
    until(qtbot, session, State.IDLE)
    assert session.verification.of(session.document.model) is None
    assert session.can_verify


def test_a_model_from_a_file_is_verified_after_its_next_batch(session, qtbot, tmp_path):
    finish(qtbot, session)
    document = session.document
    save_project(tmp_path / "model.fishlab", document.spec, document.model)
    document.replace(*open_project(tmp_path / "model.fishlab")[:1], model=open_project(tmp_path / "model.fishlab")[1])
    assert not session.can_verify, "no earlier checkpoint of it is at hand"
    session.step()
    until(qtbot, session, State.PAUSED)
    assert verified(qtbot, session).batches == 1


def test_starting_over_lets_the_checkpoints_go(session, qtbot):
    finish(qtbot, session)
    session.start_over()
    assert not session.can_verify


# -- in the inspector ------------------------------------------------------------------------------------------------
def test_the_box_says_what_came_of_it(open_window, qtbot):
    window, _ = open_window()
    window.document.replace(small_project())
    box = window.inspector_panel.training_tab.verify
    assert not box.isVisibleTo(window)
    finish(qtbot, window.session)
    assert box.verify.isEnabled()
    box.verify.click()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert box.outcome.text() == "19 batches again:\nmax |difference| = 0"
    assert "came out the same" in box.words.text()
    assert window.actions_["train.verify"].isEnabled()
