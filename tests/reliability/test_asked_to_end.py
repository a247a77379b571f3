"""Row 17: asked to end by SIGTERM, SIGHUP, Ctrl+C or logout, the work is kept and the program ends within 3 s."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import complaints, environment, kept_files, offered, program, promised
from window_kit import small_project

from fishlab.core.files.project import open_project, save_project

LIMIT = 3.0  # seconds on processors of its own


@pytest.mark.parametrize(
    ("number", "deed"),
    [
        pytest.param(signal.SIGTERM, "train", id="SIGTERM while training"),
        pytest.param(signal.SIGHUP, "train", id="SIGHUP while training", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "train", id="SIGINT while training", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "ask", id="SIGTERM while a question is open", marks=pytest.mark.slow),
    ],
)
def test_asked_to_end_it_ends_at_once_and_keeps_the_work(own_home: Path, number: int, deed: str) -> None:
    with program(own_home, deed) as running:
        running.ready()
        time.sleep(0.1)
        began = time.monotonic()
        running.send(number)
        assert running.end() == 0
        seconds = time.monotonic() - began
        assert seconds < promised(LIMIT)
        assert running.errors() == "" and complaints(own_home) == []
    (kept,) = kept_files(own_home)
    assert open_project(kept)[1].position.step > 3
    print(f"ended in {seconds:.2f} s")


@pytest.mark.slow
def test_what_was_kept_is_here_again_at_the_next_start_without_a_question(own_home: Path) -> None:
    with program(own_home, "train") as running:
        running.ready()
        running.send(signal.SIGTERM)
        assert running.end() == 0
    for _ in range(2):  # ended as it should the second time too, and then there was a person to answer
        facts = offered(own_home)
        assert facts["offers"] == [] and not facts["shown"]
        if facts["name"] == "Small":
            assert facts["unsaved"] and facts["said"] == "What was not saved last time is here again."
    assert facts["name"] == "SimpleConvNet" and kept_files(own_home) == []


@pytest.mark.slow
def test_a_logout_keeps_the_work_asks_nothing_and_the_next_start_has_it(own_home: Path) -> None:
    with program(own_home, "log_out") as running:
        running.expect("kept 1")  # the session manager's own request arrives there
        assert running.end() == 0, running.errors()
    (kept,) = kept_files(own_home)
    assert open_project(kept)[1].position.step > 3
    facts = offered(own_home)
    assert facts["name"] == "Small" and facts["unsaved"] and facts["offers"] == []


@pytest.mark.slow
def test_a_program_that_loses_its_screen_keeps_the_work(own_home: Path) -> None:
    with program(own_home, "lose_the_screen") as running:
        assert running.end() == 1 and running.errors() == ""
    facts = offered(own_home)
    assert facts["name"] == "Small" and facts["unsaved"] and facts["offers"] == []


def test_a_program_asked_to_end_without_anything_unsaved_leaves_nothing(own_home: Path, tmp_path: Path) -> None:
    save_project(tmp_path / "net.fishlab", small_project(), None)
    with program(own_home, "wait", FISHLAB_TEST_FILE=str(tmp_path / "net.fishlab")) as running:
        running.ready()
        running.send(signal.SIGTERM)
        assert running.end() == 0
    assert kept_files(own_home) == [] and list(own_home.rglob("sessions/*")) == []


ASKED = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # not as under nohup
import fishlab.cli

place, number = sys.argv[1], int(sys.argv[2])

class Asker:
    def find_spec(self, name, path=None, target=None):
        if name == place:
            os.kill(os.getpid(), number)

def make_window(settings):
    os.kill(os.getpid(), number)
    return make(settings)

sys.meta_path.insert(0, Asker())
if place == "the window":
    from fishlab.ui import app
    make, app.make_window = app.make_window, make_window
sys.exit(fishlab.cli.main([]))
"""


@pytest.mark.parametrize(
    ("number", "place"),
    [
        (signal.SIGTERM, "PySide6"),
        (signal.SIGHUP, "numpy"),
        pytest.param(signal.SIGINT, "fishlab.ui.main_window", marks=pytest.mark.slow),
        (signal.SIGHUP, "the window"),
        pytest.param(signal.SIGTERM, "the window", marks=pytest.mark.slow),
    ],
)
def test_asked_to_end_while_it_starts_it_ends_as_it_would_later(own_home: Path, number: int, place: str) -> None:
    words = [sys.executable, "-c", ASKED, place, str(int(number))]
    done = subprocess.run(words, env=environment(own_home), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert kept_files(own_home) == [] and complaints(own_home) == []
