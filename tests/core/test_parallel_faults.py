"""Helpers that die, cannot start or are left alone: the run goes on with the same bits, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import times
from leftovers import shared_memory
from process_kit import alive, idle, left_behind, within
from small_runs import assert_same_arrays, everything, layer, prepared, project, run, trained

from fishlab.core import files
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.events import Finished, HelperLost, Running, StepDone
from fishlab.core.optimizers import CHUNK, OPTIMIZERS
from fishlab.core.parallel import processes
from fishlab.core.parallel.journal import Journal
from fishlab.core.parallel.update import Update
from fishlab.core.parallel.way import Way
from fishlab.core.training import Trainer

pytestmark = pytest.mark.slow  # every test starts processes, and ends them

TWO, THREE = Way("processes", 2), Way("processes", 3)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into Linux's own tables")


def wide() -> list[Any]:
    """Weights enough that every worker updates a part of them."""
    return [layer("flatten"), *(layer("affine", units=units) for units in (1200, 120, 10))]


def pids(trainer: Trainer) -> list[int]:
    assert trainer._crew is not None
    return [helper.process.pid for helper in trainer._crew.team._helpers]


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    before = left_behind()
    yield
    assert left_behind() == before


# -- a helper that dies --------------------------------------------------------------------------------------------
@linux
@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("layers", [everything, wide])
def test_a_helper_killed_between_two_steps_is_reported_and_changes_no_bit(layers: Callable[[], list[Any]]) -> None:
    spec = project(layers(), epochs=2, weight_decay=0.01)
    trainer, seen = Trainer(spec, prepared(spec), way=THREE), []
    for event in trainer.events():
        seen.append(event)
        if isinstance(event, StepDone) and event.position.step == 4:
            os.kill(pids(trainer)[1], signal.SIGKILL)
    lost = [event for event in seen if isinstance(event, HelperLost)]
    assert len(lost) == 1
    assert "3 threads" in lost[0].text
    assert [event.way for event in seen if isinstance(event, Running)] == [THREE, Way("threads", 3)]
    assert isinstance(seen[-1], Finished)
    assert trainer.checkpoint().way == Way("threads", 3)
    undisturbed = trained(spec, way=Way("threads", 3))
    assert_same_arrays(trainer.checkpoint().weights, undisturbed.weights)
    assert_same_arrays(trainer.checkpoint().history.arrays(), undisturbed.history.arrays())


@linux
@pytest.mark.slow
@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("shaken", [False, True], ids=["plain", "augmented"])
@pytest.mark.parametrize("layers", [everything, wide])
def test_helpers_killed_at_any_moment_change_no_bit(layers: Callable[[], list[Any]], shaken: bool) -> None:
    spec = project(layers(), epochs=8, weight_decay=0.01)
    if shaken:
        augmentation = tuple(entry.item.Spec() for entry in AUGMENTATIONS)
        spec = spec.replace(data=spec.data.replace(augmentation=augmentation, scaling="whitened"))
    undisturbed = trained(spec, way=Way("threads", 3))
    rng, lost, kills = np.random.default_rng(5), 0, times(6, 60)
    for _ in range(kills):
        trainer = Trainer(spec, prepared(spec), way=THREE)
        events = trainer.events()
        while not isinstance(next(events), Running):
            pass
        killer = threading.Timer(rng.uniform(0, 0.1), os.kill, (pids(trainer)[rng.integers(2)], signal.SIGKILL))
        killer.start()
        lost += sum(isinstance(event, HelperLost) for event in events)
        killer.cancel()
        killer.join()
        assert_same_arrays(trainer.checkpoint().weights, undisturbed.weights)
        for slot, table in trainer.checkpoint().memory.items():
            assert_same_arrays(table, undisturbed.memory[slot])
    assert lost >= kills / 4


@pytest.mark.parametrize("optimizer", OPTIMIZERS.kinds())
@pytest.mark.parametrize("cut", range(14))
def test_an_update_cut_off_anywhere_is_finished_with_the_same_bits(optimizer: str, cut: int) -> None:
    rng = np.random.default_rng(1)
    size = 5 * CHUNK + 100
    values, good, gradient = rng.normal(size=(3, size)).astype(np.float32)

    class CutOff(Exception):
        pass

    def update(fail_after: int) -> tuple[Any, Any]:
        kind = OPTIMIZERS[optimizer].item
        own = kind(kind.Spec(), size, np.float32, np.ones((len(kind.slots), size), np.float32))
        own.steps = 3
        flat = values.copy()
        journal = Journal(np.zeros((len(kind.slots), CHUNK), np.float32), np.zeros(1, np.int64))
        made = Update(flat, good.copy(), gradient[None], 2 * CHUNK, own)
        plain, calls = own.update, 0

        def failing(value: Any, *rest: Any) -> None:
            nonlocal calls
            calls += 1
            if calls > fail_after // 2:
                if fail_after % 2:  # in the middle of it
                    plain(value, *rest)
                raise CutOff
            plain(value, *rest)

        own.update = failing
        journal.begin(1)
        try:
            made.run(1, 6, 1, 0.1, journal)
        except CutOff:
            own.update = plain
            made.finish(1, 6, 1, 0.1, journal)
        return flat, own.memory

    flat, memory = update(cut)
    whole, whole_memory = update(100)
    assert (flat == whole).all()
    assert (flat[: CHUNK // 2] == values[: CHUNK // 2]).all()
    assert all((memory[slot] == whole_memory[slot]).all() for slot in memory)


@linux
@pytest.mark.usefixtures("nothing_stays")
def test_a_helper_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(wide())
    trainer, seen = Trainer(spec, prepared(spec), way=TWO), []
    for event in trainer.events():
        seen.append(event)
        if isinstance(event, StepDone) and event.position.step == 2:
            monkeypatch.setattr(processes, "PATIENCE", 0.3)
            monkeypatch.setattr(processes, "FAREWELL", 0.1)
            os.kill(pids(trainer)[0], signal.SIGSTOP)
    assert [event.text for event in seen if isinstance(event, HelperLost)] == [
        "A helper process did not answer for 0.3 seconds. The run goes on in 2 threads, with the same result."
    ]
    assert_same_arrays(trainer.checkpoint().weights, trained(spec, way=Way("threads", 2)).weights)


# -- helpers that cannot be had --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sys.executable", "/nowhere/python", "A helper process could not be started: "),
        ("fishlab.core.parallel.processes.START", "raise OSError('odd day')", "OSError: odd day"),
        ("fishlab.core.parallel.processes.START", "import os; os._exit(3)", "(exit code 3)"),
        ("os.memfd_create", None, ""),
    ],
)
def test_where_helpers_cannot_be_started_the_run_goes_on_in_threads(
    name: str, value: Any, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError("not here")

    monkeypatch.setattr(name, value or refuse, raising=False)
    spec = project()
    trainer, events = run(spec, way=TWO)
    lost = [event for event in events if isinstance(event, HelperLost)]
    assert len(lost) == 1
    assert text in lost[0].text
    assert isinstance(events[-1], Finished)
    monkeypatch.undo()
    assert_same_arrays(trainer.checkpoint().weights, trained(spec, way=Way("threads", 2)).weights)


@linux
@pytest.mark.usefixtures("nothing_stays")
def test_where_memory_has_no_files_a_nameless_one_on_disk_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spec = project(wide())
    trainer, events = run(spec, way=TWO)
    assert not any(isinstance(event, HelperLost) for event in events)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert_same_arrays(trainer.checkpoint().weights, trained(spec, way=Way("threads", 2)).weights)


# -- nothing stays behind ----------------------------------------------------------------------------------------------
@linux
@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("way", [Way("threads", 3), THREE], ids=str)
def test_a_run_closed_dropped_or_broken_leaves_nothing(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project(everything(), epochs=100)
    for end in ("close", "drop", "break"):
        trainer = Trainer(spec, prepared(spec), way=way)
        events = trainer.events()
        for _ in range(5):
            next(events)
        if end == "close":
            events.close()
        elif end == "break":
            monkeypatch.setattr(trainer.network, "gradient_step", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                next(events)
        del events, trainer


@pytest.mark.parametrize("way", [Way("threads", 3)], ids=str)
def test_an_error_in_a_helping_thread_ends_the_run_with_it(way: Way) -> None:
    spec = project()
    trainer = Trainer(spec, prepared(spec), way=way)
    events = trainer.events()
    for _ in range(4):
        next(events)
    worker = trainer._crew.team._helpers[1]._worker
    worker.network.gradient_step = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        list(events)
    assert not any(thread.name.startswith("fishlab-worker") for thread in threading.enumerate())


PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
sys.path[:0] = {path!r}
from small_runs import project, prepared, everything
from fishlab.core.events import StepDone
from fishlab.core.parallel.way import Way
from fishlab.core.training import Trainer
spec = project(everything(), epochs=10**4)
trainer = Trainer(spec, prepared(spec), way=Way("processes", 3))
for event in trainer.events():
    if isinstance(event, StepDone) and event.position.step == 10:
        print(*[helper.process.pid for helper in trainer._crew.team._helpers], flush=True)
        if {pause}:
            time.sleep(60)
"""


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("pause", [False, True], ids=["training", "paused"])
def test_no_helper_and_no_memory_outlives_its_parent(how: signal.Signals, pause: bool) -> None:
    before = shared_memory()
    code = PARENT.format(path=[str(Path(__file__).parent), str(Path(files.__file__).parents[3])], pause=pause)
    # A script without a guard around its beginning: a helper must not run it again.
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        helpers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(helpers) == 2
        assert all(map(alive, helpers))
        time.sleep(0.1)
        parent.send_signal(how)
        try:
            assert within(30.0, lambda: not any(map(alive, helpers)))
            parent.wait(30)
        finally:
            parent.kill()
    assert shared_memory() == before


@linux
def test_a_paused_run_uses_no_processor_time() -> None:
    spec = project(wide(), epochs=5)
    trainer = Trainer(spec, prepared(spec), way=THREE)
    events = trainer.events()
    for _ in range(5):
        next(events)
    assert within(30.0, lambda: all(map(idle, pids(trainer))))
    events.close()
