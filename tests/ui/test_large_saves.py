"""A large model is written beside the window: it goes on meanwhile, and whatever comes in between loses nothing."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from test_project_files import change
from window_kit import Opener, Person, small_project

from fishlab.core.files.atomic import SaveError
from fishlab.core.files.project import open_project, save_project
from fishlab.ui import project_saving
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer


class Disk:
    """Writes nothing before it is let go on; `error` is what it meets then."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.error: Exception | None = None
        self.writes = 0
        self.seconds = 0.0

    def save(self, path: Path, spec, model) -> None:
        self.writes += 1
        assert self.go_on.wait(30)
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        save_project(path, spec, model)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    slow = Disk()
    monkeypatch.setattr(project_saving, "save_project", slow.save)
    monkeypatch.setattr(project_saving, "LARGE", 0)
    return slow


def saving(open_window: Opener, path: Path) -> tuple[MainWindow, Person]:
    """A window with a change that is being written."""
    window, person = open_window()
    window.document.replace(small_project())
    change(window)
    window.files.save_to(path)
    return window, person


def name_in(path: Path) -> str:
    return open_project(path)[0].network.name


def saved(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.files._writing.busy, timeout=10_000)


def test_the_window_goes_on_while_a_large_model_is_written_and_says_so(
    open_window: Opener, disk: Disk, tmp_path: Path, qtbot
) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    assert window.status.saved.text() == "saving…" and window.document.unsaved and window.isWindowModified()
    disk.go_on.set()
    saved(qtbot, window)
    assert not window.document.unsaved and window.document.path == tmp_path / "big.fishlab" and person.told == []
    assert window.status.saved.text().startswith("saved ") and name_in(tmp_path / "big.fishlab") == "Changed"


def test_what_is_edited_while_the_file_is_written_is_unsaved_and_so_is_what_was_saved_before(
    open_window: Opener, disk: Disk, tmp_path: Path, qtbot
) -> None:
    window, _ = saving(open_window, tmp_path / "big.fishlab")
    change(window, "Later")
    disk.go_on.set()
    saved(qtbot, window)
    assert window.document.unsaved and name_in(tmp_path / "big.fishlab") == "Changed"
    while window.document.undo_stack.canUndo():
        window.document.undo_stack.undo()
    assert window.document.unsaved  # the file holds what came after that


def test_a_second_save_takes_its_turn(open_window: Opener, disk: Disk, tmp_path: Path, qtbot) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    change(window, "Later")
    window.files.save_to(tmp_path / "big.fishlab")
    assert disk.writes == 1
    disk.go_on.set()
    qtbot.waitUntil(lambda: not window.document.unsaved, timeout=10_000)
    assert name_in(tmp_path / "big.fishlab") == "Later" and disk.writes == 2 and person.asked == []


def test_closing_waits_for_the_file_and_asks_nothing(open_window: Opener, disk: Disk, tmp_path: Path) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    threading.Timer(0.2, disk.go_on.set).start()
    assert window.close() and person.asked == [] and name_in(tmp_path / "big.fishlab") == "Changed"


def test_closing_waits_for_a_save_that_waits_for_another(open_window: Opener, disk: Disk, tmp_path: Path) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    change(window, "Later")
    window.files.save_to(tmp_path / "big.fishlab")
    disk.seconds = 2 * project_saving.PATIENCE
    threading.Timer(0.2, disk.go_on.set).start()
    assert window.close() and person.asked == [] and name_in(tmp_path / "big.fishlab") == "Later"


def test_where_it_cannot_be_written_the_person_is_told_and_closing_asks(
    open_window: Opener, disk: Disk, tmp_path: Path, qtbot
) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    disk.error = SaveError("“big.fishlab” cannot be saved: the disk is full.")
    disk.go_on.set()
    saved(qtbot, window)
    assert len(person.told) == 1 and "the disk is full" in person.told[0]
    assert window.document.unsaved and window.status.saved.text() == "unsaved"
    person.answer = Answer.CANCEL
    assert not window.close() and len(person.asked) == 1


def test_a_window_that_is_told_to_end_while_a_file_is_written_tells_nobody_and_keeps_the_work(
    open_window: Opener, disk: Disk, tmp_path: Path
) -> None:
    window, person = saving(open_window, tmp_path / "big.fishlab")
    disk.error = SaveError("“big.fishlab” cannot be saved: the disk is full.")
    disk.go_on.set()
    window.close_without_asking()
    assert person.told == [] and person.asked == []
    again, _ = open_window()
    assert again.document.network.name == "Changed" and again.document.unsaved
