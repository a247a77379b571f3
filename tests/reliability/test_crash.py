"""Row 15: after a crash or a kill, edits up to two seconds old come back; nothing is asked after a clean end."""

from __future__ import annotations

import random
import signal
from itertools import pairwise
from pathlib import Path

import pytest
from counts import FULL, times
from programs import kept_files, offered, program
from window_kit import small_project

from fishlab.core.files.project import save_project
from fishlab.ui.autosave import TICK

OLD = 2.0  # seconds on processors of its own


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(times(2, 40)))
def test_killed_at_any_moment_edits_up_to_two_seconds_old_are_offered(own_home: Path, seed: int) -> None:
    told: list[tuple[str, float]] = []
    chance = random.Random(seed)
    with program(own_home, "edit") as victim:
        until, length = chance.randint(3, 6), chance.uniform(0, 2 * TICK / 1000)
        while sum(line.startswith("kept") for line, _ in told) < until:
            told.append((victim.line(), victim.lived()))
        rest = victim.lived() + length
        while victim.lived() < rest:
            told.append((victim.line(), victim.lived()))
        killed = victim.lived()
        victim.kill()
        lines = [line for line, _ in told] + victim.lines()
    facts = offered(own_home)
    assert facts["shown"] and len(facts["offers"]) == 1 and "without warning" in facts["offers"][0]["words"]
    found = number_in(facts["offers"][0]["name"])
    kept = [place for place, line in enumerate(lines) if line.startswith("kept")]
    assert found >= number_in(lines[kept[-1]])
    for before, after in pairwise(kept):  # all that was edited while one was written is in the next one
        assert number_in(lines[after]) >= max(map(number_in, lines[:before]))
    if FULL:
        assert found >= max((number_in(line) for line, when in told if killed - when > OLD), default=0)
    assert facts["name"] == "SimpleConvNet" and not facts["unsaved"]  # nothing is brought back unasked


def number_in(line: str) -> int:
    """That of an edit."""
    return int(line.split()[-1])


def test_what_is_edited_waits_a_moment_at_most_until_it_is_written_and_one_more_where_that_takes_long() -> None:
    assert 2 * TICK / 1000 <= OLD / 2


@pytest.mark.slow
@pytest.mark.parametrize("delay", [40, *(random.Random(6).randrange(1500) for _ in range(times(1, 49)))])
def test_a_second_crash_keeps_what_the_first_one_left(own_home: Path, delay: int) -> None:
    with program(own_home, "edit_once", "Precious") as first:
        first.ready()
        first.kill()
    with program(own_home, "bring_back", delay) as second:
        second.ready()
        second.kill()
    names = [offer["name"] for offer in offered(own_home)["offers"]]
    assert "Precious" in names
    names = [offer["name"] for offer in offered(own_home)["offers"]]
    assert "Precious" in names  # looked at, and neither brought back nor let go


@pytest.mark.slow
def test_what_was_let_go_is_not_offered_again(own_home: Path) -> None:
    with program(own_home, "edit_once", "Mistake") as first:
        first.ready()
        first.kill()
    with program(own_home, "let_go") as second:
        assert second.end() == 0
    facts = offered(own_home)
    assert facts["offers"] == [] and not facts["shown"] and kept_files(own_home) == []


@pytest.mark.slow
def test_every_killed_session_is_offered_newest_first(own_home: Path) -> None:
    for name in ("One", "Two", "Three"):
        with program(own_home, "edit_once", name) as victim:
            victim.ready()
            victim.kill()
    assert [offer["name"] for offer in offered(own_home)["offers"]] == ["Three", "Two", "One"]


@pytest.mark.slow
def test_nothing_is_asked_after_a_clean_end_and_no_folder_is_left(own_home: Path) -> None:
    with program(own_home, "train_and_close", 700) as first:
        assert first.end() == 0
    assert list(own_home.rglob("sessions/*")) == []
    facts = offered(own_home)
    assert facts["offers"] == [] and not facts["shown"] and not facts["unsaved"]


def test_a_crash_leaves_its_report_and_the_work(own_home: Path) -> None:
    with program(own_home, "crash") as victim:
        assert victim.end() == -signal.SIGSEGV
    facts = offered(own_home)
    (offer,) = facts["offers"]
    assert offer["name"] == "Crashed" and facts["shown"]
    assert "Segmentation fault" in offer["report"] and "window_child.py" in offer["report"]
    assert "Current thread" in offer["report"] and "\nThread" in offer["report"]


@pytest.mark.slow
def test_an_error_that_ends_the_start_leaves_its_report_too(own_home: Path) -> None:
    with program(own_home, "fail") as victim:
        assert victim.end() == 1
    facts = offered(own_home)
    (offer,) = facts["offers"]
    assert "ZeroDivisionError: at the start" in offer["report"] and offer["name"] is None
    assert "no unsaved changes" in offer["words"]
    assert offered(own_home)["offers"] == []  # a report without work is there once


@pytest.mark.slow
def test_what_brings_the_window_down_is_not_opened_unasked_again(own_home: Path, tmp_path: Path) -> None:
    save_project(tmp_path / "net.fishlab", small_project(), None)
    with program(own_home, "crash_at_once", FISHLAB_TEST_FILE=str(tmp_path / "net.fishlab")) as victim:
        assert victim.end() == -signal.SIGSEGV
    assert offered(own_home)["name"] == "SimpleConvNet"  # and not the last file
    assert offered(own_home)["name"] == "Small"

    with program(own_home, "edit_once", "Unlucky") as asked:
        asked.ready()
        asked.send(signal.SIGTERM)
        assert asked.end() == 0
    with program(own_home, "crash_at_once") as victim:
        assert victim.end() == -signal.SIGSEGV
    facts = offered(own_home)
    assert facts["name"] == "SimpleConvNet" and "Unlucky" in [offer["name"] for offer in facts["offers"]]
