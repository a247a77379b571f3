"""Row 8, start, stop, pause and resume in random order, without a window: threads and file handles are as before, and
memory grows by less than 2 KiB a cycle.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from counts import times
from programs import ROOT
from small_runs import dataset, dense, everything, project

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.mailbox import Failed
from fishlab.core.parallel.way import Way
from fishlab.core.runner import Runner
from fishlab.core.spec import ProjectSpec

CYCLES = times(150, 1_000)
ANEW = 10  # cycles, after which no run goes on: its history grows, as it should
MOST = 2 * 1024  # bytes a cycle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts file handles and pages in Linux's tables"),
]


class Owner:
    """Somebody who starts, stops, pauses, goes on, takes steps and turns the rate as chance has it."""

    def __init__(self, seed: int, ways: tuple[str, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        self.ways = ways
        self.specs = [project(dense(), epochs=50), project(everything(), epochs=50)]
        self.models: dict[ProjectSpec, Checkpoint] = {}
        self.steps = 0

    def cycle(self) -> None:
        """One run with a few commands, to its stop."""
        spec = self.specs[int(self.rng.integers(2))]
        runner = Runner(lambda data, progress: dataset())
        model = self.models.get(spec)
        goes_on = model is not None and model.position.epoch < model.target
        way = model.way if goes_on else Way.parse(str(self.rng.choice(self.ways)))
        runner.train(spec, resume=model if goes_on else None, way=way)
        if self.rng.random() < 0.5:
            self._wait_for_a_step(runner)
        for _ in range(int(self.rng.integers(0, 6))):
            self._command(runner, spec)()
            time.sleep(float(self.rng.choice([0.0, 0.001, 0.004])))
        runner.control.stop()
        assert runner.join(30)
        mail = runner.mailbox.drain()
        assert not [event for event in mail.events if isinstance(event, Failed)]
        self.models[spec] = mail.snapshots["model"].data
        self.steps += len(mail.metrics)

    def _wait_for_a_step(self, runner: Runner) -> None:
        learned = 0
        while runner.alive and not (learned := len(runner.mailbox.drain().metrics)):
            time.sleep(0.001)
        self.steps += learned

    def _command(self, runner: Runner, spec: ProjectSpec) -> Callable[[], None]:
        control, training = runner.control, spec.training
        rate = float(self.rng.choice([0.001, 0.002]))
        commands: list[Callable[[], None]] = [
            control.pause, control.resume, control.step, control.ask_model,
            lambda: control.set_live(training.optimizer.replace(learning_rate=rate), 0.0),
        ]  # fmt: skip
        return commands[int(self.rng.integers(len(commands)))]


def resident() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def handles() -> int:
    """How many files, pipes and pieces of memory this process has open, and would not close by itself."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def growth(seen: np.ndarray) -> float:
    """What each cycle adds: the median over all pairs of cycles, for a dozen pages may come once, by chance."""
    first, second = np.triu_indices(len(seen), 1)
    return float(np.median((seen[second] - seen[first]) / (second - first)))


def looked_at(ways: tuple[str, ...]) -> dict[str, float]:
    """What is left behind by cycles in these ways."""
    cycles = CYCLES if "one" in ways else CYCLES * 2 // 5  # starting a process takes its time
    owner, seen = Owner(8, ways), []
    for number in range(cycles):
        if number == 1:
            threads, open_before = threading.active_count(), handles()
        owner.cycle()
        if number % ANEW == 0:
            owner.models.clear()
        if number >= cycles // 2:  # before that interpreters, allocators and caches settle
            seen.append(resident())
    return {
        "cycles": cycles,
        "steps": owner.steps,
        "threads": threading.active_count() - threads,
        "handles": handles() - open_before,
        "bytes": growth(np.array(seen, float)),
    }


@pytest.mark.parametrize("ways", [("one", "threads:2"), ("processes:2",)], ids=["threads", "processes"])
def test_starting_and_stopping_leaves_no_thread_no_handle_and_no_memory(ways: tuple[str, ...]) -> None:
    """In a process of its own: in the heap that a thousand tests have left, pages come and go by chance."""
    paths = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "core", Path(__file__).parent)))}
    child = subprocess.run([sys.executable, __file__, *ways], env=os.environ | paths, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    facts = json.loads(child.stdout)
    print(f"{facts['cycles']} cycles, {facts['steps']} steps, {facts['bytes']:.0f} bytes a cycle")
    assert facts["steps"] > facts["cycles"] / 4
    assert facts["threads"] == 0
    assert facts["handles"] <= 0  # a run may still have been closing its own when they were counted first
    assert facts["bytes"] < MOST


if __name__ == "__main__":
    print(json.dumps(looked_at(tuple(sys.argv[1:]))))
