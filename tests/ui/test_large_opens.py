"""A large project is read beside the window: it goes on meanwhile, and nothing takes its place before it is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_project_files import change, running
from window_kit import Opener, small_project

from fishlab.core.errors import FileFormatError
from fishlab.core.files.project import open_project, save_project
from fishlab.ui import kept_work, project_files, project_reader, recovery
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer
from fishlab.ui.session import State
from fishlab.ui.wait_sheet import WaitSheet

NAME = "Large"


class Disk:
    """Reads, and tells how far it is, until it is let go on; `error` is what it meets then."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.error: Exception | None = None
        self.threads: list[threading.Thread] = []

    def open(self, path: Path, look: Callable[[int, int], None] | None = None):
        self.threads.append(threading.current_thread())
        self.begun.set()
        while not self.go_on.wait(0.005):
            look(120_000_000, 250_000_000)
        if self.error:
            raise self.error
        return open_project(path)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    slow = Disk()
    for module in (project_files, kept_work):
        monkeypatch.setattr(module, "open_project", slow.open)
    monkeypatch.setattr(project_reader, "PATIENCE", 0.0)
    for module in (project_files, recovery):
        monkeypatch.setattr(module, "AT_START", 0.0)
    yield slow
    slow.go_on.set()
    for thread in slow.threads:
        thread.join(30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "large.fishlab"
    save_project(path, small_project().edit_network(lambda network: network.renamed(NAME)), None)
    return path


def reading(qtbot, window: MainWindow, file: Path) -> None:
    """The file is being read, and that has taken long enough to be said."""
    assert window.files.open(file)
    qtbot.waitUntil(lambda: window.files.reader.sheet is not None and window.files.reader.sheet.isVisible())


def arrived(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.document.network.name == NAME, timeout=10_000)


def test_the_window_goes_on_while_a_large_project_is_read_and_says_how_far_it_is(
    open_window: Opener, disk: Disk, file: Path, qtbot
) -> None:
    window, person = open_window()
    name = window.document.network.name
    reading(qtbot, window, file)
    sheet = window.files.reader.sheet
    assert sheet.title.text() == "Opening “large.fishlab”" and sheet.strip.accessibleName() == "120 of 250 MB"
    assert window.document.network.name == name and window.document.path is None
    disk.go_on.set()
    arrived(qtbot, window)
    assert window.document.path == file and not window.document.unsaved and window.files.reader.sheet is None
    assert not any(one.isVisible() for one in window.findChildren(WaitSheet)) and person.asked == person.told == []


def test_calling_a_large_project_off_leaves_what_is_open_and_ends_the_reading(
    open_window: Opener, disk: Disk, file: Path, qtbot
) -> None:
    window, person = open_window()
    change(window)
    reading(qtbot, window, file)
    window.files.reader.sheet.cancel.click()
    disk.threads[0].join(30)
    assert not disk.threads[0].is_alive() and not disk.go_on.is_set()
    assert window.document.network.name == "Changed" and window.document.unsaved
    assert not window.files.reader.busy and window.files.reader.sheet is None and person.asked == person.told == []


def test_of_two_that_are_opened_the_last_one_comes(open_window: Opener, disk: Disk, file: Path, qtbot) -> None:
    window, _ = open_window()
    other = file.with_name("other.fishlab")
    save_project(other, small_project(), None)
    reading(qtbot, window, other)
    reading(qtbot, window, file)
    disk.go_on.set()
    arrived(qtbot, window)
    assert window.document.path == file and window.settings.recent == [file]


def test_what_was_changed_while_it_was_read_is_asked_about(
    open_window: Opener, disk: Disk, file: Path, qtbot
) -> None:
    window, person = open_window()
    person.answer = Answer.CANCEL
    reading(qtbot, window, file)
    change(window)
    disk.go_on.set()
    qtbot.waitUntil(lambda: person.asked == ["Changed"], timeout=10_000)
    assert window.document.network.name == "Changed" and window.document.path is None


def test_a_run_goes_on_while_a_large_project_is_read(open_window: Opener, disk: Disk, file: Path, qtbot) -> None:
    window, person = open_window()
    running(qtbot, window)
    reading(qtbot, window, file)
    steps = len(window.session.history.steps)
    qtbot.waitUntil(lambda: len(window.session.history.steps) > steps + 3, timeout=10_000)
    assert window.session.state is State.RUNNING
    disk.go_on.set()
    arrived(qtbot, window)
    assert person.ends_run and window.session.state is State.IDLE


def test_a_large_project_that_cannot_be_read_is_told_once(open_window: Opener, disk: Disk, file: Path, qtbot) -> None:
    window, person = open_window()
    for error in (FileFormatError("“large.fishlab” cannot be opened: it is damaged."), MemoryError()):
        person.told.clear()
        disk.go_on.clear()
        disk.error = error
        reading(qtbot, window, file)
        disk.go_on.set()
        qtbot.waitUntil(lambda: len(person.told) == 1, timeout=10_000)
        assert window.files.reader.sheet is None and window.document.path is None
    assert person.told[0].startswith("The memory is not enough.")


def test_a_window_that_closes_gives_the_reading_up(open_window: Opener, disk: Disk, file: Path, qtbot) -> None:
    window, person = open_window()
    reading(qtbot, window, file)
    assert window.close() and person.asked == []
    disk.threads[0].join(30)
    assert not disk.threads[0].is_alive()


def test_a_large_project_named_at_the_start_comes_into_a_window_that_stands(
    open_window: Opener, disk: Disk, file: Path, qtbot
) -> None:
    window, _ = open_window(file)
    assert window.isVisible() and window.document.network.name == "SimpleConvNet"
    qtbot.waitUntil(lambda: window.files.reader.sheet is not None and window.files.reader.sheet.isVisible())
    disk.go_on.set()
    arrived(qtbot, window)
    assert window.document.path == file


def test_large_work_that_was_kept_comes_back_beside_the_window_and_only_once(
    open_window: Opener, disk: Disk, qtbot
) -> None:
    first, _ = open_window()
    first.document.replace(small_project())
    change(first, NAME)
    first.close_without_asking()
    again, _ = open_window()
    assert again.document.network.name == "SimpleConvNet" and again.files.reader.busy
    again.close_without_asking()  # before it has come
    third, _ = open_window()
    disk.go_on.set()
    arrived(qtbot, third)
    assert third.document.unsaved and third.recovery.left == []


def test_work_that_is_let_go_of_while_it_is_read_does_not_come(open_window: Opener, disk: Disk, qtbot) -> None:
    first, _ = open_window()
    change(first, NAME)
    first.recovery.keep()
    first.recovery.autosave.keep_now(first.recovery._place())  # as a crash leaves it: nobody asked it to end
    first.recovery._folder.release()
    again, _ = open_window()
    (left,) = again.recovery.left
    again.recovery.bring_back(left)
    again.recovery.let_go(left)
    disk.go_on.set()
    qtbot.waitUntil(lambda: not again.files.reader.busy, timeout=10_000)
    assert again.document.network.name == "SimpleConvNet"
