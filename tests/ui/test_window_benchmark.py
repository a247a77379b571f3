"""The measuring of the window works with the window as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_short_round_finds_heartbeat_and_speed_with_every_instrument_open() -> None:
    short = ["--network", "SimpleConvNet", "--ways", "one", "--rounds", "2", "--seconds", "0.3", "--starts", "1"]
    command = [sys.executable, "-m", "benchmarks.window", *short, "--instruments", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["ways"]["one"]
    assert found["in_use"] == "one" and found["data"]
    assert all(value > 0 for value in found["images_per_second"].values()) and found["heartbeat_ms"]["p95"] > 0
    assert found["gui_thread_share"] < 0.4, "views draw when there is something new, and for a twelfth of the time"
