"""New, open, save, and the question about what is not saved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from window_kit import Opener, small_project

from fishlab.core.files.project import open_project, save_project
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer
from fishlab.ui.session import State


def train(qtbot, window: MainWindow, epochs: int = 2) -> None:
    window.document.replace(small_project(epochs))
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model is not None, timeout=10_000)


def running(qtbot, window: MainWindow) -> None:
    window.document.replace(small_project(epochs=10_000))
    window.session.run()
    qtbot.waitUntil(lambda: len(window.session.history.steps) > 3, timeout=10_000)


def change(window: MainWindow, name: str = "Changed") -> None:
    window.document.edit("Rename", window.document.network.renamed(name))


def test_a_saved_model_comes_back_with_curves_answers_and_trains_on(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, _ = open_window()
    train(qtbot, window)
    image = np.full((1, 28, 28), 90.0, np.float32)
    with qtbot.waitSignal(window.session.digit.answered) as before:
        window.session.digit.show(image)
    steps = len(window.session.history.steps)
    assert window.files.save_to(tmp_path / "net.fishlab") and not window.document.unsaved
    window.close()
    again, person = open_window()
    assert again.document.path == tmp_path / "net.fishlab" and len(again.session.history.steps) == steps
    assert again.run_bar.strip.accessibleName().startswith("Epoch 2 done")
    with qtbot.waitSignal(again.session.digit.answered) as after:
        again.session.digit.show(image)
    assert np.array_equal(before.args[0], after.args[0])
    again.actions_["train.more"].trigger()
    qtbot.waitUntil(lambda: again.session.state is State.IDLE, timeout=10_000)
    assert again.document.model.position.epoch == 3 and person.told == []


def test_saving_while_a_run_goes_on_writes_the_batch_at_hand_and_does_not_stop_it(
    open_window: Opener, tmp_path: Path, qtbot
) -> None:
    window, person = open_window()
    running(qtbot, window)
    person.path = tmp_path / "live.fishlab"
    with qtbot.waitSignal(window.files.saved) as saved:
        window.actions_["file.save"].trigger()
    assert window.session.state is State.RUNNING and isinstance(saved.args[0], datetime)
    _, model = open_project(person.path)
    assert model is not None and model.position.step > 3
    assert window.isWindowModified()  # the run is ahead of the file again


def test_saving_a_run_that_fails_writes_what_there_is(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, _ = open_window()
    running(qtbot, window)
    window.session.ask_model = lambda: None  # a worker that no longer answers
    window.files.save_to(tmp_path / "net.fishlab")
    assert not (tmp_path / "net.fishlab").exists()
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    assert open_project(tmp_path / "net.fishlab")[1] is not None


@pytest.mark.parametrize("begin", ["new", "open", "close"])
def test_cancel_keeps_what_is_there(open_window: Opener, tmp_path: Path, begin: str) -> None:
    window, person = open_window()
    change(window)
    person.answer, person.path = Answer.CANCEL, tmp_path / "other.fishlab"
    save_project(person.path, small_project(), None)
    begins = {"new": lambda: window.files.new("empty"), "open": window.files.open, "close": window.close}
    assert not begins[begin]()
    assert window.document.network.name == "Changed" and window.document.unsaved and len(person.asked) == 1


def test_discard_lets_go_and_nothing_is_asked_where_nothing_would_be_lost(open_window: Opener) -> None:
    window, person = open_window()
    assert window.files.new("lenet_5") and person.asked == []
    change(window)
    assert window.files.new("empty") and person.asked == ["Changed"]
    assert window.document.network.layers == ()


def test_save_in_the_question_asks_for_a_path_and_stays_without_one(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    change(window)
    person.answer = Answer.SAVE
    assert not window.close() and window.isVisible()
    person.path = tmp_path / "kept.fishlab"
    assert window.close()
    assert open_project(person.path)[0].network.name == "Changed"


def test_save_in_the_question_stops_a_run_and_keeps_all_it_learned(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, person = open_window()
    running(qtbot, window)
    person.answer, person.path = Answer.SAVE, tmp_path / "kept.fishlab"
    assert window.close()
    _, model = open_project(person.path)
    assert model is not None and model.position.step == len(window.session.history.steps)


def test_a_file_that_cannot_be_written_is_told_and_stays_unsaved(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    change(window)
    window.files.save_to(tmp_path / "no such folder" / "net.fishlab")
    assert window.document.unsaved and window.document.path is None
    assert len(person.told) == 1 and "net.fishlab" in person.told[0]
    person.answer = Answer.SAVE
    person.path = tmp_path / "no such folder" / "net.fishlab"
    assert not window.close()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", None])
def test_a_file_that_is_none_is_told_once_and_changes_nothing(
    open_window: Opener, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "odd.fishlab"
    if content is not None:
        file.write_bytes(content)
    window, person = open_window()
    change(window)
    assert not window.files.open(file)
    assert len(person.told) == 1 and person.told[0].startswith("“odd.fishlab” cannot be opened") and person.asked == []
    assert window.document.network.name == "Changed" and window.document.unsaved


def test_recent_files_are_offered_newest_first_and_forgotten_when_gone(open_window: Opener, tmp_path: Path) -> None:
    first, second = tmp_path / "one & two.fishlab", tmp_path / "三.fishlab"
    window, _ = open_window()
    for file in (first, second):
        save_project(file, small_project(), None)
        assert window.files.open(file)
    assert window.settings.recent == [second, first]
    menu = window.menus._recent
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    assert window.document.path == first and window.settings.recent == [first, second]
    second.unlink()
    window.files.open(second)
    assert window.settings.recent == [first]


def test_another_project_starts_with_a_clean_slate(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    train(qtbot, window)
    window.actions_["train.test"].trigger()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.session.test_score is not None)
    assert "looked at 1 time" in window.status.test.text()
    window.files.new("two_layer_net")
    assert window.status.sentence.text() == "Ready." and "0 times" in window.status.test.text()
    assert window.run_bar.run.text() == "Run" and not window.actions_["edit.undo"].isEnabled()


def test_a_project_opened_while_test_images_are_evaluated_is_not_counted_as_looked_at(
    open_window: Opener, tmp_path: Path, qtbot
) -> None:
    window, _ = open_window()
    train(qtbot, window)
    window.files.save_to(tmp_path / "net.fishlab")
    window.actions_["train.test"].trigger()
    window.files.open(tmp_path / "net.fishlab")
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    qtbot.wait(100)
    assert window.document.model.test_looks == 0
