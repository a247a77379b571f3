"""Row 12: in a home that cannot be written it starts, trains, saves elsewhere, and says so once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import program

from fishlab.core.files.project import open_project


@pytest.fixture
def locked(own_home: Path) -> Iterator[Path]:
    """A home in which nothing can be written."""
    folders = [own_home, *(path for path in own_home.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield own_home
    for folder in folders:
        folder.chmod(0o755)


def test_it_starts_trains_saves_elsewhere_and_says_so_once(locked: Path, tmp_path: Path) -> None:
    before = sorted(locked.rglob("*"))
    with program(locked, "work_as_usual", tmp_path, ordinary=True) as running:
        words = running.line()
        assert "cannot be written" in words and "unsaved work" in words
        trained, said, told = running.facts()
        assert trained and said == [] and told == []
        assert running.end() == 0
        errors = [line for line in running.errors().splitlines() if "This plugin does not support" not in line]
    assert [line for line in errors if "Error" in line or "Traceback" in line] == []
    assert sum("unsaved work cannot be kept" in line for line in errors) == 1
    assert sorted(locked.rglob("*")) == before
    assert open_project(tmp_path / "elsewhere.fishlab")[1] is not None


def test_what_an_ordinary_user_may_not_write_the_program_of_the_test_may_not_either(locked: Path) -> None:
    with program(locked, "try_to_write", locked / "file", ordinary=True) as running:
        assert json.loads(running.line()) == "PermissionError"
