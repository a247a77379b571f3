"""Whatever stands where a file should be: one kind sentence, nothing lost, and the window goes on."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

import pytest
from test_project_files import change
from window_kit import Opener, small_project

from fishlab.core.files.project import open_project, save_project
from fishlab.ui import project_files
from fishlab.ui.session import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and links are of POSIX")

OPENED = {
    "folder": "it is a folder", "fifo": "it is not an ordinary file", "loop": "too many levels of symbolic links",
    "dangling": "there is no such file", "empty": "it is empty", "long": "file name too long",
}  # fmt: skip
SAVED = {
    "folder": "it is a folder. Choose another name", "fifo": "it is not an ordinary file. Choose another name",
    "dangling": "the folder does not exist", "long": "its name is too long. Choose a shorter one",
    "in a file": "a part of its path is a file",
}  # fmt: skip


def odd(folder: Path, what: str, suffix: str = ".fishlab") -> Path:
    """A path at which that stands."""
    path = folder / f"odd{suffix}"
    match what:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case "dangling":
            path.symlink_to(folder / "gone" / path.name)
        case "empty":
            path.write_bytes(b"")
        case "long":
            path = folder / ("a" * 300 + suffix)
        case "in a file":
            (folder / "file").write_text("x")
            path = folder / "file" / path.name
    return path


def told_once(told: list[str], words: str) -> bool:
    """Whether one sentence was told since the last look, with these words in it."""
    (text,) = told
    told.clear()
    return words in text


def test_what_is_no_project_is_said_in_one_sentence_and_changes_nothing(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    change(window)
    for what, words in OPENED.items():
        folder = tmp_path / what
        folder.mkdir()
        assert not window.files.open(odd(folder, what))
        assert told_once(person.told, f"{words}. What is open here stays as it is."), what
    assert person.asked == [] and window.document.network.name == "Changed" and window.document.unsaved


def test_what_is_no_file_of_another_program_is_said_in_one_sentence(
    open_window: Opener, tmp_path: Path, qtbot
) -> None:
    window, person = open_window()
    person.agrees = False
    for suffix in (".onnx", ".pkl", ".safetensors"):
        for what in OPENED:
            folder = tmp_path / f"{what}{suffix}"
            folder.mkdir()
            window.exchange.import_file(odd(folder, what, suffix))
            qtbot.waitUntil(lambda: bool(person.told), timeout=10_000)
            assert told_once(person.told, OPENED[what]), what
    assert not window.document.unsaved and not window.exchange.import_sheet.isVisible()


def test_what_cannot_be_saved_there_is_said_and_nothing_is_lost(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    change(window)
    for what, words in SAVED.items():
        folder = tmp_path / what
        folder.mkdir()
        window.files.save_to(odd(folder, what))
        assert told_once(person.told, words), what
        assert window.document.unsaved and window.document.path is None
    assert list(tmp_path.rglob(".fishlab-*")) == []


def test_a_folder_that_goes_and_comes_again_costs_nothing(open_window: Opener, tmp_path: Path) -> None:
    window, person = open_window()
    folder = tmp_path / "folder"
    folder.mkdir()
    window.files.save_to(folder / "net.fishlab")
    shutil.rmtree(folder)
    change(window)
    window.files.save()
    assert "the folder does not exist" in person.told[0] and window.document.unsaved
    folder.mkdir()
    assert window.files.save() and not window.document.unsaved and len(person.told) == 1
    assert open_project(folder / "net.fishlab")[0].network.name == "Changed"


def test_a_project_behind_a_link_is_saved_behind_it(open_window: Opener, tmp_path: Path) -> None:
    real, link = tmp_path / "real.fishlab", tmp_path / "link.fishlab"
    save_project(real, small_project(), None)
    link.symlink_to(real)
    window, _ = open_window()
    assert window.files.open(link)
    change(window)
    assert window.files.save() and link.is_symlink() and open_project(real)[0].network.name == "Changed"
    assert window.document.path == link and not window.files.changed_outside


def test_a_file_that_cannot_be_read_to_its_end_is_said_in_one_sentence(
    open_window: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, person = open_window()
    errors = [OSError(errno.EIO, "Input/output error"), MemoryError(), RecursionError("too deep")]
    for error in errors:

        def fail(_path: Path, _look: object = None, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(project_files, "open_project", fail)
        assert not window.files.open(tmp_path / "net.fishlab")
    disk, memory, other = person.told
    assert disk.startswith("The file cannot be read or written: Input/output error.")
    assert memory.startswith("The memory is not enough.") and other.startswith("Something went wrong inside FishLab")
    assert window.document.path is None and window.session.state is State.IDLE
