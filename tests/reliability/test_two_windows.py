"""Row 14: two programs on one file: the last save wins whole, and what one has not saved is not the other's."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from counts import times
from programs import offered, program
from window_kit import small_project

from fishlab.core.files.project import open_project, save_project
from fishlab.ui.settings import Settings


@pytest.mark.slow
def test_of_two_that_save_the_same_file_again_and_again_the_last_one_wins_whole(
    own_home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "shared.fishlab"
    for _ in range(times(1, 20)):
        save_project(file, small_project(), None)
        with (
            program(own_home, "save_often", "one", FISHLAB_TEST_FILE=str(file)) as one,
            program(own_home, "save_often", "two", FISHLAB_TEST_FILE=str(file)) as two,
        ):
            assert {one.line(), two.line()} == {"ready one 19", "ready two 19"}
            assert (one.end(), two.end()) == (0, 0), one.errors() + two.errors()
        assert open_project(file)[0].network.name in {"one 19", "two 19"}
        assert [path.name for path in tmp_path.glob(".fishlab-*")] == []
    facts = offered(own_home)
    assert facts["offers"] == [] and facts["name"] in {"one 19", "two 19"}


@pytest.mark.slow
def test_what_a_living_program_has_not_saved_is_not_offered_and_outlives_the_other(own_home: Path) -> None:
    with program(own_home, "edit_once", "Mine") as one:
        one.ready()
        for _ in range(2):
            facts = offered(own_home)
            assert facts["offers"] == [] and facts["name"] == "SimpleConvNet"
        one.kill()
    assert [offer["name"] for offer in offered(own_home)["offers"]] == ["Mine"]


@pytest.mark.slow
def test_two_that_are_asked_to_end_at_once_both_keep_their_work(own_home: Path) -> None:
    with program(own_home, "edit_once", "One") as one, program(own_home, "edit_once", "Two") as two:
        for each in (one, two):
            each.ready()
        for each in (one, two):
            each.send(signal.SIGTERM)
        assert (one.end(), two.end()) == (0, 0)
    facts = offered(own_home)
    (other,) = facts["offers"]
    assert {facts["name"], other["name"]} == {"One", "Two"} and "What was not saved" in other["words"]


@pytest.mark.slow
def test_the_recent_files_of_both_are_remembered(own_home: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.fishlab", tmp_path / "two.fishlab"]
    for file in files:
        save_project(file, small_project(), None)
    with (
        program(own_home, "wait", FISHLAB_TEST_FILE=str(files[0])) as one,
        program(own_home, "wait", FISHLAB_TEST_FILE=str(files[1])) as two,
    ):
        for each in (one, two):
            each.ready()
        for each in (one, two):
            each.send(signal.SIGTERM)
            assert each.end() == 0
    (settings,) = own_home.rglob("window.ini")
    assert set(Settings(settings).recent) == set(files)
