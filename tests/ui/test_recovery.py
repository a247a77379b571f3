"""What is unsaved is kept beside the settings while one works, and what was left is offered in a line of the window."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtWidgets import QApplication
from window_kit import Opener, Person, small_project

from fishlab.core.files.project import open_project, save_project
from fishlab.core.spec import ProjectSpec
from fishlab.ui import kept_work
from fishlab.ui.crash_log import NAME
from fishlab.ui.crash_sheet import CrashSheet
from fishlab.ui.kept_work import KeptWork, Place
from fishlab.ui.main_window import MainWindow
from fishlab.ui.prompts import Answer, Overwrite
from fishlab.ui.recovery_bar import time_words
from fishlab.ui.session import State
from fishlab.ui.session_folder import SessionFolder


def change(window: MainWindow, name: str = "Changed") -> None:
    window.document.edit("Rename", window.document.network.renamed(name))


def settled(window: MainWindow, qtbot) -> None:
    with qtbot.waitSignal(window.recovery.autosave.settled, timeout=10_000):
        pass


def kept(window: MainWindow) -> KeptWork:
    return KeptWork(window.recovery._folder.path)


def root(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "sessions"


def leave(tmp_path: Path, name: str = "Left", *, report: str = "", place: Place | None = None) -> SessionFolder:
    """What a session leaves that ended without warning."""
    folder = SessionFolder.create(root(tmp_path))
    if name:
        project = small_project().edit_network(lambda network: network.renamed(name))
        KeptWork(folder.path).write(project, None, place or Place(name))
    (folder.path / NAME).write_text(report)
    folder.release()
    return folder


def train(qtbot, window: MainWindow) -> None:
    window.document.replace(small_project())
    window.session.run()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE and window.document.model is not None, timeout=10_000)


# -- autosave ----------------------------------------------------------------------------------------------------------
def test_an_edit_is_kept_and_saving_makes_it_go(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, _ = open_window()
    change(window)
    settled(window, qtbot)
    assert kept(window).read()[0].network.name == "Changed"
    window.files.save_to(tmp_path / "net.fishlab")
    settled(window, qtbot)
    assert not kept(window).exists


def test_nothing_is_written_for_an_unchanged_document(open_window: Opener, tmp_path: Path, qtbot) -> None:
    save_project(tmp_path / "net.fishlab", small_project(), None)
    window, _ = open_window(tmp_path / "net.fishlab")
    qtbot.wait(1200)
    assert [path.name for path in window.recovery._folder.path.iterdir()] == ["lock"]
    change(window)
    settled(window, qtbot)
    before = {path: path.stat().st_mtime_ns for path in window.recovery._folder.path.iterdir()}
    qtbot.wait(1200)
    assert {path: path.stat().st_mtime_ns for path in window.recovery._folder.path.iterdir()} == before


def test_edits_leave_the_model_where_it_is(open_window: Opener, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    window, _ = open_window()
    train(qtbot, window)
    settled(window, qtbot)
    written = []
    save = kept_work.save_project
    monkeypatch.setattr(kept_work, "save_project", lambda path, *rest: (written.append(rest), save(path, *rest)))
    change(window)
    settled(window, qtbot)
    assert [model for _, model in written] == [None]
    spec, model = kept(window).read()
    assert spec.network.name == "Changed" and model.position == window.document.model.position


def test_a_model_that_takes_long_to_write_rests_longer_and_edits_do_not_wait_for_it(
    open_window: Opener, qtbot
) -> None:
    window, _ = open_window()
    train(qtbot, window)
    settled(window, qtbot)
    window.recovery.autosave._model_again += 3600  # as after six minutes of writing
    old = window.document.model
    window.session.one_more_epoch()
    qtbot.waitUntil(lambda: window.session.state is State.IDLE, timeout=10_000)
    change(window)
    qtbot.waitUntil(lambda: kept(window).read()[0].network.name == "Changed", timeout=10_000)
    assert kept(window).read()[1].position == old.position
    window.recovery.autosave._model_again = 0.0
    settled(window, qtbot)
    assert kept(window).read()[1].position == window.document.model.position != old.position


@pytest.mark.slow
def test_how_late_anybody_looks_has_no_part_in_how_long_a_model_rests(
    open_window: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = open_window()
    autosave = window.recovery.autosave
    change(window, "Changed")
    autosave._on_tick()
    autosave._writing.thread.join()
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 1000)
    autosave._on_tick()
    assert autosave._written is not None and autosave._model_again - time.monotonic() < 1000


def test_writing_never_stalls_the_window_and_never_happens_twice_at_once(
    open_window: Opener, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = open_window()
    save, at_work, most, stalled = kept_work.save_project, [], [], []
    edits, over = threading.Semaphore(0), threading.Event()

    def slow(*rest: object) -> None:
        """Writes nothing before there are three edits more: a window that waited for it would make none."""
        at_work.append(rest)
        most.append(len(at_work))
        while edits.acquire(blocking=False):
            pass
        stalled.append(not over.is_set() and not all(edits.acquire(timeout=20) or over.is_set() for _ in range(3)))
        save(*rest)
        at_work.pop()

    monkeypatch.setattr(kept_work, "save_project", slow)
    number = 0
    while len(most) < 3:
        assert number < 2000, "nothing is kept"
        number += 1
        change(window, f"Changed {number}")
        edits.release()
        qtbot.wait(30)
    over.set()
    edits.release(3)
    settled(window, qtbot)
    assert set(most) == {1} and not any(stalled)
    assert kept(window).read()[0].network.name == f"Changed {number}"


def test_another_document_is_never_mixed_with_the_model_of_the_one_before(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    train(qtbot, window)
    settled(window, qtbot)
    window.recovery.autosave._model_again += 3600
    window.document.replace(small_project().edit_network(lambda network: network.renamed("Other")), saved=False)
    settled(window, qtbot)
    spec, model = kept(window).read()
    assert spec.network.name == "Other" and model is None


@pytest.mark.slow
def test_where_nothing_can_be_kept_it_is_said_once_and_work_goes_on(
    open_window: Opener, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, person = open_window()
    said: list[str] = []
    window.recovery.said.connect(said.append)
    save, tried = kept_work.save_project, []

    def full(_: object, spec: ProjectSpec, *__: object) -> None:
        tried.append(spec.network.name)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_work, "save_project", full)
    for name in ("One", "Two"):
        change(window, name)
        qtbot.waitUntil(lambda name=name: name in tried and not window.recovery.autosave._timer.isActive())
    assert len(said) == 1 and "would not come back" in said[0] and person.told == []
    monkeypatch.setattr(kept_work, "save_project", save)
    change(window, "Three")
    settled(window, qtbot)
    assert kept(window).read()[0].network.name == "Three"


def test_a_logout_that_is_called_off_loses_nothing_and_asks_again_after_the_next_edit(
    open_window: Opener, qtbot
) -> None:
    window, person = open_window()
    train(qtbot, window)
    window.keep()
    assert kept(window).place().asked and kept(window).read()[1].position == window.document.model.position
    change(window)
    settled(window, qtbot)
    assert not kept(window).place().asked
    person.answer = Answer.CANCEL
    assert not window.close() and person.asked == ["Changed"]
    window.keep()
    assert window.close() and len(person.asked) == 1
    again, _ = open_window()
    assert again.document.network.name == "Changed" and again.document.unsaved


# -- what was left -----------------------------------------------------------------------------------------------------
def test_the_work_of_a_window_that_lives_is_offered_to_nobody(open_window: Opener, qtbot) -> None:
    window, _ = open_window()
    change(window)
    settled(window, qtbot)
    other, _ = open_window()
    assert other.recovery.left == [] and not other.recovery_bar.isVisible()
    other.close()
    assert kept(window).exists


def test_what_is_offered_comes_back_with_its_file_and_counts_as_unsaved(
    open_window: Opener, tmp_path: Path, qtbot
) -> None:
    file = tmp_path / "net.fishlab"
    save_project(file, small_project(), None)
    folder = leave(tmp_path, place=Place("net", file))
    window, person = open_window()
    assert window.recovery_bar.isVisible() and "“net” up to" in window.recovery_bar.words.text()
    window.recovery_bar.back.click()
    assert window.document.network.name == "Left" and window.document.path == file and window.document.unsaved
    assert not window.recovery_bar.isVisible() and folder.path.exists() and person.asked == []
    settled(window, qtbot)
    assert not folder.path.exists() and kept(window).read()[0].network.name == "Left"


def test_bringing_back_settles_what_is_open_first(open_window: Opener, tmp_path: Path) -> None:
    leave(tmp_path)
    window, person = open_window()
    change(window, "Mine")
    person.answer = Answer.CANCEL
    window.recovery_bar.back.click()
    assert window.document.network.name == "Mine" and len(window.recovery.left) == 1 and person.asked == ["Mine"]


def test_look_later_offers_it_at_the_next_start(open_window: Opener, tmp_path: Path) -> None:
    leave(tmp_path)
    window, _ = open_window()
    window.recovery_bar.later.click()
    assert not window.recovery_bar.isVisible()
    window.close()
    again, _ = open_window()
    assert again.recovery_bar.isVisible() and len(again.recovery.left) == 1


def test_letting_go_asks_first(open_window: Opener, tmp_path: Path) -> None:
    folder = leave(tmp_path)
    window, person = open_window()
    person.agrees = False
    window.recovery_bar.forget.click()
    assert folder.path.exists() and window.recovery_bar.isVisible()
    person.agrees = True
    window.recovery_bar.forget.click()
    assert not folder.path.exists() and not window.recovery_bar.isVisible()


def test_work_that_cannot_be_read_is_told_and_kept(open_window: Opener, tmp_path: Path) -> None:
    folder = leave(tmp_path)
    (file,) = folder.path.glob("unsaved-*.fishlab")
    file.write_bytes(b"no project")
    window, person = open_window()
    window.recovery_bar.back.click()
    assert "cannot be opened" in person.told[0] and len(window.recovery.left) == 1 and file.exists()


def test_a_report_is_shown_and_copied_and_dismissed_with_its_folder(open_window: Opener, tmp_path: Path, qtbot) -> None:
    folder = leave(tmp_path, "", report="Fatal Python error: Segmentation fault")
    window, person = open_window()
    bar = window.recovery_bar
    assert "no unsaved changes" in bar.words.text() and not bar.back.isVisible()
    bar.report.click()
    sheet = window.findChild(CrashSheet)
    assert sheet.text.toPlainText() == "Fatal Python error: Segmentation fault" and "log" in sheet.log.text()
    sheet.copy.click()
    assert QApplication.clipboard().text() == sheet.text.toPlainText()
    sheet.close()
    bar.forget.click()
    assert not folder.path.exists() and person.asked == []


def test_a_file_named_at_the_start_leaves_kept_work_on_offer(open_window: Opener, tmp_path: Path) -> None:
    save_project(tmp_path / "net.fishlab", small_project(), None)
    leave(tmp_path, place=Place("Left", asked=True))
    window, _ = open_window(tmp_path / "net.fishlab")
    assert window.document.title == "net" and "What was not saved in “Left”" in window.recovery_bar.words.text()


def test_work_that_an_earlier_version_kept_is_here_again(open_window: Opener, tmp_path: Path) -> None:
    old = tmp_path / "settings" / "unsaved.fishlab"
    old.parent.mkdir()
    save_project(old, small_project().edit_network(lambda network: network.renamed("Old")), None)
    window, _ = open_window()
    assert window.document.network.name == "Old" and window.document.unsaved and not old.exists()


ODD_NOTES = ("", "[]", "{}", '{"title": 3, "path": "", "stamp": [], "asked": true}', "\0", "[" * 99)


@pytest.mark.parametrize("note", ODD_NOTES)
def test_a_damaged_note_costs_only_what_it_said(tmp_path: Path, note: str) -> None:
    folder = leave(tmp_path)
    (file,) = folder.path.glob("unsaved-*.json")
    file.write_text(note)
    again = KeptWork(folder.path)
    assert again.place() == Place() and again.read()[0].network.name == "Left"


def test_between_two_generations_there_is_always_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = KeptWork(tmp_path)
    first = small_project().edit_network(lambda network: network.renamed("First"))
    work.write(first, None, Place("First"))
    work.write_edits(small_project().edit_network(lambda network: network.renamed("Edited")), Place("First"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("save_project", "write_atomic"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(kept_work, step, killed)
            work.write(small_project(), None, Place("Second"))
        again = KeptWork(tmp_path)
        assert again.read()[0].network.name == "Edited" and again.place().title == "First"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(KeptWork, "_remove_others", killed)
        work.write(small_project(), None, Place("Second"))
    again = KeptWork(tmp_path)
    assert again.read()[0].network.name == "Small" and again.place().title == "Second"


def test_the_lock_of_a_dead_process_whose_number_lives_again_is_seen_through(tmp_path: Path) -> None:
    folder = leave(tmp_path)
    program = Path("/proc/self/exe").readlink().name
    (folder.path / "lock").write_text(f"{os.getpid()}\n{program}\n{socket.gethostname()}\n")
    assert not QLockFile(str(folder.path / "lock")).tryLock(0)  # by what is written there, its process lives
    assert [left.path for left in SessionFolder.left_behind(root(tmp_path))] == [folder.path]


def test_empty_folders_are_swept_and_a_link_out_of_there_is_left_alone(tmp_path: Path, open_window: Opener) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").touch()
    leave(tmp_path, "")
    (root(tmp_path) / "link").symlink_to(precious)
    (root(tmp_path) / "empty").mkdir()
    window, _ = open_window()
    assert {path.name for path in root(tmp_path).iterdir()} == {"link", window.recovery._folder.path.name}
    assert (precious / "thesis.txt").exists() and not window.recovery_bar.isVisible()


def test_the_time_says_the_day_where_it_is_another() -> None:
    now = datetime(2026, 3, 2, 15, 0)
    assert time_words(datetime(2026, 3, 2, 14, 32), now) == "14:32"
    assert time_words(datetime(2026, 3, 1, 23, 5), now) == "2026-03-01 23:05"


# -- somebody else wrote the file --------------------------------------------------------------------------------------
def outside(open_window: Opener, tmp_path: Path) -> tuple[MainWindow, Person, Path]:
    """A window with a change to a file that somebody else has written since."""
    file = tmp_path / "net.fishlab"
    save_project(file, small_project(), None)
    window, person = open_window(file)
    change(window, "Mine")
    save_project(file, small_project().edit_network(lambda network: network.renamed("Theirs")), None)
    return window, person, file


def name_in(file: Path) -> str:
    return open_project(file)[0].network.name


def test_saving_over_what_somebody_else_wrote_asks_and_cancel_keeps_both(open_window: Opener, tmp_path: Path) -> None:
    window, person, file = outside(open_window, tmp_path)
    assert not window.files.save() and person.asked == ["net.fishlab"]
    assert name_in(file) == "Theirs" and window.document.unsaved


def test_replace_replaces_and_is_not_asked_again(open_window: Opener, tmp_path: Path) -> None:
    window, person, file = outside(open_window, tmp_path)
    person.overwrites = Overwrite.REPLACE
    assert window.files.save() and name_in(file) == "Mine"
    change(window, "Mine too")
    assert window.files.save() and name_in(file) == "Mine too" and len(person.asked) == 1


def test_elsewhere_saves_under_another_name(open_window: Opener, tmp_path: Path) -> None:
    window, person, file = outside(open_window, tmp_path)
    person.overwrites, person.path = Overwrite.ELSEWHERE, tmp_path / "mine.fishlab"
    assert window.files.save()
    assert (name_in(file), name_in(person.path)) == ("Theirs", "Mine") and window.document.path == person.path


def test_save_in_the_question_at_the_end_asks_too(open_window: Opener, tmp_path: Path) -> None:
    window, person, file = outside(open_window, tmp_path)
    person.answer = Answer.SAVE
    assert not window.close() and name_in(file) == "Theirs"


def test_work_brought_back_knows_what_its_file_was_like(open_window: Opener, tmp_path: Path, qtbot) -> None:
    window, _, file = outside(open_window, tmp_path)
    window.close_without_asking()
    again, person = open_window()
    assert again.document.network.name == "Mine" and again.document.path == file
    assert not again.files.save() and person.asked == ["net.fishlab"] and name_in(file) == "Theirs"


def test_a_file_that_is_gone_is_written_anew_without_a_question(open_window: Opener, tmp_path: Path) -> None:
    window, person, file = outside(open_window, tmp_path)
    file.unlink()
    assert window.files.save() and name_in(file) == "Mine" and person.asked == []


def test_notes_are_json(tmp_path: Path) -> None:
    KeptWork(tmp_path).write(small_project(), None, Place("数", tmp_path / "数.fishlab", (1, 2, 3), True))
    (note,) = tmp_path.glob("*.json")
    assert json.loads(note.read_text())["title"] == "数"
    assert KeptWork(tmp_path).place() == Place("数", tmp_path / "数.fishlab", (1, 2, 3), True)
