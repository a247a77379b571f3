"""The line that says what is wrong with a run: calm, mended with one click, dismissed for good, turned off."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_kit import Opener, small_project

from fishlab.core.probes import Question
from fishlab.core.spec import ProjectSpec
from fishlab.ui import hints
from fishlab.ui.main_window import MainWindow
from fishlab.ui.session import State
from fishlab.ui.settings import Settings


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small runs are over before a second has passed."""
    monkeypatch.setattr(hints, "LOOK_SECONDS", 0.0)


def at_rate(project: ProjectSpec, rate: float) -> ProjectSpec:
    optimizer = project.training.optimizer.replace(learning_rate=rate)
    return project.replace(training=project.training.replace(optimizer=optimizer))


def train(qtbot, window: MainWindow) -> None:
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=30_000)


def open_wild(open_window: Opener, epochs: int = 20) -> MainWindow:
    """A window with a run whose steps are far too long."""
    window, _ = open_window()
    window.document.replace(at_rate(small_project(epochs), 30.0))
    return window


def test_a_healthy_run_says_nothing(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(at_rate(small_project(10), 0.01))
    spoken: list[bool] = []
    window.hint_bar.wanted.connect(spoken.append)
    train(qtbot, window)
    assert len(window.session.history.steps) > 150
    assert True not in spoken and not window.hint_bar.isVisible()


def test_a_wild_run_is_noticed_in_one_line_and_mended_in_one_undo_step(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window)
    before = window.document.spec
    train(qtbot, window)
    bar = window.hint_bar
    assert bar.isVisible() and "without looking" in bar.words.text()
    assert bar.remedies[0].text() == "Rate 0.001, afresh" and "Undo takes it back" in bar.remedies[0].toolTip()

    steps = window.document.undo_stack.count()
    QTest.mouseClick(bar.remedies[0], Qt.MouseButton.LeftButton)
    assert window.document.undo_stack.count() == steps + 1
    assert window.document.spec.training.optimizer.learning_rate == 0.001
    assert not bar.isVisible() and "Press Run" in window.status.sentence.text()

    train(qtbot, window)
    assert not bar.isVisible() and window.session.history.steps.column("loss")[-20:].mean() < 2.0
    window.document.undo_stack.undo()
    assert window.document.spec == before


def test_a_remedy_that_begins_afresh_does_so_at_once_while_a_run_goes_on(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window, epochs=1000)
    window.session.run()
    qtbot.waitUntil(window.hint_bar.isVisible, timeout=30_000)
    first = window.session.history
    window.hint_bar.remedies[0].click()
    qtbot.waitUntil(lambda: window.session.history is not first and window.session.state is State.RUNNING,
                    timeout=10_000)  # fmt: skip
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 50, timeout=10_000)
    assert window.session.history.steps.column("loss")[:10].mean() < 5
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)


def test_what_was_dismissed_is_not_said_again_of_the_same_run(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window)
    train(qtbot, window)
    assert window.hint_bar.isVisible()
    window.hint_bar.dismiss.click()
    assert not window.hint_bar.isVisible()
    train(qtbot, window)  # goes on
    assert not window.hint_bar.isVisible()
    window.session.start_over()
    window.document.edit("Another seed", window.document.spec.replace(
        training=window.document.spec.training.replace(seed=7)))  # fmt: skip
    train(qtbot, window)
    assert window.hint_bar.isVisible()


def beginning_at_zero(*, units: int = 12) -> ProjectSpec:
    """Its first batch gives the same numbers, however many units it has."""
    project = small_project(epochs=20)
    flatten, first, relu, last = project.network.layers
    layers = (flatten, first.replace(units=units, init="zero"), relu, last.replace(init="zero"))
    return project.edit_network(lambda network: network.with_layers(layers))


@pytest.mark.parametrize("replaced", [False, True], ids=["edited", "another project"])
def test_runs_that_begin_with_the_same_numbers_are_told_apart(
    open_window: Opener, qtbot, monkeypatch, replaced: bool
) -> None:
    monkeypatch.setattr(hints, "UNITS_SECONDS", math.inf)  # units may be known or not when a short run ends
    window, _ = open_window()
    window.document.replace(beginning_at_zero())
    train(qtbot, window)
    window.hint_bar.dismiss.click()
    assert not window.hint_bar.isVisible()
    begun, other = window.session.history.steps.rows[0].tolist(), beginning_at_zero(units=13)
    if replaced:
        window.document.replace(other)
    else:
        window.document.edit("Units", other)
    train(qtbot, window)
    assert window.session.history.steps.rows[0].tolist() == begun
    assert window.hint_bar.isVisible()


def test_a_trouble_whose_remedy_was_taken_back_is_said_again(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window)
    train(qtbot, window)
    window.hint_bar.remedies[0].click()
    train(qtbot, window)
    window.document.undo_stack.undo()
    window.session.start_over()
    train(qtbot, window)
    assert window.hint_bar.isVisible()


@pytest.mark.slow
def test_no_other_hint_is_said_of_a_run_that_ends_for_a_remedy(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window, epochs=1000)
    window.session.run()
    qtbot.waitUntil(window.hint_bar.isVisible)
    window.hint_bar.remedies[0].click()
    window.document.edit("Rate", at_rate(window.document.spec, 1e-3))  # a moment at which it looks
    window.hints._quiet.clear()  # whatever may be wrong with the run
    assert window.session.state is not State.IDLE
    window.hints._look()
    assert not window.hint_bar.isVisible()
    qtbot.waitUntil(lambda: window.session.state is State.RUNNING)
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE)


def test_hints_that_are_off_stay_off_at_the_next_start(open_window: Opener, qtbot, tmp_path) -> None:
    window = open_wild(open_window)
    window.actions_["view.hints"].trigger()
    train(qtbot, window)
    assert not window.hint_bar.isVisible() and not window.hints.looking
    window.actions_["view.hints"].trigger()
    assert window.hint_bar.isVisible()
    window.actions_["view.hints"].trigger()
    window.close()
    assert not Settings(tmp_path / "settings" / "window.ini").flag("view/hints", True)
    again, _ = open_window()
    assert not again.actions_["view.hints"].isChecked() and not again.hints.on


def test_a_network_that_was_edited_is_no_longer_the_one_with_the_trouble(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window)
    train(qtbot, window)
    assert window.hint_bar.isVisible()
    network = window.document.network
    window.document.edit("Remove", network.remove(network.layers[2].uid))
    assert not window.hint_bar.isVisible()
    window.document.undo_stack.undo()
    assert window.hint_bar.isVisible()


def test_silent_units_are_looked_for_while_little_is_learned(open_window: Opener, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(hints, "UNITS_SECONDS", 0.1)
    window, _ = open_window()
    window.document.replace(at_rate(small_project(1000), 0.3))
    window.session.run()
    qtbot.waitUntil(lambda: window.hints.hint is not None and window.hints.hint.kind == "dead", timeout=30_000)
    assert "pass nothing on" in window.hint_bar.words.text()
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert not window.hints.looking


def test_the_line_fits_a_small_window_and_its_words_can_be_read_whole(open_window: Opener, qtbot) -> None:
    window = open_wild(open_window)
    train(qtbot, window)
    window.resize(1280, 720)
    QApplication.processEvents()
    bar = window.hint_bar
    assert window.width() == 1280 and bar.width() <= 1280 and bar.words.width() > 300
    assert all(button.width() >= button.sizeHint().width() for button in bar.remedies if button.isVisible())
    assert bar.accessibleDescription() == bar.words.text()


def test_a_look_at_units_that_fails_is_tried_again(open_window: Opener, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(hints, "UNITS_SECONDS", 0.1)
    monkeypatch.setattr(hints, "UNITS", Question("activations", count="many"))  # which no probe understands
    window, _ = open_window()
    window.document.replace(at_rate(small_project(1000), 0.3))
    failed: list[Question] = []
    window.session.looks.failed.connect(lambda question, _: failed.append(question))
    window.session.run()
    qtbot.waitUntil(lambda: failed.count(hints.UNITS) > 1, timeout=30_000)
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
