"""Row 7: the window closes at any moment of a run: exit code 0 within three seconds, no warning, no thread left."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path

import pytest
from counts import times
from programs import complaints, program, promised, within
from window_kit import Opener, small_project

from fishlab.ui.session import State

LIMIT = 3.0  # seconds on processors of its own


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, times(2, 50)))])
def test_a_program_whose_window_is_closed_while_training_ends_as_it_should(own_home: Path, seed: int) -> None:
    with program(own_home, "train_and_close", random.Random(seed).randrange(1200)) as running:
        running.expect("closing")
        began = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - began < promised(LIMIT)
        last = running.lines()[-1].split(" ", 2)
        assert last[0] == "ended" and json.loads(last[2]) == []
        assert running.errors() == "" and complaints(own_home) == []


@pytest.mark.slow
def test_the_window_closes_at_any_moment_of_a_run(open_window: Opener, qtbot) -> None:
    before = set(threading.enumerate())
    for number in range(times(10, 50)):
        window, _ = open_window()
        window.document.replace(small_project(epochs=10_000))
        window.session.run()
        qtbot.wait(number * 7 % 60)
        with within(LIMIT):
            assert window.close()
        assert window.session.state is State.IDLE
        assert set(threading.enumerate()) <= before
