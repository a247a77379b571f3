"""How runs compute on this machine: chosen in the inspector, remembered by the window, and said while they run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox
from window_kit import Opener, small_project

from fishlab.core.events import HelperLost, Running
from fishlab.core.mailbox import Preparing
from fishlab.core.parallel.way import ONE, Way
from fishlab.core.processors import processors
from fishlab.core.training import Trainer
from fishlab.ui.main_window import MainWindow
from fishlab.ui.panels.inspector.way_box import WayBox
from fishlab.ui.run_words import strip_words
from fishlab.ui.session import State
from fishlab.ui.settings import Settings
from fishlab.ui.theme import theme


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings" / "window.ini")


def box(window: MainWindow) -> WayBox:
    window.inspector_panel.show_tab("training")
    QApplication.processEvents()
    return window.inspector_panel.training_tab.way


def choose(way_box: WayBox, kind: str) -> None:
    """What a click in the open list ends in."""
    control = way_box.kind.controls[0]
    control.setCurrentIndex(control.findData(kind))
    control.activated.emit(control.currentIndex())


def run_to(qtbot, window: MainWindow, state: State) -> None:
    if window.session.state is State.IDLE and state is not State.IDLE:
        window.session.run()
    qtbot.waitUntil(lambda: window.session.state is state, timeout=20_000)


# -- choosing ----------------------------------------------------------------------------------------------------------
def test_the_choice_is_the_machines_and_no_step_of_the_project(open_window: Opener) -> None:
    window, _ = open_window()
    steps, spec = window.document.undo_stack.count(), window.document.spec
    choose(box(window), "processes")
    assert window.session.ways.chosen == Way("processes", max(2, processors()))
    box(window).workers.controls[0].setValue(3)
    assert window.session.ways.chosen == Way("processes", 3)
    assert (window.document.undo_stack.count(), window.document.spec) == (steps, spec)
    assert not window.document.unsaved


def test_the_choice_is_there_at_the_next_start(open_window: Opener) -> None:
    first, _ = open_window()
    choose(box(first), "threads")
    box(first).workers.controls[0].setValue(5)
    first.close_without_asking()
    second, _ = open_window()
    assert second.session.ways.chosen == Way("threads", 5)
    assert (box(second).kind.value(), box(second).workers.value()) == ("threads", 5)
    choose(box(second), "auto")
    second.close_without_asking()
    assert open_window()[0].session.ways.chosen is None


@pytest.mark.parametrize("text", ["auto", "", "fast", "processes:0", "processes:999", "one:2", "-1"])
def test_what_the_settings_cannot_mean_is_automatic(settings: Settings, text: str) -> None:
    settings.set("run/way", text)
    assert settings.way is None


@pytest.mark.parametrize("way", [None, ONE, Way("threads", 2), Way("processes", 7)], ids=str)
def test_settings_keep_every_way(settings: Settings, way: Way | None) -> None:
    settings.way = way
    settings.flush()
    assert Settings(settings.file).way == way


def test_workers_are_asked_for_only_where_there_are_several(open_window: Opener) -> None:
    window, _ = open_window()
    for kind, shown in (("threads", True), ("one", False), ("processes", True), ("auto", False)):
        choose(box(window), kind)
        assert box(window).workers.isVisible() is shown, kind


def test_more_workers_than_processors_are_said_to_wait(open_window: Opener) -> None:
    window, _ = open_window()
    choose(box(window), "threads")
    assert "wait for each other" not in box(window).note.text()
    box(window).workers.controls[0].setValue(processors() + 1)
    assert f"More workers than the {processors()} processors" in box(window).note.text()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_longest_choice_has_room_in_a_small_window(open_window: Opener, own_theme: None, scale: float) -> None:
    theme().set_font_scale(scale)
    window, _ = open_window(size=(1280, 720))
    combo = box(window).kind.controls[0]
    option = QStyleOptionComboBox()
    for kind in ("auto", "processes"):
        choose(box(window), kind)
        QApplication.processEvents()
        combo.initStyleOption(option)
        text = combo.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo
        )
        assert combo.fontMetrics().horizontalAdvance(combo.currentText()) <= text.width(), combo.currentText()


# -- what a run uses ---------------------------------------------------------------------------------------------------
def test_a_run_says_how_it_computes_and_a_choice_meanwhile_waits(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    choose(box(window), "one")
    assert box(window).note.text() == ""
    run_to(qtbot, window, State.RUNNING)
    qtbot.waitUntil(lambda: box(window).note.text() == "Runs in 1 thread.", timeout=5000)
    choose(box(window), "threads")
    assert box(window).note.text().startswith("Runs in 1 thread. The choice takes effect at the next run.")
    choose(box(window), "one")
    window.session.stop()
    run_to(qtbot, window, State.IDLE)
    assert box(window).note.text() == "Ran in 1 thread."
    log = window.live_panel.strip.instrument("log")
    assert [entry.text for entry in log.entries].count("Runs in 1 thread.") == 1


def test_the_file_remembers_how_its_model_was_computed(open_window: Opener, qtbot, tmp_path: Path) -> None:
    window, person = open_window()
    window.document.replace(small_project(epochs=1))
    window.session.ways.choose(ONE)
    window.session.run()
    run_to(qtbot, window, State.IDLE)
    person.path = tmp_path / "a.fishlab"
    assert window.files.save_as()
    window.close_without_asking()
    again, _ = open_window(path=person.path)
    assert box(again).note.text() == "Ran in 1 thread."


def test_finding_the_fastest_way_is_said_in_the_run_bar(open_window: Opener) -> None:
    window, _ = open_window()
    window.session._work.set_state(State.PREPARING)
    window.session._mail._take_event(Preparing("Finding the fastest way to run", 1, 4))
    assert strip_words(window.session) == ("Preparing", "Finding the fastest way to run 25 %")
    window.session._work.set_state(State.IDLE)


def test_once_the_fastest_way_is_found_nobody_says_it_is_looked_for(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.ways.choose(ONE)
    run_to(qtbot, window, State.RUNNING)
    for event in (Preparing("Finding the fastest way to run", 0, 4), Running(ONE)):
        window.session._mail._take_event(event)
    assert window.status.sentence.text().startswith("Training: Small on ")
    window.session.pause()
    run_to(qtbot, window, State.PAUSED)


def test_a_lost_helper_is_told_once_calmly_and_logged(open_window: Opener, qtbot, caplog) -> None:
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.ways.choose(ONE)
    run_to(qtbot, window, State.RUNNING)
    sentence = "A helper process has ended. Training goes on in this one."
    for event in (Running(Way("processes", 2)), HelperLost(sentence)):
        window.session._work._runner.mailbox.post(event)
    qtbot.waitUntil(lambda: window.status.sentence.text() == sentence, timeout=5000)
    assert not window.status._is_warning and window.session.state is State.RUNNING
    log = window.live_panel.strip.instrument("log")
    assert [(entry.text, entry.bad) for entry in log.entries].count((sentence, False)) == 1
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [sentence]
    window.session.pause()
    run_to(qtbot, window, State.PAUSED)
    assert window.status.sentence.text() != sentence


# -- real helpers ------------------------------------------------------------------------------------------------------
def helpers() -> set[int]:
    """The processes that this one has started and that have not ended."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(folder.name))
    return found


@pytest.fixture
def in_processes(open_window: Opener, qtbot) -> tuple[MainWindow, set[int]]:
    """A window with a run in 2 processes that has learned something, and what there was before."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("processes are looked up in /proc")
    before = helpers()
    window, _ = open_window()
    window.document.replace(small_project(epochs=10_000))
    window.session.ways.choose(Way("processes", 2))
    run_to(qtbot, window, State.RUNNING)
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 20, timeout=20_000)
    assert len(helpers() - before) >= 1 and window.session.ways.in_use == Way("processes", 2)
    return window, before


def test_closing_the_window_ends_the_helpers(in_processes: tuple[MainWindow, set[int]], qtbot) -> None:
    window, before = in_processes
    window.close_without_asking()
    qtbot.waitUntil(lambda: not helpers() - before, timeout=5000)


def test_stopping_ends_the_helpers_and_the_next_run_has_new_ones(
    in_processes: tuple[MainWindow, set[int]], qtbot
) -> None:
    window, before = in_processes
    first = helpers() - before
    window.session.stop()
    run_to(qtbot, window, State.IDLE)
    assert not helpers() - before and box(window).note.text() == "Ran in 2 processes."
    steps = len(window.session.history.steps)
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.history.steps) > steps, timeout=20_000)
    assert helpers() - before - first
    window.session.stop()
    run_to(qtbot, window, State.IDLE)
    assert not helpers() - before


def test_an_error_in_a_run_ends_the_helpers(
    in_processes: tuple[MainWindow, set[int]], qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, before = in_processes

    def broken(_trainer: Trainer) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Trainer, "checkpoint", broken)
    window.session.ask_model()
    run_to(qtbot, window, State.IDLE)
    assert "broken on purpose" in window.session.sentence
    assert not helpers() - before


def test_a_killed_helper_is_told_and_the_run_goes_on(in_processes: tuple[MainWindow, set[int]], qtbot) -> None:
    window, before = in_processes
    told: list[str] = []
    window.session.helper_lost.connect(told.append)
    os.kill(max(helpers() - before), signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    steps = len(window.session.history.steps)
    qtbot.waitUntil(lambda: len(window.session.history.steps) > steps + 20, timeout=20_000)
    assert len(told) == 1 and window.session.state is State.RUNNING
    assert box(window).note.text().startswith("Runs in 2 threads.")
    assert not helpers() - before


def test_pausing_stepping_and_the_rate_work_in_processes(in_processes: tuple[MainWindow, set[int]], qtbot) -> None:
    window, _ = in_processes
    session = window.session
    session.pause()
    run_to(qtbot, window, State.PAUSED)
    steps = len(session.history.steps)
    session.step()
    qtbot.waitUntil(lambda: len(session.history.steps) == steps + 1, timeout=5000)
    qtbot.waitUntil(lambda: session.state is State.PAUSED, timeout=5000)
    training = window.document.spec.training
    slower = training.replace(optimizer=training.optimizer.replace(learning_rate=1e-4))
    window.document.edit("Rate", window.document.spec.replace(training=slower))
    session.run()
    qtbot.waitUntil(lambda: any("rate" in mark.text for mark in session.history.marks), timeout=5000)
    qtbot.waitUntil(lambda: len(session.history.steps) > steps + 20, timeout=5000)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("way", [Way("threads", 2), Way("processes", 2)], ids=str)
def test_no_view_changes_the_bits_of_a_shared_run(open_window: Opener, qtbot, way: Way) -> None:
    weights = []
    for visible in (True, False):
        window, _ = open_window()
        window.live_panel.setVisible(visible)
        window.document.replace(small_project(epochs=3))
        window.session.ways.choose(way)
        window.session.run()
        run_to(qtbot, window, State.IDLE)
        assert window.session.ways.in_use == way
        weights.append(window.document.model.weights)
        window.close_without_asking()
    open_, closed = weights
    # another uid for each layer, but the same order
    assert all((one == other).all() for one, other in zip(open_.values(), closed.values(), strict=True))
