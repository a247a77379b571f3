"""Row 16: an error in a slot, a paint event, a thread or the worker is told once, logged, and the program goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from programs import environment

CHILD = Path(__file__).with_name("funnel_child.py")


def test_errors_in_slot_paint_event_thread_and_worker_are_told_once_each_and_a_run_still_works(
    own_home: Path, tmp_path: Path
) -> None:
    child = subprocess.run(
        [sys.executable, CHILD, tmp_path], env=environment(own_home), capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    lines = child.stdout.splitlines()
    assert child.returncode == 0, child.stderr
    assert sorted(line for line in lines if line.startswith("reported")) == [
        "reported KeyError: 'in a slot'", "reported OSError: in a thread",
        "reported ZeroDivisionError: in a paint event",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("failed")] == [
        "failed The run ended in an error that it should not: RuntimeError('in the worker')."
    ]
    assert "trained True True" in lines
    assert any(line.startswith("status Something went wrong inside FishLab") for line in lines)
    log = "".join(path.read_text() for path in own_home.rglob("fishlab.log"))
    for words in ("in a slot", "in a paint event", "in a thread", "in the worker"):
        assert log.count(f"Error: {words}") + log.count(f"Error: '{words}'") == 1, log
    assert "Traceback" in log
