"""A program that is killed at any moment leaves no helper process and no shared memory behind."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from counts import times
from leftovers import shared_memory
from process_kit import within

from fishlab.core import training

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into Linux's own tables"),
]

MARK = "FISHLAB_TEST_MARK"
PROGRAM = """
import sys
sys.path[:0] = {path!r}
from small_runs import everything, prepared, project
from fishlab.core.events import Running
from fishlab.core.parallel.way import Way
from fishlab.core.training import Trainer
spec = project(everything(), epochs=10_000)
trainer = Trainer(spec, prepared(spec), way=Way("processes", 3))
print("ready", flush=True)
for event in trainer.events():
    if isinstance(event, Running):
        print("running", flush=True)
"""


def marked(mark: str) -> list[int]:
    """Processes that were started with this mark in their environment, and still live."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            if state not in "ZX" and f"{MARK}={mark}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


@pytest.mark.parametrize("moment", range(times(8, 100)))
def test_a_program_killed_at_any_moment_takes_its_helpers_along(moment: int) -> None:
    rng, mark, before = np.random.default_rng(moment), secrets.token_hex(8), shared_memory()
    paths = [str(Path(__file__).parent), str(Path(training.__file__).parents[2])]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(path=paths)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {MARK: mark},
    ) as program:
        assert program.stdout is not None
        wanted = (b"ready\n", b"running\n") if moment % 2 else (b"ready\n",)  # while helpers start, or later
        assert tuple(program.stdout.readline() for _ in wanted) == wanted
        time.sleep(rng.uniform(0, 0.6))
        if moment % 2:
            assert len(marked(mark)) == 3
        program.send_signal(signal.SIGKILL)
        program.wait(30)
        try:
            assert within(30.0, lambda: not marked(mark))
        finally:
            for pid in marked(mark):
                os.kill(pid, signal.SIGKILL)
    assert shared_memory() == before
