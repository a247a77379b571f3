"""Folders for a moment: gone at the end, and swept after a process that was killed, but never a living one's."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fishlab.core.files.atomic import SaveError
from fishlab.core.files.scratch import scratch_folder, sweep_scratch

HOLD = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from fishlab.core.files.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "large").write_bytes(bytes(1000))
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files that all share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def holder(shared: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a folder of its own."""
    command = [sys.executable, "-c", HOLD, str(shared)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_folder_is_empty_and_gone_at_the_end_however_that_comes(shared: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch_folder() as folder:
        assert list(folder.iterdir()) == []
        (folder / "some").mkdir()
        (folder / "some" / "file").write_text("x")
        raise ZeroDivisionError
    assert list(shared.iterdir()) == []


@pytest.mark.slow
def test_what_a_killed_process_left_is_swept_and_what_a_living_one_holds_is_kept(shared: Path) -> None:
    with holder(shared) as (killed, left), holder(shared) as (_, held):
        killed.kill()
        killed.wait()
        assert (left / "large").exists()
        sweep_scratch()
        assert not left.parent.exists() and (held / "large").exists()


def test_where_no_folder_can_be_made_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SaveError, match=r"^No folder for temporary files can be made: no such file"), scratch_folder():
        pass


def test_a_machine_without_a_folder_for_temporary_files_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    sweep_scratch()
    with pytest.raises(SaveError, match="No folder for temporary files can be made"), scratch_folder():
        pass


def test_a_folder_that_was_not_locked_yet_is_swept_and_strangers_and_links_are_left_alone(shared: Path) -> None:
    (shared / "fishlab-scratch-empty").mkdir()
    elsewhere = shared / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_text("")
    (shared / "fishlab-scratch-link").symlink_to(elsewhere)
    (shared / "fishlab-scratch-strange").mkdir()
    (shared / "fishlab-scratch-strange" / "thing").write_text("x")
    sweep_scratch()
    assert not (shared / "fishlab-scratch-empty").exists()
    assert (elsewhere / "lock").exists() and (shared / "fishlab-scratch-strange" / "thing").exists()
